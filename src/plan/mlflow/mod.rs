//! Changes of what MLflow holds, made through the protected API as somebody: steps like any
//! other, previewed, journalled, taken back where MLflow can.

mod apply;
mod change;
mod look;
mod raw;
mod request;
mod words;

use std::fmt;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use url::Url;

pub use change::{Change, Origin, Thing};
pub use raw::RawRequest;

use crate::{
    aws::WriteAccess,
    domain::{AuthScheme, Failure, Principal},
    mlflow::{Answer, ApiRequest, Root, as_curl},
};

pub(super) use apply::apply;

/// Sends requests to one deployment's MLflow as whoever it is asked to be.
pub trait Caller: fmt::Debug + Send + Sync {
    /// The API's URL.
    fn api(&self) -> &str;

    /// Sends a request that changes nothing.
    ///
    /// # Errors
    /// Nobody answered, or the request did not get through to MLflow: then the failure says who
    /// refused it. Whatever MLflow answers is an answer.
    fn read<'a>(
        &'a self,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>>;

    /// Sends a request that changes something.
    ///
    /// # Errors
    /// As [`Caller::read`].
    fn change<'a>(
        &'a self,
        writes: &'a WriteAccess,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>>;
}

/// One change of what MLflow holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MlflowStep {
    /// The URL of the API that it was planned for: it is never made through another.
    pub api: String,
    /// As whom it is made.
    pub principal: Principal,
    /// What is changed.
    pub change: Change,
    /// Whether what is there was read when this was planned. Where it could not be, the change
    /// is made without a look, and is not taken back.
    pub seen: bool,
}

impl MlflowStep {
    /// Under which root the principal's requests stand.
    pub fn root(&self) -> Root {
        root_of(&self.principal)
    }

    /// The call, as `mlflow:METHOD operation`.
    pub fn call(&self) -> &'static str {
        self.change.call()
    }

    /// What it is made on, and as whom.
    pub(super) fn on(&self) -> String {
        format!("{} as {}", self.change.thing().described(), self.principal)
    }

    /// The call that takes it back; none where nothing does.
    pub fn undone_by(&self) -> Option<&'static str> {
        self.change.undone_by().filter(|_| self.seen)
    }

    /// The steps that take it back, in order. `made` is what it made, as the journal has it.
    pub(super) fn inverse(&self, made: Option<&str>) -> Vec<Self> {
        if !self.seen {
            return Vec::new();
        }
        let back = self.change.inverse(made).into_iter();
        back.map(|change| Self {
            change,
            ..self.clone()
        })
        .collect()
    }

    /// What is lost for good, one sentence.
    pub(super) fn loses(&self) -> Option<&'static str> {
        self.change.loses().or_else(|| {
            (!self.seen)
                .then_some("What is there now could not be read, so this cannot be taken back.")
        })
    }

    /// The same as a `curl` command, secrets out; none where the API's URL is none.
    pub(super) fn command(&self, region: &str) -> Option<String> {
        let base = Url::parse(&self.api).ok()?;
        let request = self.change.request(self.root()).request;
        Some(as_curl(&base, &request, scheme_of(&self.principal), region))
    }
}

/// How a principal's requests are authenticated; none for nobody.
fn scheme_of(principal: &Principal) -> Option<AuthScheme> {
    match principal {
        Principal::Role(_) | Principal::Profile(_) => Some(AuthScheme::SigV4),
        Principal::Group(_) | Principal::User(_) => Some(AuthScheme::Bearer),
        Principal::Anonymous => None,
    }
}

/// Under which root a principal's requests stand.
fn root_of(principal: &Principal) -> Root {
    Root::of(scheme_of(principal))
}

#[cfg(test)]
mod tests;
