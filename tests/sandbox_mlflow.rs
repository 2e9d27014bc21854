//! The built-in MLflow behind the sandbox's gateway: every route of 2.12.2 answers, and a
//! catalog's safe requests change nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_credential_types::Credentials;
use mlwarden::{
    access::{catalog::Catalog, route::Probe},
    domain::AuthScheme,
    identity::signing,
    sandbox::{Options, Sandbox, world},
};
use reqwest::{Request, header::CONTENT_TYPE};
use serde_json::{Value, json};

struct Bench {
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl Bench {
    async fn start() -> Self {
        Self {
            sandbox: Sandbox::start(Options::default()).await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    /// Calls as the account's administrator, signed.
    async fn send(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> (u16, String, String) {
        let url = format!("{}prod{path}", self.sandbox.url());
        let mut url: url::Url = url.parse().unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut request: Request = request.build().unwrap();
        let administrator =
            Credentials::from_keys(world::ACCESS_KEY_ID, world::SECRET_ACCESS_KEY, None);
        signing::sign(&mut request, &administrator, world::REGION).unwrap();
        let answer = self.http.execute(request).await.unwrap();
        let status = answer.status().as_u16();
        let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        (status, kind, answer.text().await.unwrap())
    }

    async fn call(&self, method: &str, call: &str, body: Value) -> Value {
        let path = format!("/api/2.0/mlflow/{call}");
        let body = (method != "GET").then_some(&body);
        let (_, kind, text) = self.send(method, &path, &[], body).await;
        assert_eq!(kind, "application/json", "{method} {call}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[tokio::test]
async fn every_signed_route_is_there_and_its_safe_request_changes_nothing() {
    let bench = Bench::start().await;
    let state = || {
        let store = bench.sandbox.world().mlflow.lock();
        (store.changes(), store.fingerprint())
    };
    let before = state();
    let catalog = Catalog::for_version("2.12.2");
    let mut asked = 0;
    for route in catalog.routes() {
        if route.scheme() != AuthScheme::SigV4 {
            continue;
        }
        let Probe::Safe(safe) = &route.probe else {
            continue;
        };
        asked += 1;
        let (status, kind, body) = bench
            .send(
                route.method.as_str(),
                &safe.path,
                &safe.query,
                safe.body.as_ref(),
            )
            .await;
        let what = format!("{} {}: {status} {body}", route.method, safe.path);
        // The bare folder of artifacts is no route of MLflow's, and so is a page.
        if !safe.path.ends_with('/') {
            assert_eq!(kind, "application/json", "{what}");
        }
        assert!(status < 500 || status == 501, "{what}");
        assert_eq!(state(), before, "{what}");
    }
    assert!(asked > 40, "only {asked} routes");
}

#[tokio::test]
async fn a_change_shows_in_the_fingerprint_and_a_refusal_does_not() {
    let bench = Bench::start().await;
    let print = || bench.sandbox.world().mlflow.lock().fingerprint();
    let start = print();
    let refused = bench
        .call("POST", "registered-models/create", json!({"name": ""}))
        .await;
    assert_eq!(refused["error_code"], "INVALID_PARAMETER_VALUE");
    assert_eq!(print(), start);
    let made = bench
        .call("POST", "registered-models/create", json!({"name": "a/b:c"}))
        .await;
    assert_eq!(made["registered_model"]["name"], "a/b:c");
    assert_ne!(print(), start);
    let gone = bench
        .call(
            "DELETE",
            "registered-models/delete",
            json!({"name": "a/b:c"}),
        )
        .await;
    assert_eq!(gone, json!({}));
    assert_eq!(print(), start);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_pages_as_flask_writes_them() {
    let bench = Bench::start().await;
    for (method, path, expected) in [
        ("GET", "/api/2.0/mlflow/nothing", 404),
        ("GET", "/api/3.0/mlflow/runs/get", 404),
        ("GET", "/api/2.0/mlflow/gateway-proxy", 404),
        ("PUT", "/api/2.0/mlflow/runs/create", 405),
    ] {
        let (status, kind, _) = bench.send(method, path, &[], None).await;
        assert_eq!(
            (status, kind.as_str()),
            (expected, "text/html; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn the_sample_has_runs_with_history_models_with_stages_and_artifacts() {
    let bench = Bench::start().await;
    let found = bench
        .call(
            "POST",
            "runs/search",
            json!({"experiment_ids": ["1", "2", "3"]}),
        )
        .await;
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 12);
    let id = runs[0]["info"]["run_id"].as_str().unwrap();
    let history = bench
        .call(
            "GET",
            &format!("metrics/get-history?run_id={id}&metric_key=loss"),
            json!({}),
        )
        .await;
    assert_eq!(history["metrics"].as_array().unwrap().len(), 10);
    let files = bench
        .call("GET", &format!("artifacts/list?run_id={id}"), json!({}))
        .await;
    let names: Vec<&str> = files["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["metrics.json", "model"]);
    let models = bench
        .call("GET", "registered-models/search", json!({}))
        .await;
    assert_eq!(models["registered_models"].as_array().unwrap().len(), 3);
    let champion = "registered-models/alias?name=churn-classifier&alias=champion";
    let champion = bench.call("GET", champion, json!({})).await;
    assert_eq!(champion["model_version"]["current_stage"], "Production");
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let bench = Bench::start().await;
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = bench
            .call(
                "POST",
                "runs/search",
                json!({"experiment_ids": ["1", "2", "3"], "max_results": 5, "page_token": token,
                       "order_by": ["attributes.run_name ASC"]}),
            )
            .await;
        for run in page["runs"].as_array().unwrap() {
            seen.push(run["info"]["run_name"].as_str().unwrap().to_owned());
        }
        match page["next_page_token"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.is_sorted());
    let nonsense = json!({"experiment_ids": ["1"], "page_token": "é"});
    let refused = bench.call("POST", "runs/search", nonsense).await;
    assert_eq!(refused["error_code"], "INVALID_PARAMETER_VALUE");
}

#[tokio::test]
async fn a_filter_with_spaces_and_signs_survives_query_and_signature() {
    let bench = Bench::start().await;
    let filter = "name ILIKE '%CHURN%' AND tags.owner != 'a+b'".to_owned();
    let query = [("filter".to_owned(), filter)];
    let path = "/api/2.0/mlflow/registered-models/search";
    let (status, _, body) = bench.send("GET", path, &query, None).await;
    assert_eq!(status, 200, "{body}");
    let found: Value = serde_json::from_str(&body).unwrap();
    let names: Vec<&Value> = found["registered_models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| &model["name"])
        .collect();
    assert_eq!(names, ["churn-classifier"]);
}

#[tokio::test]
async fn the_deployments_server_has_no_endpoints() {
    let bench = Bench::start().await;
    let (status, _, body) = bench.send("GET", "/api/2.0/endpoints", &[], None).await;
    assert_eq!((status, body.as_str()), (200, r#"{"endpoints":[]}"#));
    let (status, ..) = bench
        .send("GET", "/api/2.0/endpoints/chat", &[], None)
        .await;
    assert_eq!(status, 404);
    let (status, ..) = bench
        .send("POST", "/endpoints/chat/invocations", &[], Some(&json!({})))
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn paths_out_of_the_artifact_root_are_refused() {
    let bench = Bench::start().await;
    let run = bench
        .call("POST", "runs/search", json!({"experiment_ids": ["1"]}))
        .await;
    let id = run["runs"][0]["info"]["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in ["..", "model/../..", "/etc", "%252e%252e/x", "a#b"] {
        let query = [
            ("run_id".to_owned(), id.clone()),
            ("path".to_owned(), path.to_owned()),
        ];
        let (status, _, body) = bench
            .send("GET", "/api/2.0/mlflow/artifacts/list", &query, None)
            .await;
        assert_eq!(status, 400, "{path}: {body}");
        assert!(body.contains("Invalid path"), "{path}: {body}");
    }
}
