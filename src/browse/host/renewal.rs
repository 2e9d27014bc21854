//! Whom one has become, after their token was renewed: somebody in other groups, or nobody any
//! more.

use std::sync::{Arc, PoisonError};

use super::Host;
use crate::{
    domain::{ErrorClass, Failure, Principal},
    identity::Credential,
    probe::Stay,
};

impl Host {
    /// A user with the groups that their token says by now, where those are others than `stay` goes
    /// by: what is declared and predicted for them is another thing then.
    pub(super) async fn moved(&self, stay: &Stay, credential: &Credential) -> Option<Arc<Stay>> {
        let principal = &stay.actor.principal;
        let (Principal::User(_), Credential::Bearer(token)) = (principal, credential) else {
            return None;
        };
        let groups = &token.claims().groups;
        let goes_by = |stay: &Stay| {
            let known = stay.actor.groups.as_deref();
            known.is_none_or(|known| is_same(known, groups))
        };
        if goes_by(stay) {
            return None;
        }
        let mut ready = self.ready.lock().await;
        if let Some(held) = ready.get(principal).filter(|held| goes_by(held)) {
            return Some(held.clone());
        }
        let moved = Arc::new(self.verifier.moved(stay, groups.clone()).await?);
        ready.insert(principal.clone(), moved.clone());
        Some(moved)
    }

    /// A credential could not be renewed: where it is no good any more, whoever becomes them next
    /// signs in anew.
    pub(super) async fn not_renewed(&self, stay: &Stay, failure: Failure) -> Failure {
        if failure.class != ErrorClass::Expired {
            return failure;
        }
        let principal = &stay.actor.principal;
        let mut ready = self.ready.lock().await;
        let is_held = |held: &Arc<Stay>| std::ptr::eq(Arc::as_ptr(held), stay);
        if ready.get(principal).is_some_and(is_held)
            && let Some(held) = ready.remove(principal)
        {
            let mut worn = self.worn.lock().unwrap_or_else(PoisonError::into_inner);
            worn.push(held);
        }
        failure.advise(format!("try again: {principal} signs in anew"))
    }
}

fn is_same(one: &[String], other: &[String]) -> bool {
    let within = |one: &[String], other: &[String]| one.iter().all(|name| other.contains(name));
    within(one, other) && within(other, one)
}
