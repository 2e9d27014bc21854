//! From what is deployed to a matrix that declares it. Pure.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{
    ActionView, Api, Caller, Catalog, Context, Contract, Effect, INVOKE, Matrix, MatrixRow,
    PolicySet, Route, cover,
    matrix::Choice,
    route::{has_method, operation_of},
};
use crate::domain::{AuthScheme, ExecutionRole, Principal};

/// What is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// What the authorizer does.
    pub contract: &'a Contract,
    /// The execution roles with what their policies say.
    pub roles: &'a [(ExecutionRole, PolicySet)],
    /// The API.
    pub api: &'a Api,
    /// The routes of the deployed MLflow.
    pub catalog: &'a Catalog,
}

impl Deployed<'_> {
    /// What the authorizer decides for a member of one group.
    fn group(&self, group: &str) -> Caller<'_> {
        self.contract.caller(&[group.to_owned()])
    }

    /// What a role's policies decide; none for a route that is not signed.
    fn of_role(&self, policies: &ActionView<'_>, route: &Route) -> Option<Effect> {
        (route.scheme() == AuthScheme::SigV4 && has_method(&route.path)).then(|| {
            let arn = self.api.arn(route.method, &cover::concrete(&route.path));
            policies.effect(&arn, &Context::new())
        })
    }

    /// The roles that stand in a row.
    fn roles_of<'d>(
        &'d self,
        declared: &'d Matrix,
        row: &'d MatrixRow,
    ) -> impl Iterator<Item = &'d (ExecutionRole, PolicySet)> {
        self.roles
            .iter()
            .filter(move |(role, _)| row_of(declared, role).is_some_and(|own| own.name == row.name))
    }
}

/// What is decided for a caller; none for a route that no token is asked for.
fn of_group(caller: &Caller<'_>, route: &Route) -> Option<Effect> {
    (route.scheme() == AuthScheme::Bearer && has_method(&route.path))
        .then(|| caller.effect(route.method, &cover::concrete(&route.path)))
}

fn row_of<'m>(declared: &'m Matrix, role: &ExecutionRole) -> Option<&'m MatrixRow> {
    let principal = Principal::Role(role.arn.clone());
    declared.row_of(&principal, std::slice::from_ref(role))
}

/// The matrix that declares what is deployed: the rows of `declared`, each with what its group
/// and its role may do now, and a row for every group and role that stands in none. Where
/// several roles stand in one row, what all of them may do is taken, and the others show as
/// over-granted.
pub fn adopted(declared: &Matrix, deployed: &Deployed<'_>) -> Matrix {
    let mut rows: Vec<MatrixRow> = Vec::new();
    for row in &declared.rows {
        let policies: Vec<ActionView<'_>> = deployed
            .roles_of(declared, row)
            .map(|(_, policies)| policies.for_action(INVOKE))
            .collect();
        let group = row.group.as_deref();
        let group = group.filter(|group| deployed.contract.group(group).is_some());
        if group.is_none() && policies.is_empty() {
            // Nothing of it is deployed: what it says stays.
            rows.push(row.clone());
            continue;
        }
        let caller = group.map(|group| deployed.group(group));
        let (allow, deny) = entries(deployed.catalog, |route| {
            let by_group = caller.as_ref().and_then(|caller| of_group(caller, route));
            let by_role = policies
                .iter()
                .filter_map(|policies| deployed.of_role(policies, route))
                .min_by_key(|effect| *effect == Effect::Allow);
            by_group.or(by_role)
        });
        rows.push(MatrixRow {
            inherits: Vec::new(),
            parents: Vec::new(),
            allow,
            deny,
            ..row.clone()
        });
    }
    for group in &deployed.contract.groups {
        if declared
            .rows
            .iter()
            .any(|row| row.group.as_deref() == Some(&group.name))
        {
            continue;
        }
        let caller = deployed.group(&group.name);
        let (allow, deny) = entries(deployed.catalog, |route| of_group(&caller, route));
        rows.push(MatrixRow {
            name: free(&rows, &group.name),
            group: Some(group.name.clone()),
            allow,
            deny,
            ..MatrixRow::default()
        });
    }
    for (role, policies) in deployed.roles {
        if row_of(declared, role).is_some() {
            continue;
        }
        let policies = policies.for_action(INVOKE);
        let (allow, deny) = entries(deployed.catalog, |route| deployed.of_role(&policies, route));
        rows.push(MatrixRow {
            name: free(&rows, &role.name),
            role: Some(role.name.clone()),
            allow,
            deny,
            ..MatrixRow::default()
        });
    }
    let order = deployed.contract.groups.iter();
    Matrix {
        authorizer: Choice {
            rule: deployed.contract.rule,
            order: order.map(|group| group.name.clone()).collect(),
        },
        rows,
    }
}

/// A name that no row has.
fn free(rows: &[MatrixRow], wanted: &str) -> String {
    let taken = |name: &str| rows.iter().any(|row| row.name == name);
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    name
}

/// Few entries that say of every route what `decide` says; of what it says nothing they may
/// say anything.
fn entries(
    catalog: &Catalog,
    decide: impl Fn(&Route) -> Option<Effect>,
) -> (Vec<String>, Vec<String>) {
    let mut by_permission: IndexMap<&str, [Vec<&Route>; 2]> = IndexMap::new();
    for route in catalog.routes() {
        if let Some(effect) = decide(route) {
            let [allowed, denied] = by_permission.entry(&route.permission).or_default();
            match effect {
                Effect::Allow => allowed.push(route),
                Effect::Deny => denied.push(route),
            }
        }
    }
    let (mut whole, mut allow, mut deny) = (Vec::new(), Vec::new(), Vec::new());
    for permission in catalog.permissions() {
        let Some([allowed, denied]) = by_permission.get(permission) else {
            continue;
        };
        if allowed.is_empty() {
            continue;
        }
        if denied.len() < allowed.len() {
            whole.push(permission);
            deny.extend(named(denied, allowed));
        } else {
            allow.extend(named(allowed, denied));
        }
    }
    let known: Vec<&str> = by_permission.keys().copied().collect();
    let mut texts = globs(&whole, &known);
    texts.extend(allow);
    (texts, deny)
}

/// Routes as entries; one that stands under both prefixes, and is not decided otherwise under
/// the other one, once.
fn named(routes: &[&Route], others: &[&Route]) -> Vec<String> {
    let key = |route: &Route| (route.method, operation_of(&route.path).to_owned());
    let elsewhere: HashSet<_> = others.iter().map(|route| key(route)).collect();
    let mut texts: Vec<String> = Vec::new();
    for route in routes {
        let operation = operation_of(&route.path);
        let both = routes
            .iter()
            .filter(|other| key(other) == key(route))
            .count()
            > 1;
        let text = if both && !elsewhere.contains(&key(route)) {
            format!("{} {operation}", route.method)
        } else {
            format!("{} {}", route.method, route.path)
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Permissions as globs wherever a glob says just these among the `known` ones.
fn globs(whole: &[&str], known: &[&str]) -> Vec<String> {
    if !whole.is_empty() && known.iter().all(|permission| whole.contains(permission)) {
        return vec!["*".to_owned()];
    }
    let mut left: Vec<&str> = whole.to_vec();
    let mut texts = Vec::new();
    let verbs = whole.iter().filter_map(|name| name.split_once(':'));
    let mut patterns: Vec<String> = Vec::new();
    for (area, verb) in verbs {
        for pattern in [format!("*:{verb}"), format!("{area}:*")] {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
    }
    // What says most comes first.
    let covered = |pattern: &str| -> Vec<&str> {
        let covers = |name: &&&str| super::permission::covers(pattern, name);
        known.iter().filter(covers).copied().collect()
    };
    patterns.sort_by_key(|pattern| std::cmp::Reverse(covered(pattern).len()));
    for pattern in patterns {
        let names = covered(&pattern);
        let new = names.iter().filter(|name| left.contains(name)).count();
        if names.iter().all(|name| whole.contains(name)) && new > 1 {
            left.retain(|name| !names.contains(name));
            texts.push(pattern);
        }
    }
    texts.extend(left.into_iter().map(ToOwned::to_owned));
    texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::{PolicyText, compile::contract_of};

    fn api() -> Api {
        Api {
            region: "us-west-2".into(),
            account: "123456789012".into(),
            id: "abc123".into(),
            stage: "prod".into(),
        }
    }

    fn reader_role() -> (ExecutionRole, PolicySet) {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[
            "arn:aws:execute-api:us-west-2:123456789012:abc123/prod/GET/*",
            "arn:aws:execute-api:us-west-2:123456789012:abc123/prod/POST/api/2.0/mlflow/runs/search"]}]}"#;
        let role = ExecutionRole {
            name: "x-sagemakermlflowreaderrole-y".into(),
            arn: "arn:aws:iam::123456789012:role/x-sagemakermlflowreaderrole-y".into(),
            profiles: vec!["mlflow-reader".into()],
        };
        let text = PolicyText {
            label: "restApiReader",
            document,
        };
        (role, PolicySet::compile(&[text], None))
    }

    #[test]
    fn what_the_sample_deploys_is_declared_route_by_route_and_readable() {
        let (catalog, api, roles) = (Catalog::for_version("2.12.2"), api(), [reader_role()]);
        let contract = Contract::sample();
        let deployed = Deployed {
            contract: &contract,
            roles: &roles,
            api: &api,
            catalog: &catalog,
        };
        let matrix = adopted(&Matrix::sample(), &deployed);
        for row in &matrix.rows {
            let group = row.group.as_deref().unwrap();
            let caller = deployed.group(group);
            for route in catalog.routes() {
                if let Some(effect) = of_group(&caller, route) {
                    assert_eq!(row.effect_of(route), effect, "{group} {route:?}");
                }
            }
        }
        let reader = &matrix.rows[1];
        let policies = roles[0].1.for_action(INVOKE);
        for route in catalog.routes() {
            if let Some(effect) = deployed.of_role(&policies, route) {
                assert_eq!(reader.effect_of(route), effect, "{route:?}");
            }
        }
        assert_eq!(matrix.rows[0].allow, ["*"]);
        assert!(reader.allow.len() + reader.deny.len() < 20, "{reader:?}");
        // It is a file that reads back.
        let text = matrix.to_toml().unwrap();
        assert_eq!(Matrix::parse(&text, "m").unwrap(), matrix);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_set_of_routes_can_be_declared(seed in proptest::collection::vec(any::<bool>(), 126)) {
            let catalog = Catalog::for_version("2.12.2");
            let decide = |route: &Route| {
                let at = catalog.routes().iter().position(|other| other == route)?;
                Some(if *seed.get(at)? { Effect::Allow } else { Effect::Deny })
            };
            let (allow, deny) = entries(&catalog, decide);
            let row = MatrixRow { allow, deny, ..MatrixRow::default() };
            for route in catalog.routes() {
                prop_assert_eq!(Some(row.effect_of(route)), decide(route), "{:?}", route);
            }
        }
    }

    #[test]
    fn a_compiled_matrix_is_adopted_as_it_was_declared() {
        let catalog = Catalog::for_version("3.17.2");
        let matrix = Matrix::sample();
        let contract = contract_of(&matrix, &catalog);
        let (api, roles) = (api(), []);
        let deployed = Deployed {
            contract: &contract,
            roles: &roles,
            api: &api,
            catalog: &catalog,
        };
        let back = adopted(&matrix, &deployed);
        for (row, was) in back.rows.iter().zip(&matrix.rows) {
            for route in catalog.routes() {
                if route.scheme() == AuthScheme::Bearer && has_method(&route.path) {
                    assert_eq!(row.effect_of(route), was.effect_of(route), "{route:?}");
                }
            }
        }
    }
}
