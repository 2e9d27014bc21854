//! moto and ministack: AWS as others understood it.

use aws_credential_types::Credentials;
use futures::StreamExt;
use mlwarden::{
    access::{Catalog, Contract, Effect, Probe},
    aws::{
        Cloud, Target, WriteAccess,
        cognito::{GroupSettings, Invitation, NewUser},
    },
    domain::AuthScheme,
    identity::{Credential, NoChallenges, SignIn},
    mlflow::{ApiRequest, Client},
    probe::classify::classify,
};
use secrecy::SecretString;

use crate::support::{aws_servers::AwsServer, mlflow_server::MlflowServer};

const PASSWORD: &str = "Str0ng!enough";

async fn cloud(server: &AwsServer) -> Cloud {
    Cloud::connect_as(
        &Target {
            profile: None,
            region: Some("us-west-2".to_owned()),
            endpoint_url: Some(server.url.clone()),
        },
        Credentials::new("test", "test", None, None, "test"),
    )
    .await
    .unwrap()
}

/// ministack signs people in, a Lambda of its own decides, a real MLflow answers: what we
/// call allowed and denied must be what the declared contract says, for every route.
#[tokio::test(flavor = "multi_thread")]
async fn ministack_with_a_real_lambda_decides_as_the_contract_says() {
    let (ministack, mlflow, deployed) = tokio::task::spawn_blocking(|| {
        let (ministack, mlflow) = (AwsServer::ministack(), MlflowServer::start("2.12.2", 2));
        let deployed = ministack.deploy_sample(&mlflow.url, PASSWORD);
        (ministack, mlflow, deployed)
    })
    .await
    .unwrap();
    let before = mlflow.fingerprint();
    let cloud = cloud(&ministack).await;
    let cognito = &cloud.cognito;
    let pool = cognito.pool_by_name("mlflow-user-pool").await.unwrap().id;
    assert_eq!(pool, deployed.user_pool_id);
    let client = cognito
        .describe_client(&pool, &deployed.client_id)
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

    let api = Client::new(
        deployed.api_url.parse().unwrap(),
        cloud.http.clone(),
        "us-west-2",
    );
    let catalog = Catalog::for_version("2.12.2");
    let contract = Contract::sample();
    let mut cells = Vec::new();
    for (user, groups) in &deployed.users {
        let tokens = sign_in
            .password(user, &SecretString::from(PASSWORD), &mut NoChallenges)
            .await
            .unwrap();
        let mut in_token = tokens.id.claims().groups.clone();
        in_token.sort();
        let mut wanted = groups.clone();
        wanted.sort();
        assert_eq!(in_token, wanted, "{user}");
        let credential = Credential::Bearer(tokens.id);
        for route in catalog.routes() {
            let Probe::Safe(safe) = &route.probe else {
                continue;
            };
            if route.scheme() == AuthScheme::Bearer {
                cells.push((user, groups, route, safe, credential.clone()));
            }
        }
    }
    let decided: Vec<(String, Option<Effect>, Effect)> = futures::stream::iter(cells)
        .map(|(user, groups, route, safe, credential)| {
            let (api, contract) = (&api, &contract);
            async move {
                let request = ApiRequest {
                    method: route.method,
                    path: safe.path.clone(),
                    query: safe.query.clone(),
                    body: safe.body.clone(),
                };
                let seen = classify(&api.send(&request, &credential).await, false);
                let declared = contract.decide(groups, route.method, &route.path).effect;
                let name = format!("{user} {} {}: {}", route.method, route.path, seen.reason);
                (name, seen.effect, declared)
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
    assert_eq!(before, mlflow.fingerprint());
}

/// moto keeps a pool and roles of its own: our adapters read what they wrote.
#[tokio::test(flavor = "multi_thread")]
async fn moto_gives_back_the_people_and_roles_it_was_given() {
    let moto = tokio::task::spawn_blocking(AwsServer::moto).await.unwrap();
    let pool = tokio::task::spawn_blocking({
        let url = moto.url.clone();
        let python = moto.python();
        move || {
            let output = std::process::Command::new(python)
                .args(["-c", include_str!("fill_moto.py"), &url])
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        }
    })
    .await
    .unwrap();
    let cloud = cloud(&moto).await;
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let cognito = &cloud.cognito;
    for number in 0..130 {
        let email = format!("person-{number:03}@example.com");
        let new = NewUser {
            username: email.clone(),
            attributes: [("email".to_owned(), email)].into_iter().collect(),
            temporary_password: Some(SecretString::from(PASSWORD)),
            invitation: Invitation::Suppress,
        };
        cognito.create_user(&writes, &pool, &new).await.unwrap();
    }
    let readers = GroupSettings {
        name: "readers".to_owned(),
        ..GroupSettings::default()
    };
    cognito
        .create_group(&writes, &pool, &readers)
        .await
        .unwrap();
    cognito
        .add_to_group(&writes, &pool, "person-007@example.com", "readers")
        .await
        .unwrap();

    let mut emails: Vec<String> = Vec::new();
    let mut pages = std::pin::pin!(cognito.users(&pool));
    while let Some(page) = pages.next().await {
        emails.extend(
            page.unwrap()
                .items
                .into_iter()
                .filter_map(|user| user.email),
        );
    }
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len(), 130);
    let members = cognito.members(&pool, "readers").await.unwrap();
    assert_eq!(members[0].email.as_deref(), Some("person-007@example.com"));

    let role = cloud.iam.role("reader").await.unwrap();
    assert!(
        role.trust.contains("sagemaker.amazonaws.com"),
        "{}",
        role.trust
    );
    assert!(
        role.policies
            .iter()
            .any(|policy| policy.document.contains("execute-api:Invoke")),
        "{:?}",
        role.policies
    );
}
