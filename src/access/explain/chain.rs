//! The chain from the person to the statement.

use super::{Link, LinkKind};
use crate::{
    access::{
        Basis, Decision, Effect, Pick, Route,
        audit::{House, KnownRole, Standing, Subject},
        method_arn,
    },
    domain::{AuthScheme, PolicySource},
};

/// The links of one request.
pub(super) fn links(
    house: &House<'_>,
    subject: &Subject<'_>,
    route: &Route,
    decision: Option<&Decision>,
) -> Vec<Link> {
    let mut chain = Chain {
        house,
        route,
        links: Vec::new(),
    };
    chain.person(subject);
    if matches!(decision, Some(decision) if decision.basis == Basis::NoMethod) {
        chain.add(
            LinkKind::Gateway,
            "the API",
            "has no method there, for nobody",
        );
        return chain.links;
    }
    match (route.scheme(), &subject.groups, subject.role) {
        (AuthScheme::Bearer, Some(groups), _) => chain.token(groups, subject.supposed),
        (AuthScheme::Bearer, None, _) => chain.add(
            LinkKind::Gateway,
            "the API",
            "asks for a token there, and there is none",
        ),
        (AuthScheme::SigV4, _, Some(known)) => chain.role(subject, known),
        (AuthScheme::SigV4, _, None) => chain.add(
            LinkKind::Gateway,
            "the API",
            "asks for the signature of a role there, and there is none",
        ),
    }
    if let Some(decision) = decision {
        chain.basis(decision, subject);
    }
    chain.links
}

struct Chain<'c, 'a> {
    house: &'c House<'a>,
    route: &'c Route,
    links: Vec<Link>,
}

impl Chain<'_, '_> {
    fn add(&mut self, kind: LinkKind, name: impl Into<String>, says: impl Into<String>) {
        self.links.push(Link {
            kind,
            name: name.into(),
            says: says.into(),
        });
    }

    fn person(&mut self, subject: &Subject<'_>) {
        let Some(user) = subject.user else {
            return;
        };
        let says = Standing::of(user)
            .in_words()
            .map_or_else(|| "can sign in".to_owned(), ToOwned::to_owned);
        self.add(LinkKind::User, user.label(), says);
    }

    /// The groups of a token, and what the authorizer makes of them.
    fn token(&mut self, groups: &[String], supposed: bool) {
        let authorizer = self.house.authorizer;
        let from = if supposed { "supposed" } else { "by Cognito" };
        if groups.is_empty() {
            self.add(
                LinkKind::Group,
                "none",
                format!("{from}, the token carries no group"),
            );
            return;
        }
        if authorizer.answer(groups).is_some() {
            for group in groups {
                self.add(LinkKind::Group, group, from);
            }
            self.add(
                LinkKind::Authorizer,
                groups.join(" + "),
                "answered with this policy for just these groups when it was asked",
            );
            return;
        }
        let contract = authorizer.contract;
        let deciding = authorizer.deciding(groups);
        for group in groups {
            let says = match (contract.group(group).is_some(), contract.rule) {
                (false, _) => "counts for nothing: the authorizer does not know it".to_owned(),
                (true, Pick::Union) if deciding.len() > 1 => {
                    "counts together with the others: a deny of any wins".to_owned()
                }
                (true, _) if deciding == [group.as_str()] && groups.len() > 1 => {
                    "decides alone: the first that the authorizer looks for".to_owned()
                }
                (true, _) if deciding.contains(&group.as_str()) => "decides".to_owned(),
                (true, _) => format!(
                    "counts for nothing: the authorizer looks for {} first, and stops there",
                    deciding.join(" + ")
                ),
            };
            self.add(LinkKind::Group, group, format!("{from}, {says}"));
        }
    }

    /// The profile and the role whose signature it is.
    fn role(&mut self, subject: &Subject<'_>, known: &KnownRole<'_>) {
        if let Some(profile) = subject.profile {
            let says = if profile.role_from_domain {
                "has no role of its own: the domain's default"
            } else {
                "lends its role"
            };
            self.add(LinkKind::Profile, &profile.name, says);
        }
        let Some(documents) = known.documents else {
            self.add(
                LinkKind::Role,
                &known.role.name,
                "its policies are not known",
            );
            return;
        };
        let (mut inline, mut managed, mut boundary) = (0, 0, None);
        for policy in &documents.policies {
            match &policy.source {
                PolicySource::Inline(_) => inline += 1,
                PolicySource::Managed(_) => managed += 1,
                PolicySource::Boundary(_) => boundary = Some(policy.source.label()),
            }
        }
        self.add(
            LinkKind::Role,
            &known.role.name,
            format!(
                "has {} and {}",
                counted(inline, "inline policy", "inline policies"),
                counted(managed, "managed policy", "managed policies")
            ),
        );
        if let Some(boundary) = boundary {
            self.add(
                LinkKind::Boundary,
                boundary,
                "must allow it too, whatever the policies allow",
            );
        }
    }

    /// What the decision rests on.
    fn basis(&mut self, decision: &Decision, subject: &Subject<'_>) {
        let asked = || format!("{} {}", self.route.method, self.route.path);
        match &decision.basis {
            Basis::Rule { group, rule } => {
                let effect = match decision.effect {
                    Effect::Allow => "allows",
                    Effect::Deny => "denies",
                };
                let pattern = self.pattern(rule);
                self.add(LinkKind::Rule, rule, format!("of {group}, {effect} it"));
                if let Some(pattern) = pattern {
                    self.add(LinkKind::Pattern, pattern, "in the policy that it returns");
                }
            }
            Basis::Statement {
                policy,
                index,
                sid,
                pattern,
                text,
            } => {
                let name = match sid {
                    Some(sid) => format!("{policy}, statement {} ({sid})", index + 1),
                    None => format!("{policy}, statement {}", index + 1),
                };
                self.add(LinkKind::Statement, name, text);
                let says = match decision.effect {
                    Effect::Allow => "matches the request, and allows it",
                    Effect::Deny => "matches the request, and denies it whatever allows it",
                };
                self.add(LinkKind::Pattern, pattern, says);
            }
            Basis::NoStatement => {
                if let crate::access::audit::Means::Token(groups) =
                    subject.means(self.route.scheme())
                {
                    let deciding = self.house.authorizer.deciding(groups).join(" + ");
                    let asked = asked();
                    self.add(
                        LinkKind::Rule,
                        "none",
                        format!("no rule of {deciding} matches {asked}"),
                    );
                } else {
                    let arn = self.house.api.arn(self.route.method, &self.route.path);
                    self.add(
                        LinkKind::Statement,
                        "none",
                        format!("no statement allows execute-api:Invoke on {arn}"),
                    );
                }
            }
            Basis::Boundary { policy } => {
                self.add(
                    LinkKind::Boundary,
                    policy,
                    "does not allow it, although a policy does",
                );
            }
            Basis::Crash { reason } => {
                let says = format!("raises, and the caller gets 500: {reason}");
                self.add(LinkKind::Authorizer, "the authorizer", says);
            }
            Basis::NoGroup { reason } => {
                let says = format!("denies: {reason}");
                self.add(LinkKind::Authorizer, "the authorizer", says);
            }
            Basis::Unauthenticated { .. } | Basis::NoMethod => {}
        }
    }

    /// A rule of the authorizer as the ARN pattern that it returns.
    fn pattern(&self, rule: &str) -> Option<String> {
        let (method, path) = rule.split_once(' ')?;
        let api = self.house.api;
        let arn = method_arn(
            &api.region,
            &api.account,
            &api.id,
            &api.stage,
            self.route.method,
            path,
        );
        // The method of a rule may be `*`, which no method is called.
        let own = format!("/{}/", self.route.method);
        Some(arn.replacen(&own, &format!("/{method}/"), 1))
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
