//! A principal made ready for longer than one run: to browse, to tell a story. What was borrowed
//! for it stands in the journal until the stay ends.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use super::{
    actor::{Actor, Means},
    in_effect::fallback,
    loan::{Loan, Loans},
    options::VerifyOptions,
    plan,
    predict::Source,
    run::{Progress, Verifier, request_context, value},
};
use crate::{
    access::{Api, Decision, Effect, Matrix, Method, Route},
    domain::{ErrorClass, Failure, Principal},
};

/// A principal made ready, and what was borrowed for it.
#[derive(Debug)]
pub struct Stay {
    /// Who, with the credential's source.
    pub actor: Actor,
    /// What the deployed policy computes to for it.
    source: RwLock<Arc<Source>>,
    api: Api,
    loans: Mutex<Vec<Loan>>,
}

impl Stay {
    /// What the deployed policy says of a request; none where there is nothing to compute from.
    pub fn predicted(&self, method: Method, path: &str) -> Option<Decision> {
        let scheme = crate::access::route::scheme_of(path);
        if !plan::schemes_of(&self.actor.principal).contains(&scheme) {
            return None;
        }
        let source = self.source.read();
        let source = source.unwrap_or_else(PoisonError::into_inner).clone();
        source.decide(
            &self.api,
            &request_context(&self.actor),
            scheme,
            method,
            path,
        )
    }
}

impl Verifier {
    /// Makes a principal ready: signs it in, assumes it, or borrows a probe user for its group.
    ///
    /// # Errors
    /// Why it cannot be had. What was borrowed until then is given back.
    pub async fn stay(
        &self,
        principal: &Principal,
        grant_trust: bool,
        cancel: &CancellationToken,
    ) -> Result<Stay, Failure> {
        let options = VerifyOptions {
            grant_trust,
            ..VerifyOptions::default()
        };
        let loans = Loans::default();
        let mut progress = Progress::unheard();
        let client = self.app_client(&mut progress).await;
        let ready = self
            .prepare(&options, principal, client.as_ref(), &loans, cancel)
            .await;
        let usable = ready.and_then(|actor| match actor.untested() {
            Some(reason) => Err(self.not_ready(principal, reason)),
            None => Ok(actor),
        });
        let actor = match usable {
            Ok(actor) => actor,
            Err(failure) => {
                self.give_back(loans.into_all()).await;
                return Err(failure);
            }
        };
        let source = self.source(&actor).await;
        Ok(Stay {
            actor,
            source: RwLock::new(Arc::new(source)),
            api: Api::of(&self.deployment, self.cloud.region()),
            loans: Mutex::new(loans.into_all()),
        })
    }

    /// What computes a stay's predictions is found anew: what is deployed may be another one.
    pub async fn foresee_anew(&self, stay: &Stay) {
        let source = Arc::new(self.source(&stay.actor).await);
        *stay.source.write().unwrap_or_else(PoisonError::into_inner) = source;
    }

    async fn source(&self, actor: &Actor) -> Source {
        // Only somebody with groups may have to be predicted by the authorizer's rules.
        let contract = if actor.groups.is_some() {
            self.in_effect().await.contract
        } else {
            fallback()
        };
        let contract = Arc::new(contract);
        Source::find(&self.cloud, &self.deployment, &contract, actor, |note| {
            tracing::info!(note, "predicting");
        })
        .await
    }

    /// The same user in these groups, as a newer token of theirs says; none for who has no token
    /// that is renewed. What was borrowed is given back when this one ends.
    pub async fn moved(&self, stay: &Stay, groups: Vec<String>) -> Option<Stay> {
        let Means::SignedIn(keeper) = &stay.actor.means else {
            return None;
        };
        let actor = Actor {
            principal: stay.actor.principal.clone(),
            groups: Some(groups),
            role: None,
            means: Means::SignedIn(keeper.clone()),
        };
        let source = self.source(&actor).await;
        let loans = std::mem::take(&mut *stay.loans.lock().unwrap_or_else(PoisonError::into_inner));
        Some(Stay {
            actor,
            source: RwLock::new(Arc::new(source)),
            api: stay.api.clone(),
            loans: Mutex::new(loans),
        })
    }

    /// Ends a stay: what was borrowed is given back. What cannot be stays in the journal.
    pub async fn leave(&self, stay: &Stay) -> Vec<Failure> {
        let loans = std::mem::take(&mut *stay.loans.lock().unwrap_or_else(PoisonError::into_inner));
        self.give_back(loans).await
    }

    /// What `declared` says of a principal and a route.
    pub fn expected(&self, declared: &Matrix, stay: &Stay, route: &Route) -> Option<Effect> {
        plan::expected(declared, &self.roles(), &stay.actor, route)
    }

    fn not_ready(&self, principal: &Principal, reason: &str) -> Failure {
        let advice = match principal {
            Principal::User(user) => {
                format!("give the password of {user}, or become a group: no password is needed")
            }
            Principal::Group(_) if self.writes.is_none() => {
                "start without --read-only, or become a user with a password".to_owned()
            }
            Principal::Role(_) | Principal::Profile(_) => {
                "add --grant-trust, or let the role trust you".to_owned()
            }
            _ => "look at `mlwarden doctor`".to_owned(),
        };
        let known = value(self.deployment.user_pool_id.as_ref()).is_some();
        let class = if known {
            ErrorClass::Denied { action: None }
        } else {
            ErrorClass::Unavailable
        };
        Failure::new(class, format!("becoming {principal}"), reason).advise(advice)
    }
}
