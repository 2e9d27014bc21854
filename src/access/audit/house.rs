//! The deployment as far as decisions need it, and who is asked about.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Decider;
use crate::{
    access::{
        Api, Catalog, Compiler, Context, Contract, Decision, PolicySet, Route, policy_set_by,
    },
    domain::{AuthScheme, ExecutionRole, Principal, Profile, Role, User},
};

/// How the authorizer decides about tokens.
#[derive(Clone, Copy, Debug)]
pub struct Authorizer<'a> {
    /// The rules that it goes by.
    pub contract: &'a Contract,
    /// What it answered itself, by the groups, sorted, of whom it was asked for; these answers
    /// go before the rules.
    pub answers: &'a [(Vec<String>, PolicySet)],
}

impl<'a> Authorizer<'a> {
    /// An authorizer that is known by its rules alone.
    pub fn by(contract: &'a Contract) -> Self {
        Self {
            contract,
            answers: &[],
        }
    }

    /// The groups that decide for a caller in `groups`, in the authorizer's order; the others of
    /// the caller's groups count for nothing.
    pub fn deciding(&self, groups: &[String]) -> Vec<&'a str> {
        let rules = self.contract.rules_for(groups);
        rules.iter().map(|rules| rules.name.as_str()).collect()
    }

    /// The caller's groups that count for nothing.
    pub fn ignored<'g>(&self, groups: &'g [String]) -> Vec<&'g str> {
        if self.answer(groups).is_some() {
            return Vec::new();
        }
        let deciding = self.deciding(groups);
        let others = groups.iter().map(String::as_str);
        others.filter(|name| !deciding.contains(name)).collect()
    }

    /// What it answered for just these groups.
    pub(in crate::access) fn answer(&self, groups: &[String]) -> Option<&'a PolicySet> {
        let same = |known: &[String]| {
            known.len() == groups.len() && groups.iter().all(|group| known.contains(group))
        };
        self.answers
            .iter()
            .find(|(known, _)| same(known))
            .map(|(_, policies)| policies)
    }
}

/// An execution role with its documents, where they could be read.
#[derive(Clone, Debug)]
pub struct KnownRole<'a> {
    /// The role, with the profiles that use it.
    pub role: &'a ExecutionRole,
    /// Its documents.
    pub documents: Option<&'a Role>,
    /// The same, to be evaluated.
    pub policies: Option<PolicySet>,
}

impl<'a> KnownRole<'a> {
    /// Roles with what could be read of each; what several of them carry is read once.
    pub fn all(
        roles: impl IntoIterator<Item = (&'a ExecutionRole, Option<&'a Role>)>,
    ) -> Vec<Self> {
        let mut compiler = Compiler::default();
        let known = |(role, documents): (_, Option<&'a Role>)| Self {
            role,
            documents,
            policies: documents.map(|role| policy_set_by(&mut compiler, role)),
        };
        roles.into_iter().map(known).collect()
    }
}

/// A user with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Resident<'a> {
    /// The user.
    pub user: &'a User,
    /// The user's groups.
    pub groups: &'a [String],
    /// The user's Studio profile.
    pub profile: Option<&'a Profile>,
}

/// The deployment as far as decisions need it.
#[derive(Clone, Debug)]
pub struct House<'a> {
    /// The protected API.
    pub api: &'a Api,
    /// The routes of its MLflow.
    pub catalog: &'a Catalog,
    /// What decides about tokens.
    pub authorizer: Authorizer<'a>,
    /// The names of the pool's groups.
    pub groups: &'a [String],
    /// The execution roles.
    pub roles: Vec<KnownRole<'a>>,
    /// The Studio profiles.
    pub profiles: &'a [Profile],
    /// When.
    pub at: Timestamp,
}

/// With what a request is made.
#[derive(Clone, Copy, Debug)]
pub enum Means<'a> {
    /// An ID token that carries these groups.
    Token(&'a [String]),
    /// The signature of a role.
    Signature(&'a KnownRole<'a>),
    /// Nothing that this scheme asks for.
    Nothing(AuthScheme),
}

impl Means<'_> {
    /// The scheme that it is for.
    pub fn scheme(&self) -> AuthScheme {
        match self {
            Self::Token(_) => AuthScheme::Bearer,
            Self::Signature(_) => AuthScheme::SigV4,
            Self::Nothing(scheme) => *scheme,
        }
    }
}

/// Who is asked about.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// As it was asked.
    pub principal: Principal,
    /// The user.
    pub user: Option<&'a User>,
    /// The groups that the token carries; none where there is no token.
    pub groups: Option<Cow<'a, [String]>>,
    /// Whether the groups are only supposed.
    pub supposed: bool,
    /// The Studio profile.
    pub profile: Option<&'a Profile>,
    /// The execution role.
    pub role: Option<&'a KnownRole<'a>>,
}

impl<'a> Subject<'a> {
    /// With what it makes requests of a scheme.
    pub fn means(&self, scheme: AuthScheme) -> Means<'_> {
        match (scheme, &self.groups, self.role) {
            (AuthScheme::Bearer, Some(groups), _) => Means::Token(groups),
            (AuthScheme::SigV4, _, Some(role)) => Means::Signature(role),
            _ => Means::Nothing(scheme),
        }
    }

    /// The schemes by which it can be asked at all: a person has both, a group the token, a role
    /// the signature.
    pub fn schemes(&self) -> &'static [AuthScheme] {
        match self.principal {
            Principal::Group(_) => &[AuthScheme::Bearer],
            Principal::Role(_) | Principal::Profile(_) if self.groups.is_none() => {
                &[AuthScheme::SigV4]
            }
            _ => &AuthScheme::ALL,
        }
    }

    /// The same with other groups.
    #[must_use]
    pub fn supposing(mut self, groups: Vec<String>) -> Self {
        self.groups = Some(Cow::Owned(groups));
        self.supposed = true;
        self
    }

    /// What a user is, with what belongs to it.
    pub fn of_resident(house: &'a House<'a>, principal: Principal, resident: Resident<'a>) -> Self {
        Self {
            principal,
            user: Some(resident.user),
            groups: Some(Cow::Borrowed(resident.groups)),
            supposed: false,
            profile: resident.profile,
            role: resident.profile.and_then(|profile| house.role_of(profile)),
        }
    }
}

impl<'a> House<'a> {
    /// A group, a role, a profile or nobody, as a subject; none where there is no such role or
    /// profile. A user is made by [`Subject::of_resident`].
    pub fn subject(&'a self, principal: &Principal) -> Option<Subject<'a>> {
        let mut subject = Subject {
            principal: principal.clone(),
            user: None,
            groups: None,
            supposed: false,
            profile: None,
            role: None,
        };
        match principal {
            Principal::Group(_) => subject.groups = principal.groups().map(Cow::Owned),
            Principal::Role(name) => subject.role = Some(self.role(name)?),
            Principal::Profile(name) => {
                let known = |profile: &&Profile| profile.name == *name;
                subject.profile = self.profiles.iter().find(known);
                let using = |known: &&KnownRole<'a>| known.role.profiles.contains(name);
                let role = subject.profile.and_then(|profile| self.role_of(profile));
                subject.role = role.or_else(|| self.roles.iter().find(using));
                if subject.profile.is_none() && subject.role.is_none() {
                    return None;
                }
            }
            Principal::User(_) => return None,
            Principal::Anonymous => {}
        }
        Some(subject)
    }

    /// A role by its name or ARN.
    pub fn role(&self, name: &str) -> Option<&KnownRole<'a>> {
        self.roles
            .iter()
            .find(|known| known.role.name == name || known.role.arn == name)
    }

    /// The role of a profile.
    pub fn role_of(&self, profile: &Profile) -> Option<&KnownRole<'a>> {
        self.role(profile.execution_role.as_deref()?)
    }

    /// Decides a request; none where a role's documents could not be read.
    pub fn decide(&self, means: Means<'_>, route: &Route) -> Option<Decision> {
        self.decider(means).decide(route)
    }

    /// What decides about requests that are made with these means.
    pub fn decider<'h>(&'h self, means: Means<'h>) -> Decider<'h> {
        Decider::new(self, means)
    }

    /// The condition keys that a request of a role surely has.
    pub(super) fn context_of_role(&self, arn: &str) -> Context {
        self.context()
            .with("aws:PrincipalArn", [arn])
            .with("aws:PrincipalType", ["AssumedRole"])
    }

    /// The condition keys that a request surely has.
    pub(super) fn context(&self) -> Context {
        Context::new()
            .with("aws:CurrentTime", [self.at.to_string()])
            .with("aws:EpochTime", [self.at.as_second().to_string()])
            .with("aws:SecureTransport", ["true"])
    }
}
