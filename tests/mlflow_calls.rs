//! Calling the protected API as somebody: what is found there, and which MLflow it is.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_credential_types::Credentials;
use mlwarden::{
    aws::Page,
    aws::{
        Cloud, Target, WriteAccess,
        discovery::{Known, discover},
    },
    domain::{ErrorClass, Role},
    identity::{
        Credential, NoChallenges, SignIn,
        roles::{AssumeError, assume},
    },
    mlflow::{
        ApiRequest, Call, Client, Root, Search, SearchRuns, View, experiments, learn_version,
        models::Experiment, registry, runs,
    },
    sandbox::{Options, Sandbox, world},
};
use rstest::rstest;
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, path},
};

const AJAX: Root = Root::Ajax;

fn all_experiments() -> Call<Page<Experiment>> {
    experiments::search(AJAX, View::Active, &Search::default())
}

struct Stage {
    sandbox: Sandbox,
    cloud: Cloud,
    api: Client,
}

impl Stage {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let target = Target {
            region: Some(world::REGION.to_owned()),
            endpoint_url: Some(sandbox.url().to_string()),
            ..Target::default()
        };
        let administrator = Credentials::new(
            world::ACCESS_KEY_ID,
            world::SECRET_ACCESS_KEY,
            None,
            None,
            "test",
        );
        let cloud = Cloud::connect_as(&target, administrator).await.unwrap();
        let base = sandbox.url().join("prod/").unwrap();
        let api = Client::new(base, cloud.http.clone(), world::REGION);
        Self {
            sandbox,
            cloud,
            api,
        }
    }

    async fn credential(&self, email: &str) -> Credential {
        let client = self
            .cloud
            .cognito
            .describe_client(world::POOL_ID, world::CLIENT_ID)
            .await
            .unwrap();
        let tokens = SignIn {
            cognito: &self.cloud.cognito,
            pool: world::POOL_ID,
            client: &client,
        }
        .password(email, &world::PASSWORD.into(), &mut NoChallenges)
        .await
        .unwrap();
        Credential::Bearer(tokens.id)
    }
}

#[tokio::test]
async fn a_reader_finds_experiments_runs_models_and_versions() {
    let stage = Stage::new().await;
    let reader = stage.credential("mlflow-reader@example.com").await;
    let mut search = Search {
        max_results: Some(1),
        ..Search::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = stage
            .api
            .call(&experiments::search(AJAX, View::Active, &search), &reader)
            .await
            .unwrap();
        assert!(page.items.len() <= 1);
        ids.extend(page.items.into_iter().map(|found| found.experiment_id));
        search.page_token = page.next;
        if search.page_token.is_none() {
            break;
        }
    }
    assert!(ids.len() > 1, "page after page: {ids:?}");
    let search = SearchRuns {
        experiment_ids: ids,
        ..SearchRuns::default()
    };
    let runs = stage
        .api
        .call(&runs::search(AJAX, &search), &reader)
        .await
        .unwrap()
        .items;
    assert!(runs.iter().all(|run| run.info.start_time > 0));
    assert!(runs.iter().any(|run| !run.data.metrics.is_empty()));

    let everything = Search::default();
    let models = stage
        .api
        .call(&registry::search_models(AJAX, &everything), &reader)
        .await
        .unwrap()
        .items;
    let model = &models.first().unwrap().name;
    let of_model = Search {
        filter: Some(format!("name='{model}'")),
        ..Search::default()
    };
    let versions = stage
        .api
        .call(&registry::search_versions(AJAX, &of_model), &reader)
        .await
        .unwrap()
        .items;
    assert!(!versions.is_empty());
    assert!(versions.iter().all(|version| version.name == *model));
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn without_a_credential_nothing_is_found() {
    let stage = Stage::new().await;
    let failure = stage
        .api
        .call(&all_experiments(), &Credential::Anonymous)
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Expired, "{failure}");
    stage.sandbox.stop().await;
}

#[rstest]
#[case::whole("mlflow-admin@example.com", "2.12.2")]
#[case::major_alone("mlflow-reader@example.com", "2")]
#[tokio::test]
async fn the_version_is_learned_as_far_as_the_rights_go(
    #[case] email: &str,
    #[case] version: &str,
) {
    let stage = Stage::new().await;
    let credential = stage.credential(email).await;
    let learned = learn_version(&stage.api, &credential).await.unwrap();
    assert_eq!(learned.as_deref(), Some(version));
    let anonymous = learn_version(&stage.api, &Credential::Anonymous).await;
    assert_eq!(anonymous.unwrap(), None);
    stage.sandbox.stop().await;
}

/// The execution role of one of the sample's profiles.
async fn role_of(stage: &Stage, profile: &str) -> Role {
    let found = discover(&stage.cloud, Known::default(), |_| ()).await;
    let roles = found.execution_roles.unwrap().value;
    let role = roles
        .iter()
        .find(|role| role.profiles.iter().any(|name| name == profile))
        .unwrap();
    stage.cloud.iam.role(&role.name).await.unwrap()
}

#[tokio::test]
async fn a_role_comes_with_documents_that_can_be_read() {
    let stage = Stage::new().await;
    let role = role_of(&stage, "mlflow-reader").await;
    let labels: Vec<_> = role
        .policies
        .iter()
        .map(|policy| policy.source.label())
        .collect();
    for label in [
        "restApiReader",
        "s3Buckets",
        "ssmPolicy",
        "AmazonSageMakerFullAccess",
    ] {
        assert!(labels.contains(&label), "{labels:?}");
    }
    let documents = role.policies.iter().map(|policy| &policy.document);
    for document in documents.chain([&role.trust]) {
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        assert!(!document["Statement"].is_null(), "{document}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_role_that_trusts_only_sagemaker_is_refused_and_then_acts_as_itself() {
    let stage = Stage::new().await;
    let role = role_of(&stage, "mlflow-reader").await;
    let refused = assume(&stage.cloud.sts, &role.arn, "mlwarden").await;
    let Err(AssumeError::Refused(failure)) = refused else {
        panic!("{refused:?}");
    };
    assert!(failure.next_step().contains("trust"), "{failure}");

    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": world::ADMIN_ARN}, "Action": "sts:AssumeRole",
    }]});
    let write = WriteAccess::unless_read_only(false).unwrap();
    stage
        .cloud
        .iam
        .set_trust(&write, &role.name, &trust.to_string())
        .await
        .unwrap();
    let session = assume(&stage.cloud.sts, &role.arn, "mlwarden")
        .await
        .unwrap();
    let reader = Credential::SigV4(session);

    let found = stage
        .api
        .call(
            &experiments::search(Root::Api, View::Active, &Search::default()),
            &reader,
        )
        .await
        .unwrap();
    assert!(!found.items.is_empty());
    let filter = Search {
        filter: Some("name LIKE '%'".to_owned()),
        ..Search::default()
    };
    stage
        .api
        .call(&registry::search_models(Root::Api, &filter), &reader)
        .await
        .unwrap();
    let create = ApiRequest::post("/api/2.0/mlflow/registered-models/create", json!({}));
    let answer = stage.api.send(&create, &reader).await.unwrap();
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error_type.as_deref(), Some("AccessDeniedException"));
    let learned = learn_version(&stage.api, &reader).await.unwrap();
    assert_eq!(learned.as_deref(), Some("2"));
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn an_unknown_role_cannot_be_told_from_one_that_refuses() {
    let stage = Stage::new().await;
    let refused = assume(
        &stage.cloud.sts,
        "arn:aws:iam::123456789012:role/no-such-role",
        "mlwarden",
    )
    .await;
    // IAM does not tell a stranger which roles exist.
    assert!(
        matches!(refused, Err(AssumeError::Refused(_))),
        "{refused:?}"
    );
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn the_simulator_answers_for_each_resource() {
    let stage = Stage::new().await;
    let role = role_of(&stage, "mlflow-reader").await;
    let resource = |call: &str| {
        format!(
            "arn:aws:execute-api:{}:{}:{}/{}/{call}",
            world::REGION,
            world::ACCOUNT,
            world::API_ID,
            world::STAGE
        )
    };
    let resources = [
        resource("POST/api/2.0/mlflow/runs/search"),
        resource("POST/api/2.0/mlflow/runs/create"),
    ];
    let simulated = stage
        .cloud
        .iam
        .simulate(
            &role.arn,
            &["execute-api:Invoke".to_owned()],
            &resources,
            &[],
        )
        .await
        .unwrap();
    let decided: Vec<_> = simulated
        .iter()
        .map(|one| (one.resource.as_str(), one.decision.as_str()))
        .collect();
    assert_eq!(
        decided,
        [
            (resources[0].as_str(), "allowed"),
            (resources[1].as_str(), "implicitDeny"),
        ]
    );
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn the_authorizer_can_be_tried_without_touching_mlflow() {
    let stage = Stage::new().await;
    let Credential::Bearer(token) = stage.credential("mlflow-reader@example.com").await else {
        unreachable!("a user has a token");
    };
    let path = "/ajax-api/2.0/mlflow/runs/search";
    let gateway = &stage.cloud.apigateway;
    let tried = gateway
        .test_invoke_authorizer(world::API_ID, world::AUTHORIZER_ID, token.secret(), path)
        .await
        .unwrap();
    assert_eq!(tried.status, 200);
    let policy: serde_json::Value = serde_json::from_str(&tried.policy.unwrap()).unwrap();
    assert!(!policy["Statement"].is_null(), "{policy}");

    let nonsense = "no.such.token".into();
    let crashed = gateway
        .test_invoke_authorizer(world::API_ID, world::AUTHORIZER_ID, &nonsense, path)
        .await
        .unwrap();
    assert_ne!(crashed.status, 200);
    assert_eq!(crashed.policy, None);
    stage.sandbox.stop().await;
}

/// A signature nobody checks: these servers only answer.
fn signed() -> Credential {
    Credential::SigV4(Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        None,
        None,
        "test",
    ))
}

fn client(server: &MockServer) -> Client {
    let base = server.uri().parse().unwrap();
    Client::new(base, reqwest::Client::new(), world::REGION)
}

#[tokio::test]
async fn mlflow_3_shows_by_its_own_route_where_version_is_out_of_reach() {
    let server = MockServer::start().await;
    let model = "/api/2.0/mlflow/logged-models/m-00000000000000000000000000000000";
    let absent = json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such model"});
    Mock::given(path(model))
        .respond_with(ResponseTemplate::new(404).set_body_json(absent))
        .mount(&server)
        .await;
    let learned = learn_version(&client(&server), &signed()).await.unwrap();
    assert_eq!(learned.as_deref(), Some("3"));
}

#[rstest]
#[case::refused(403, "application/json", r#"{"Message":"User: x is not authorized"}"#)]
#[case::page_of_a_proxy(404, "text/html", "<html>not found</html>")]
#[case::down(502, "application/json", r#"{"message":"Internal server error"}"#)]
#[tokio::test]
async fn who_is_not_mlflow_teaches_no_version(
    #[case] status: u16,
    #[case] kind: &str,
    #[case] body: &str,
) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, kind);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let learned = learn_version(&client(&server), &signed()).await.unwrap();
    assert_eq!(learned, None);
}
