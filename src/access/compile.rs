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
    use crate::access::{Effect, Method};

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

    /// A parameter may stand for the name of another route, or a wildcard for several parts.
    #[rstest]
    #[case::a_method_of_its_own(
        &["GET /ajax-api/3.0/mlflow/datasets/<dataset_id>/records", "POST /ajax-api/3.0/mlflow/datasets/<dataset_id>/records"],
        Method::Delete,
        "/ajax-api/3.0/mlflow/datasets/x/records"
    )]
    #[case::the_end_of_a_name(
        &["POST /gateway/gemini/v1beta/models/<endpoint_name>:generateContent"],
        Method::Post,
        "/gateway/gemini/v1beta/models/x:streamGenerateContent"
    )]
    #[case::an_endpoint_called_proxy(
        &["POST /gateway/proxy/<endpoint_name>/<path>"],
        Method::Post,
        "/gateway/proxy/mlflow/invocations"
    )]
    #[case::a_part_more(
        &["GET /ajax-api/3.0/mlflow/mcp-servers/<name>/versions"],
        Method::Get,
        "/ajax-api/3.0/mlflow/mcp-servers/x/versions/versions"
    )]
    #[case::a_part_less(
        &["GET /ajax-api/3.0/mlflow/traces/<trace_id>"],
        Method::Get,
        "/ajax-api/3.0/mlflow/traces/get"
    )]
    fn what_strays_into_another_route_stays_closed(
        #[case] allow: &[&str],
        #[case] method: Method,
        #[case] path: &str,
    ) {
        let text = format!("[[row]]\nname = \"a\"\ngroup = \"a\"\nallow = {allow:?}\n");
        let matrix = Matrix::parse(&text, "matrix.toml").unwrap();
        let catalog = Catalog::for_version("3.17.2");
        let route = catalog.find(method, path).unwrap();
        assert_eq!(
            matrix.rows[0].effect_of(route),
            Effect::Deny,
            "{}",
            route.path
        );
        let contract = contract_of(&matrix, &catalog);
        let decide = |method, path: &str| contract.decide(&["a".to_owned()], method, path);
        assert!(!decide(method, path).is_allow());
        for entry in allow {
            let (method, path) = entry.split_once(' ').unwrap();
            assert!(
                decide(method.parse().unwrap(), &cover::concrete(path)).is_allow(),
                "{entry}"
            );
        }
    }

    /// What a token is answered with stays small: API Gateway refuses what it finds too large.
    #[rstest]
    #[case("2.12.2", 2_500)]
    #[case("3.17.2", 6_500)]
    fn the_policies_stay_small(#[case] version: &str, #[case] most: usize) {
        let (matrix, catalog) = (Matrix::sample(), Catalog::for_version(version));
        let contract = contract_of(&matrix, &catalog);
        for group in matrix.groups() {
            let groups = [group.to_owned()];
            let policy =
                contract.policy_for(&groups, "us-west-2", "123456789012", "abcdefghij", "prod");
            let size = policy.unwrap().to_string().len();
            assert!(size <= most, "{group} on {version}: {size} characters");
        }
    }

    #[test]
    fn a_caller_in_no_group_is_denied_and_nothing_crashes() {
        let contract = contract_of(&Matrix::sample(), &Catalog::for_version("2.12.2"));
        let decision = contract.decide(&[], Method::Get, "/version");
        assert_eq!(decision.effect, Effect::Deny);
        let policy = contract.policy_for(&[], "r", "a", "i", "s").unwrap();
        assert_eq!(policy["Statement"][0]["Effect"], "Deny");
    }
}
