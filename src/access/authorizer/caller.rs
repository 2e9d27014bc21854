//! A caller whose groups are known, with the rules that are about it.

use super::{GroupRules, Rule, resource};
use crate::access::{
    Basis, Context, Decision, Effect, Method,
    policy::glob::{Case, Pattern, Syntax},
    route,
};

/// The rules about a caller in certain groups, compiled once, so that deciding about hundreds of
/// routes does not read them anew each time.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// Why everything is denied, where it is.
    refused: Option<Basis>,
    deny: Vec<Held<'a>>,
    allow: Vec<Held<'a>>,
}

/// A rule with the pattern that requests are held against.
#[derive(Clone, Debug)]
struct Held<'a> {
    group: &'a str,
    rule: &'a Rule,
    pattern: Pattern,
}

impl<'a> Held<'a> {
    fn new(group: &'a GroupRules, rule: &'a Rule) -> Option<Self> {
        // Without variables nothing can be wrong with a pattern.
        let pattern = Pattern::parse(&rule.resource(), Syntax::GLOB).ok()?;
        Some(Self {
            group: &group.name,
            rule,
            pattern,
        })
    }

    fn basis(&self) -> Basis {
        Basis::Rule {
            group: self.group.to_owned(),
            rule: format!("{} {}", self.rule.method, self.rule.path),
        }
    }
}

/// What came out, by reference, so that it costs nothing.
enum Outcome<'c> {
    NoMethod,
    Refused(&'c Basis),
    Denied(&'c Held<'c>),
    Allowed(&'c Held<'c>),
    NotAllowed,
}

impl<'a> Caller<'a> {
    pub(super) fn new(refused: Option<Basis>, groups: &[&'a GroupRules]) -> Self {
        let held = |list: fn(&GroupRules) -> &[Rule]| {
            groups
                .iter()
                .flat_map(|&group| {
                    let rules = list(group).iter();
                    rules.filter_map(move |rule| Held::new(group, rule))
                })
                .collect()
        };
        Self {
            refused,
            deny: held(|group| &group.deny),
            allow: held(|group| &group.allow),
        }
    }

    /// What the authorizer and API Gateway decide for a request, and by which rule.
    pub fn decide(&self, method: Method, path: &str) -> Decision {
        match self.outcome(method, path) {
            Outcome::NoMethod => Decision::deny(Basis::NoMethod),
            Outcome::Refused(basis) => Decision::deny(basis.clone()),
            Outcome::Denied(held) => Decision::deny(held.basis()),
            Outcome::Allowed(held) => Decision::allow(held.basis()),
            Outcome::NotAllowed => Decision::deny(Basis::NoStatement),
        }
    }

    /// The same without the rule.
    pub fn effect(&self, method: Method, path: &str) -> Effect {
        match self.outcome(method, path) {
            Outcome::Allowed(_) => Effect::Allow,
            _ => Effect::Deny,
        }
    }

    fn outcome(&self, method: Method, path: &str) -> Outcome<'_> {
        if !route::has_method(path) {
            return Outcome::NoMethod;
        }
        if let Some(refused) = &self.refused {
            return Outcome::Refused(refused);
        }
        let wanted = resource(method.as_str(), path);
        let none = Context::new();
        let is = |held: &&Held<'_>| held.pattern.matches(&wanted, &none, Case::Sensitive);
        if let Some(held) = self.deny.iter().find(is) {
            return Outcome::Denied(held);
        }
        let allowed = self.allow.iter().find(is);
        allowed.map_or(Outcome::NotAllowed, Outcome::Allowed)
    }
}
