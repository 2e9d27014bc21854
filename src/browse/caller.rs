//! A host as what steps of plans call MLflow by.

use futures::{FutureExt, future::BoxFuture};

use super::Host;
use crate::{
    aws::WriteAccess,
    domain::{Failure, Principal},
    mlflow::{Answer, ApiRequest},
    plan::Caller,
};

impl Host {
    /// Sends a request as a principal, become first where it is not yet; a refusal on the way to
    /// MLflow is a failure that proves it.
    async fn send_as(
        &self,
        principal: &Principal,
        request: &ApiRequest,
    ) -> Result<Answer, Failure> {
        let stay = Box::pin(self.become_principal(principal)).await?;
        let (answer, exchange) = Box::pin(self.send(&stay, request)).await;
        let doing = format!("{} {} as {principal}", request.method, request.path);
        match exchange.refusal(doing) {
            Some(refusal) => Err(refusal),
            None => answer,
        }
    }
}

impl Caller for Host {
    fn api(&self) -> &str {
        self.base().as_str()
    }

    fn read<'a>(
        &'a self,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        self.send_as(principal, request).boxed()
    }

    fn change<'a>(
        &'a self,
        _: &'a WriteAccess,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        self.send_as(principal, request).boxed()
    }
}
