//! A caller whose groups are known, with the rules that are about it.

use super::{GroupRules, Rule, without_slash};
use crate::access::{Basis, Decision, Method, policy::glob, route};

/// The rules about one caller, each with the pattern that requests are held against.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// Why everything is denied, where it is.
    refused: Option<Basis>,
    deny: Vec<Held<'a>>,
    allow: Vec<Held<'a>>,
}

/// A rule with its pattern.
#[derive(Clone, Debug)]
struct Held<'a> {
    group: &'a str,
    rule: &'a Rule,
    pattern: String,
}

impl<'a> Caller<'a> {
    pub(super) fn new(refused: Option<Basis>, groups: &[&'a GroupRules]) -> Self {
        let held = |list: fn(&GroupRules) -> &[Rule]| {
            let rules = groups.iter().flat_map(|group| {
                let rules = list(group).iter();
                rules.map(|rule| (group.name.as_str(), rule))
            });
            rules
                .map(|(group, rule)| Held {
                    group,
                    rule,
                    pattern: rule.resource(),
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
        if !route::has_method(path) {
            return Decision::deny(Basis::NoMethod);
        }
        if let Some(refused) = &self.refused {
            return Decision::deny(refused.clone());
        }
        let wanted = format!("{method}/{}", without_slash(path));
        let find = |list: &[Held<'_>]| {
            let held = list
                .iter()
                .find(|held| glob::matches(&held.pattern, &wanted))?;
            Some(Basis::Rule {
                group: held.group.to_owned(),
                rule: format!("{} {}", held.rule.method, held.rule.path),
            })
        };
        if let Some(basis) = find(&self.deny) {
            return Decision::deny(basis);
        }
        find(&self.allow).map_or_else(|| Decision::deny(Basis::NoStatement), Decision::allow)
    }
}
