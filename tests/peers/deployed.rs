//! The sample's bearer side deployed on ministack: real sign-in, a Lambda that runs, a gateway
//! that evaluates what it returns, and a real MLflow server behind it.

use std::collections::BTreeSet;

use futures::StreamExt;
use mlwarden::{
    access::{Catalog, Contract, Effect, Matrix, Probe, Route, contract_of},
    domain::AuthScheme,
    identity::{Credential, NoChallenges, SignIn},
    mlflow::{ApiRequest, Client},
    probe::classify::classify,
};
use secrecy::SecretString;

use crate::{
    emulators::cloud,
    support::{
        aws_servers::{AwsServer, MinistackDeployment},
        mlflow_server::MlflowServer,
    },
};

const PASSWORD: &str = "Str0ng!enough";
const VERSION: &str = "2.12.2";

/// ministack and MLflow, with the sample deployed between them.
struct Stage {
    ministack: AwsServer,
    mlflow: MlflowServer,
    deployed: MinistackDeployment,
}

impl Stage {
    /// With the drop-in authorizer where there are rules for it.
    async fn start(rules: Option<String>) -> Self {
        let start = move || {
            let (ministack, mlflow) = (AwsServer::ministack(), MlflowServer::start(VERSION, 2));
            let deployed = match rules {
                Some(rules) => ministack.deploy_drop_in(&mlflow.url, PASSWORD, &rules),
                None => ministack.deploy_sample(&mlflow.url, PASSWORD),
            };
            Self {
                ministack,
                mlflow,
                deployed,
            }
        };
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    /// Every user's request for every route, safe and through the gateway, must get what
    /// `declared` says of the user's groups; and MLflow stays as it was.
    async fn decides_as(&self, declared: impl Fn(&[String], &Route) -> Effect) {
        let before = self.mlflow.fingerprint();
        let cloud = cloud(&self.ministack).await;
        let cognito = &cloud.cognito;
        let pool = cognito.pool_by_name("mlflow-user-pool").await.unwrap().id;
        assert_eq!(pool, self.deployed.user_pool_id);
        let client = cognito
            .describe_client(&pool, &self.deployed.client_id)
            .await
            .unwrap();
        let sign_in = SignIn {
            cognito,
            pool: &pool,
            client: &client,
        };
        let wrong = sign_in
            .password(
                "mlflow-reader@example.com",
                &SecretString::from("Wr0ng!enough"),
                &mut NoChallenges,
            )
            .await;
        assert!(wrong.is_err(), "ministack takes any password");
        assert_eq!(client.id_token_seconds, 3600);

        let api = Client::new(
            self.deployed.api_url.parse().unwrap(),
            cloud.http.clone(),
            "us-west-2",
        );
        let catalog = Catalog::for_version(VERSION);
        let mut cells = Vec::new();
        for (user, groups) in &self.deployed.users {
            let tokens = sign_in
                .password(user, &SecretString::from(PASSWORD), &mut NoChallenges)
                .await
                .unwrap();
            let in_token: BTreeSet<&String> = tokens.id.claims().groups.iter().collect();
            assert_eq!(in_token, groups.iter().collect(), "{user}");
            let credential = Credential::Bearer(tokens.id);
            for route in catalog.routes() {
                if let Probe::Safe(safe) = &route.probe
                    && route.scheme() == AuthScheme::Bearer
                {
                    cells.push((user, groups, route, safe, credential.clone()));
                }
            }
        }
        let decided: Vec<(String, Option<Effect>, Effect)> = futures::stream::iter(cells)
            .map(|(user, groups, route, safe, credential)| {
                let (api, declared) = (&api, &declared);
                async move {
                    let request = ApiRequest {
                        method: route.method,
                        path: safe.path.clone(),
                        query: safe.query.clone(),
                        body: safe.body.clone(),
                    };
                    let seen = classify(&api.send(&request, &credential).await, false);
                    let name = format!("{user} {} {}: {}", route.method, route.path, seen.reason);
                    (name, seen.effect, declared(groups, route))
                }
            })
            .buffer_unordered(4)
            .collect()
            .await;
        assert!(decided.len() > 300, "{}", decided.len());
        let wrong: Vec<_> = decided
            .iter()
            .filter(|(_, seen, declared)| *seen != Some(*declared))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(before, self.mlflow.fingerprint());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_with_a_real_lambda_decides_as_the_contract_says() {
    let stage = Stage::start(None).await;
    let contract = Contract::sample();
    stage
        .decides_as(|groups, route| contract.decide(groups, route.method, &route.path).effect)
        .await;
}

/// The first row in the order whose group the caller is in.
fn first_row(matrix: &Matrix, groups: &[String], route: &Route) -> Effect {
    let row = matrix.groups().into_iter().find_map(|group| {
        let is_in = groups.iter().any(|name| name == group);
        let mut rows = matrix.rows.iter();
        is_in.then(|| rows.find(|row| row.group.as_deref() == Some(group)))?
    });
    row.map_or(Effect::Deny, |row| row.effect_of(route))
}

/// Whoever is in both `readers` and `model-approvers` is an approver, readers see no gateway,
/// and somebody in no group is refused instead of crashing the authorizer.
const STRICTER: &str = r#"
[authorizer]
rule = "first-match"
order = ["admins", "model-approvers", "readers"]
[[row]]
name = "reader"
group = "readers"
allow = ["*:read"]
deny = ["gateway:read", "GET mlflow/artifacts/list"]
[[row]]
name = "approver"
group = "model-approvers"
inherits = ["reader"]
allow = ["model-versions:*", "registered-models:register", "graphql:query"]
deny = ["DELETE mlflow/model-versions/delete"]
[[row]]
name = "admin"
group = "admins"
allow = ["*"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_drop_in_authorizer_decides_on_ministack_as_the_matrix_declares() {
    let matrix = Matrix::parse(STRICTER, "matrix.toml").unwrap();
    let rules = contract_of(&matrix, &Catalog::for_version(VERSION));
    let stage = Stage::start(Some(rules.to_json().unwrap())).await;
    stage
        .decides_as(|groups, route| first_row(&matrix, groups, route))
        .await;
}
