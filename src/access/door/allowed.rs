//! What allows the calls that a door is made of.

use std::collections::BTreeSet;

use super::{House, Opening, Resident};
use crate::access::{Context, Estimate, PartialContext, PolicySet};

/// The condition keys that no call of an execution role carries.
const ABSENT: [&str; 7] = [
    "aws:CalledVia*",
    "aws:MultiFactorAuth*",
    "aws:Federated*",
    "aws:username",
    "saml:*",
    "cognito-identity.amazonaws.com:*",
    "ec2:SourceInstanceARN",
];

/// What a call needs to be allowed, and what allows it.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    pub openings: Vec<Opening>,
    pub depends_on: BTreeSet<String>,
}

impl Allowed {
    /// Both, one after the other.
    pub fn and(mut self, other: Self) -> Self {
        for opening in other.openings {
            let same =
                |known: &Opening| known.action == opening.action && known.basis == opening.basis;
            if !self.openings.iter().any(same) {
                self.openings.push(opening);
            }
        }
        self.depends_on.extend(other.depends_on);
        self
    }

    /// Whether it hangs on nothing that is not known.
    pub fn is_certain(&self) -> bool {
        self.depends_on.is_empty()
    }

    /// One or more of these calls: those that are certain, else those that are possible.
    pub fn any(calls: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let calls = calls.into_iter().flatten().map(|call| (call, ()));
        likeliest(calls.collect()).map(|(allowed, _)| allowed)
    }
}

/// What is known of each call that a session of the role makes.
pub(super) fn session(house: &House, resident: &Resident) -> PartialContext {
    let api = &house.site.api;
    let mut known = Context::new()
        .with("aws:PrincipalArn", [resident.role.arn.as_str()])
        .with("aws:PrincipalAccount", [api.account.as_str()])
        .with("aws:ResourceAccount", [api.account.as_str()])
        .with("aws:PrincipalType", ["AssumedRole"])
        .with("aws:PrincipalIsAWSService", ["false"])
        .with("aws:ViaAWSService", ["false"])
        .with("aws:SecureTransport", ["true"])
        .with("aws:RequestedRegion", [api.region.as_str()]);
    if let Some(domain) = &house.site.domain {
        known.set("sagemaker:DomainId", [domain.as_str()]);
    }
    if let Some(profile) = resident.found.profiles.first() {
        known.set("sagemaker:UserProfileName", [profile.as_str()]);
    }
    PartialContext::new(known).without(ABSENT)
}

/// What allows this call to whom the policies are, where it may be allowed.
pub(super) fn allowed(
    policies: &PolicySet,
    context: &PartialContext,
    action: &str,
    resource: &str,
) -> Option<Allowed> {
    let estimate = policies.for_action(action).estimate(resource, context);
    opening(action, resource, estimate)
}

/// The same of a call that was estimated.
pub(super) fn opening(action: &str, resource: &str, estimate: Estimate) -> Option<Allowed> {
    estimate.is_possible().then(|| Allowed {
        openings: vec![Opening {
            action: action.to_owned(),
            resource: resource.to_owned(),
            basis: estimate.decision.basis,
        }],
        depends_on: estimate.depends_on.into_iter().collect(),
    })
}

/// What all of these that are certain need together, with what they are for; of those that are
/// only possible where none is certain.
pub(super) fn likeliest<T>(ways: Vec<(Allowed, T)>) -> Option<(Allowed, Vec<T>)> {
    let certain = ways.iter().any(|(by, _)| by.is_certain());
    let mut taken = ways
        .into_iter()
        .filter(|(by, _)| by.is_certain() || !certain);
    let (first, item) = taken.next()?;
    let mut items = vec![item];
    let all = taken.fold(first, |all, (by, item)| {
        items.push(item);
        all.and(by)
    });
    Some((all, items))
}
