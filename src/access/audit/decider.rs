//! What decides about requests that are made with certain means.

use super::{House, Means};
use crate::{
    access::{
        ActionView, Basis, Caller, Context, Decision, Effect, INVOKE, PolicySet, Route, route,
    },
    domain::AuthScheme,
};

/// What decides about requests that are made with certain means, found once, so that deciding
/// about many routes does not look for it each time.
#[derive(Clone, Debug)]
pub struct Decider<'a> {
    house: &'a House<'a>,
    scheme: AuthScheme,
    by: By<'a>,
}

#[derive(Clone, Debug)]
enum By<'a> {
    /// The authorizer's rules about the groups of a token.
    Rules(Caller<'a>),
    /// Policies: those that the authorizer answered with, or a role's own.
    Policies(ActionView<'a>, Context),
    /// A role's documents could not be read.
    Unread,
    /// There is nothing to make requests with.
    Nothing,
}

impl<'a> Decider<'a> {
    pub(super) fn new(house: &'a House<'a>, means: Means<'a>) -> Self {
        let by = match means {
            Means::Token(groups) => match house.authorizer.answer(groups) {
                Some(answer) => By::Policies(answer.for_action(INVOKE), house.context()),
                None => By::Rules(house.authorizer.contract.caller(groups)),
            },
            Means::Signature(known) => match &known.policies {
                Some(policies) => return Self::by_policies(house, &known.role.arn, policies),
                None => By::Unread,
            },
            Means::Nothing(_) => By::Nothing,
        };
        Self {
            house,
            scheme: means.scheme(),
            by,
        }
    }

    /// What decides about tokens by these rules.
    pub(in crate::access) fn by_rules(house: &'a House<'a>, caller: Caller<'a>) -> Self {
        Self {
            house,
            scheme: AuthScheme::Bearer,
            by: By::Rules(caller),
        }
    }

    /// What decides about the signature of the role with this ARN by these policies.
    pub(in crate::access) fn by_policies(
        house: &'a House<'a>,
        arn: &str,
        policies: &'a PolicySet,
    ) -> Self {
        let view = policies.for_action(INVOKE);
        Self {
            house,
            scheme: AuthScheme::SigV4,
            by: By::Policies(view, house.context_of_role(arn)),
        }
    }

    /// Decides about a route; none where a role's documents could not be read.
    pub fn decide(&self, route: &Route) -> Option<Decision> {
        if !route::has_method(&route.path) {
            return Some(Decision::deny(Basis::NoMethod));
        }
        if self.scheme != route.scheme() {
            return Some(nothing(route));
        }
        match &self.by {
            By::Rules(caller) => Some(caller.decide(route.method, &route.path)),
            By::Policies(view, context) => Some(view.evaluate(&self.arn(route), context)),
            By::Unread => None,
            By::Nothing => Some(nothing(route)),
        }
    }

    /// The same without what it rests on.
    pub fn effect(&self, route: &Route) -> Option<Effect> {
        if !route::has_method(&route.path) || self.scheme != route.scheme() {
            return Some(Effect::Deny);
        }
        match &self.by {
            By::Rules(caller) => Some(caller.effect(route.method, &route.path)),
            By::Policies(view, context) => Some(view.effect(&self.arn(route), context)),
            By::Unread => None,
            By::Nothing => Some(Effect::Deny),
        }
    }

    fn arn(&self, route: &Route) -> String {
        self.house.api.arn(route.method, &route.path)
    }
}

/// A request that carries nothing of what its scheme asks for.
fn nothing(route: &Route) -> Decision {
    let reason = match route.scheme() {
        AuthScheme::Bearer => "no token",
        AuthScheme::SigV4 => "no signature",
    };
    Decision::deny(Basis::Unauthenticated {
        reason: reason.to_owned(),
    })
}
