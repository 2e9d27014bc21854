//! A contract as the callers in certain groups meet it.

use super::{Contract, GroupRules, Rule, without_slash};
use crate::access::{
    Context, Effect, Method,
    policy::glob::{Case, Pattern, Syntax},
    route,
};

/// The rules that decide for a caller in certain groups, compiled once, so that deciding about
/// hundreds of routes does not read them anew each time.
///
/// It decides what [`Contract::decide`] decides.
#[derive(Clone, Debug)]
pub struct GroupView {
    denies: Vec<Pattern>,
    allows: Vec<Pattern>,
}

impl GroupView {
    pub(super) fn of(contract: &Contract, groups: &[String]) -> Self {
        let rules = contract.rules_for(groups);
        let patterns = |list: fn(&GroupRules) -> &[Rule]| {
            rules
                .iter()
                .flat_map(|group| list(group))
                // Without variables nothing can be wrong with a pattern.
                .filter_map(|rule| Pattern::parse(&rule.resource(), Syntax::GLOB).ok())
                .collect()
        };
        Self {
            denies: patterns(|group| &group.deny),
            allows: patterns(|group| &group.allow),
        }
    }

    /// What is decided about a method and a path.
    pub fn effect(&self, method: Method, path: &str) -> Effect {
        if !route::has_method(path) {
            return Effect::Deny;
        }
        let wanted = format!("{method}/{}", without_slash(path));
        let none = Context::new();
        let any = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches(&wanted, &none, Case::Sensitive))
        };
        if !any(&self.denies) && any(&self.allows) {
            Effect::Allow
        } else {
            Effect::Deny
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Catalog, Matrix, Pick, contract_of};

    #[test]
    fn it_decides_what_the_contract_decides() {
        let catalog = Catalog::for_version("3.17.2");
        let mut matrix = Matrix::sample();
        matrix.authorizer.rule = Pick::Union;
        for contract in [Contract::sample(), contract_of(&matrix, &catalog)] {
            for groups in [
                vec![],
                vec!["interns"],
                vec!["readers"],
                vec!["model-approvers", "readers"],
                vec!["admins", "readers"],
            ] {
                let groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
                let view = contract.for_groups(&groups);
                for route in catalog.routes() {
                    let decided = contract.decide(&groups, route.method, &route.path);
                    assert_eq!(
                        view.effect(route.method, &route.path),
                        decided.effect,
                        "{groups:?} {} {}",
                        route.method,
                        route.path
                    );
                }
            }
        }
    }
}
