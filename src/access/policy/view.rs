//! A principal's policies as one action sees them.

use super::{
    AccessRequest, Decision, Effect, Estimate, Outcome, PartialContext, Policy, PolicySet,
    Statement, estimate,
};
use crate::access::Context;

/// A statement in its policy.
pub(super) type Placed<'a> = (&'a Policy, &'a Statement);

/// The statements of a policy set that speak of one action, picked once, so that deciding about
/// hundreds of resources does not read past a managed policy's other statements each time.
///
/// It decides what [`PolicySet::evaluate`] decides.
#[derive(Clone, Debug)]
pub struct ActionView<'a> {
    pub(super) set: &'a PolicySet,
    action: &'a str,
    pub(super) denies: Vec<Placed<'a>>,
    pub(super) allows: Vec<Placed<'a>>,
    /// The statements by which the boundary allows; none where there is no boundary.
    pub(super) bounds: Option<Vec<Placed<'a>>>,
}

impl<'a> ActionView<'a> {
    pub(super) fn of(set: &'a PolicySet, action: &'a str) -> Self {
        let speaking = |policy: &'a Policy, statements: &'a [Statement]| {
            statements
                .iter()
                .filter(|statement| statement.covers(action))
                .map(move |statement| (policy, statement))
        };
        Self {
            set,
            action,
            denies: set
                .identity
                .iter()
                .chain(&set.boundary)
                .flat_map(|policy| speaking(policy, policy.denies()))
                .collect(),
            allows: set
                .identity
                .iter()
                .flat_map(|policy| speaking(policy, policy.allows()))
                .collect(),
            bounds: set
                .boundary
                .as_ref()
                .map(|policy| speaking(policy, policy.allows()).collect()),
        }
    }

    /// The action.
    pub fn action(&self) -> &str {
        self.action
    }

    /// Decides about a resource, and says which statement did.
    pub fn evaluate(&self, resource: &str, context: &Context) -> Decision {
        self.set.explained(self.outcome(resource, context))
    }

    /// Decides about a resource without explaining; allocates nothing.
    pub fn effect(&self, resource: &str, context: &Context) -> Effect {
        self.outcome(resource, context).effect()
    }

    /// Decides about a resource where not every condition key of the request is known.
    pub fn estimate(&self, resource: &str, context: &PartialContext) -> Estimate {
        estimate::of(self, resource, context)
    }

    /// An explicit deny anywhere decides; else the identity policies must allow, and so must
    /// the boundary.
    fn outcome(&self, resource: &str, context: &Context) -> Outcome<'a> {
        let request = AccessRequest {
            action: self.action,
            resource,
            context,
        };
        if let Some((policy, statement, pattern)) = first(&self.denies, &request) {
            return Outcome::Denied(policy, statement, pattern);
        }
        let Some((policy, statement, pattern)) = first(&self.allows, &request) else {
            return Outcome::NotAllowed;
        };
        match (&self.bounds, &self.set.boundary) {
            (Some(bounds), Some(boundary)) if first(bounds, &request).is_none() => {
                Outcome::Bounded(boundary)
            }
            _ => Outcome::Allowed(policy, statement, pattern),
        }
    }
}

fn first<'a>(
    placed: &[Placed<'a>],
    request: &AccessRequest<'_>,
) -> Option<(&'a Policy, &'a Statement, &'a str)> {
    placed.iter().find_map(|(policy, statement)| {
        let pattern = statement.applies_to(request.resource, request.context)?;
        Some((*policy, *statement, pattern))
    })
}
