//! From the declared matrix to the rules of the drop-in authorizer. Pure.

use super::{
    Catalog, Contract, Matrix, Nobody, Route,
    authorizer::{GroupRules, Rule},
    cover, route,
};
use crate::domain::AuthScheme;

/// The contract that gives each group what its row declares of the routes that a token is asked
/// for: few rules a group, and none that is wider than declared.
pub fn contract_of(matrix: &Matrix, catalog: &Catalog) -> Contract {
    let routes: Vec<&Route> = catalog
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::Bearer && route::has_method(&route.path))
        .collect();
    let rules = |group: &str| {
        let row = matrix
            .rows
            .iter()
            .find(|row| row.group.as_deref() == Some(group))?;
        let cover = cover::of_row(&routes, row, DEPTH);
        Some(GroupRules {
            name: group.to_owned(),
            allow: cover.open.iter().map(|pattern| rule(pattern)).collect(),
            deny: cover.closed.iter().map(|pattern| rule(pattern)).collect(),
        })
    };
    Contract {
        schema: 1,
        rule: matrix.authorizer.rule,
        nobody: Nobody::Deny,
        groups: matrix.groups().into_iter().filter_map(rules).collect(),
    }
}

/// How many parts of a path a wildcard stands after at the least: `/ajax-api/2.0/mlflow/runs/*`.
const DEPTH: usize = 4;

/// `POST/ajax-api/2.0/mlflow/runs/search` as a rule.
fn rule(pattern: &str) -> Rule {
    let (method, path) = pattern.split_once('/').unwrap_or((pattern, ""));
    Rule {
        method: method.to_owned(),
        path: format!("/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::access::Effect;

    #[rstest]
    #[case("2.12.2")]
    #[case("3.17.2")]
    fn each_group_of_the_sample_gets_exactly_what_its_row_declares(#[case] version: &str) {
        let (matrix, catalog) = (Matrix::sample(), Catalog::for_version(version));
        let contract = contract_of(&matrix, &catalog);
        for row in &matrix.rows {
            let group = row.group.clone().unwrap();
            for route in catalog.routes() {
                if route.scheme() != AuthScheme::Bearer || !route::has_method(&route.path) {
                    continue;
                }
                let path = cover::concrete(&route.path);
                let decision = contract.decide(std::slice::from_ref(&group), route.method, &path);
                let text = format!("{group} {} {path}", route.method);
                assert_eq!(decision.effect, row.effect_of(route), "{text}");
            }
        }
        let rules: usize = contract.groups.iter().map(|group| group.allow.len()).sum();
        assert!(rules <= 130, "{rules} rules");
    }

    #[test]
    fn a_caller_in_no_group_is_denied_and_nothing_crashes() {
        let contract = contract_of(&Matrix::sample(), &Catalog::for_version("2.12.2"));
        let decision = contract.decide(&[], crate::access::Method::Get, "/version");
        assert_eq!(decision.effect, Effect::Deny);
        let policy = contract.policy_for(&[], "r", "a", "i", "s").unwrap();
        assert_eq!(policy["Statement"][0]["Effect"], "Deny");
    }
}
