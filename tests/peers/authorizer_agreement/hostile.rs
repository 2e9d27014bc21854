//! Tokens, rules, events and keys as they must not be: 401 for what is no ID token, a deny for
//! everything else, and never a crash.

use std::sync::LazyLock;

use aws_lc_rs::{hmac, signature::RSA_PKCS1_SHA256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    bench::{CLIENT, Issuer, LIBRARIES, claims, event, hand_out, message, run, serve_keys},
    names,
};
use crate::support::process::free_port;

const UNAUTHORIZED: &str = "Exception: Unauthorized";

/// Readers may do everything.
static RULES: LazyLock<String> = LazyLock::new(|| rules().to_string());

fn rules() -> Value {
    json!({
        "schema": 1,
        "rule": "first-match",
        "nobody": "deny",
        "group": [{"name": "readers", "allow": [{"method": "*", "path": "/*"}]}],
    })
}

fn readers() -> Value {
    claims(&names(&["readers"]))
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut claims = readers();
    for (name, value) in changes {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
            value => claims[*name] = value.clone(),
        }
    }
    claims
}

fn allows(answer: &Value) -> bool {
    let statements = &answer["policy"]["policyDocument"]["Statement"];
    statements[0]["Effect"] == "Allow"
}

/// A policy that denies, and allows nothing.
fn denies(answer: &Value) -> bool {
    let statements = answer["policy"]["policyDocument"]["Statement"].as_array();
    statements.is_some_and(|statements| {
        matches!(statements.as_slice(), [only] if only["Effect"] == "Deny"
            && only["Resource"][0].as_str().is_some_and(|arn| arn.ends_with('*')))
    })
}

/// What carries no good ID token, by name.
fn strangers_tokens(issuer: &Issuer) -> Vec<(&'static str, String)> {
    let good = issuer.sign(&readers());
    let signed = |changes: &[(&str, Value)]| issuer.sign(&with(changes));
    let (start, signature) = good.rsplit_once('.').unwrap();
    let header = |name: &str| json!({"kid": "one", "alg": name});
    let by_hmac = {
        let message = message(&header("HS256"), &readers());
        let secret = issuer.jwk()["n"].as_str().unwrap().to_owned();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let odd_kid = |kid: Value| {
        let header = json!({"kid": kid, "alg": "RS256"});
        issuer.sign_as(&header, &readers(), &RSA_PKCS1_SHA256)
    };
    let deep = URL_SAFE_NO_PAD.encode("[".repeat(20_000));
    vec![
        ("empty", String::new()),
        ("a word", "token".to_owned()),
        ("three words", "a.b.c".to_owned()),
        ("not ASCII", "é.è.ê".to_owned()),
        (
            "a list for a header",
            format!("{}.e30.x", URL_SAFE_NO_PAD.encode("[1]")),
        ),
        ("a deep header", format!("{deep}.e30.x")),
        ("no signature", format!("{start}.")),
        (
            "half a signature",
            format!("{start}.{}", signature.split_at(signature.len() / 2).0),
        ),
        ("another's signature", Issuer::new("one").sign(&readers())),
        ("claims exchanged", {
            let admin = message(&header("RS256"), &claims(&names(&["admins", "readers"])));
            format!("{admin}.{signature}")
        }),
        ("a fourth part", format!("{good}.x")),
        ("Bearer twice", format!("Bearer {good}")),
        (
            "alg none",
            format!("{}.", message(&header("none"), &readers())),
        ),
        (
            "alg none, signed",
            issuer.sign_as(&header("none"), &readers(), &RSA_PKCS1_SHA256),
        ),
        ("HS256 by the public key", by_hmac),
        ("RS512", issuer.sign_512(&readers())),
        ("an unknown key", odd_kid(json!("two"))),
        ("no key", odd_kid(Value::Null)),
        ("a list for a key", odd_kid(json!(["one"]))),
        ("expired", signed(&[("exp", json!(1_000_000_000))])),
        ("no expiry", signed(&[("exp", Value::Null)])),
        ("an odd expiry", signed(&[("exp", json!("never"))])),
        ("not yet", signed(&[("nbf", json!(40_000_000_000_u64))])),
        ("another client", signed(&[("aud", json!("another"))])),
        (
            "several clients",
            signed(&[("aud", json!([CLIENT, "another"]))]),
        ),
        ("no client", signed(&[("aud", Value::Null)])),
        (
            "an access token",
            signed(&[
                ("aud", Value::Null),
                ("client_id", json!(CLIENT)),
                ("token_use", json!("access")),
            ]),
        ),
        ("of no use", signed(&[("token_use", Value::Null)])),
        (
            "another pool",
            signed(&[("iss", json!("https://example.com/us-west-2_Other"))]),
        ),
        ("no pool", signed(&[("iss", Value::Null)])),
        ("a list for claims", issuer.sign(&json!(["readers"]))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_id_token_is_unauthorized() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let tokens = strangers_tokens(&issuer);
    let mut events: Vec<Value> = tokens.iter().map(|(_, token)| event(token)).collect();
    let mut names: Vec<&str> = tokens.iter().map(|(name, _)| *name).collect();
    for (name, headers) in [
        ("no headers", Value::Null),
        ("no header", json!({"accept": "*/*"})),
        ("a word for headers", json!("Authorization")),
        ("null for a header", json!({"Authorization": null})),
        ("a list for a header", json!({"Authorization": ["x"]})),
    ] {
        let mut event = event("");
        event["headers"] = headers;
        events.push(event);
        names.push(name);
    }
    names.push("no token");
    events.push(json!({"type": "TOKEN", "methodArn": "a/b/c"}));
    events.push(event(&issuer.sign(&readers())));
    for library in LIBRARIES {
        let lines = vec![json!({"rules": *RULES, "events": events})];
        let answers = run(library, &keys.uri(), lines).await;
        let (good, refused) = answers.lines[0].split_last().unwrap();
        assert!(allows(good), "{library}: {good}");
        for (name, answer) in names.iter().zip(refused) {
            assert_eq!(
                answer["raised"], UNAUTHORIZED,
                "{library}, {name}: {answer}"
            );
        }
        // What is logged names neither tokens nor people.
        let log = answers.log;
        assert!(log.contains("the token is refused"), "{log}");
        for secret in ["eyJ", "eve", "example.com", "readers", "admins"] {
            assert!(!log.contains(secret), "{secret}: {log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_taken_however_it_comes() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let token = issuer.sign(&readers());
    let arn = |stage: &str| format!("arn:aws:execute-api:eu-west-1:1:api/{stage}/GET/x/y");
    let request = |name: &str, value: String, stage: &str| json!({"type": "REQUEST", "headers": {"Accept": "x", name: value}, "methodArn": arn(stage)});
    let events = json!([
        request("Authorization", format!("Bearer {token}"), "prod"),
        request("authorization", token.clone(), "prod"),
        request("AUTHORIZATION", token.clone(), "test-invoke-stage"),
        {"type": "TOKEN", "authorizationToken": token, "methodArn": arn("ESTestInvoke-stage")},
    ]);
    let stages = ["prod", "prod", "test-invoke-stage", "ESTestInvoke-stage"];
    for library in LIBRARIES {
        let lines = vec![json!({"rules": *RULES, "events": events})];
        let answers = run(library, &keys.uri(), lines).await;
        for (answer, stage) in answers.lines[0].iter().zip(stages) {
            assert!(allows(answer), "{library}: {answer}");
            let resource = &answer["policy"]["policyDocument"]["Statement"][0]["Resource"];
            let expected = format!("arn:aws:execute-api:eu-west-1:1:api/{stage}/*/*");
            assert_eq!(*resource, json!([expected]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_claims_and_events_are_denied_and_nothing_crashes() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let signed = |changes: &[(&str, Value)]| event(&issuer.sign(&with(changes)));
    let moved = |arn: Value| {
        let mut event = signed(&[]);
        event["methodArn"] = arn;
        event
    };
    let events = vec![
        signed(&[("cognito:groups", Value::Null)]),
        signed(&[("cognito:groups", json!("readers"))]),
        signed(&[("cognito:groups", json!({"readers": true}))]),
        signed(&[("cognito:groups", json!([["readers"], 7, null]))]),
        signed(&[("cognito:groups", json!(["Readers", "readers "]))]),
        signed(&[("cognito:username", Value::Null), ("sub", Value::Null)]),
        moved(Value::Null),
        moved(json!(7)),
        moved(json!("")),
        moved(json!("arn:aws:execute-api:r:1:api")),
        json!(null),
        json!([]),
        json!("event"),
        json!({"type": "REQUEST", "headers": 7}),
    ];
    for library in LIBRARIES {
        let lines = vec![json!({"rules": *RULES, "events": events})];
        let answers = run(library, &keys.uri(), lines).await;
        for (event, answer) in events.iter().zip(&answers.lines[0]) {
            assert!(
                denies(answer),
                "{library}: {answer} for {}",
                event["methodArn"]
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_are_odd_anywhere_grant_nothing() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let changed = |pointer: &str, value: Value| {
        let mut rules = rules();
        *rules.pointer_mut(pointer).unwrap() = value;
        Some(rules.to_string())
    };
    let added = |pointer: &str, name: &str| {
        let mut rules = rules();
        rules.pointer_mut(pointer).unwrap()[name] = json!("more");
        Some(rules.to_string())
    };
    let files = [
        None,
        Some(String::new()),
        Some("{".to_owned()),
        Some("null".to_owned()),
        Some("[]".to_owned()),
        Some("{}".to_owned()),
        Some("[".repeat(20_000)),
        Some(RULES.replacen("\"rule\"", "\"group\":[],\"rule\"", 1)),
        changed("/schema", json!(2)),
        changed("/schema", json!("1")),
        changed("/schema", json!(true)),
        changed("/rule", json!("last-match")),
        changed("/rule", json!(["union"])),
        changed("/nobody", json!("allow")),
        changed("/group", json!({"readers": []})),
        changed("/group", json!("readers")),
        changed("/group/0", json!("readers")),
        changed("/group/0/name", json!(7)),
        changed("/group/0/allow", json!("*")),
        changed("/group/0/allow", json!({"method": "*", "path": "/*"})),
        changed("/group/0/allow/0", json!("GET /*")),
        changed("/group/0/allow/0/method", json!("FETCH")),
        changed("/group/0/allow/0/method", json!(["GET"])),
        changed("/group/0/allow/0/method", json!(null)),
        changed("/group/0/allow/0/path", json!(7)),
        changed("/group/0/allow/0/path", json!(["/*"])),
        added("", "more"),
        added("/group/0", "conditions"),
        added("/group/0", "deny"),
        added("/group/0/allow/0", "when"),
    ];
    let events = json!([event(&issuer.sign(&readers()))]);
    let mut lines: Vec<Value> = files
        .iter()
        .map(|rules| json!({"rules": rules, "events": events}))
        .collect();
    lines.push(json!({"rules": *RULES, "events": events}));
    let answers = run("jose", &keys.uri(), lines).await;
    let (good, odd) = answers.lines.split_last().unwrap();
    assert!(allows(&good[0]), "{}", good[0]);
    assert_eq!(odd.len(), files.len());
    for (rules, answers) in files.iter().zip(odd) {
        assert!(denies(&answers[0]), "{rules:?}: {}", answers[0]);
    }
    assert!(
        answers.log.contains("everything is denied"),
        "{}",
        answers.log
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_or_a_client_everything_is_denied() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let gone = format!("http://127.0.0.1:{}/", free_port());
    let events = json!([event(&issuer.sign(&readers()))]);
    let line =
        |environment: Value| json!({"rules": *RULES, "events": events, "environment": environment});
    for library in LIBRARIES {
        let lines = vec![
            line(json!({"COGNITO_KEYS_URL": gone})),
            line(json!({"COGNITO_KEYS_URL": "no address"})),
            line(json!({"COGNITO_KEYS_URL": keys.uri(), "APP_CLIENT_ID": "another"})),
            line(json!({"APP_CLIENT_ID": CLIENT})),
        ];
        let answers = run(library, &keys.uri(), lines).await;
        let came: Vec<&Value> = answers.lines.iter().map(|answers| &answers[0]).collect();
        assert!(denies(came[0]) && denies(came[1]), "{library}: {came:?}");
        assert_eq!(came[2]["raised"], UNAUTHORIZED);
        assert!(allows(came[3]), "{library}: {came:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_asked_for_once_a_minute() {
    let (one, two) = (Issuer::new("one"), Issuer::new("two"));
    let keys = serve_keys(&[&one]).await;
    let by_two = event(&two.sign(&readers()));
    let events = json!([by_two, event(&one.sign(&readers())), by_two, by_two, by_two]);
    let times = json!([100, 101, 120, 159, 161]);
    let lines = vec![json!({"rules": *RULES, "events": events, "times": times})];
    let answers = run("jose", &keys.uri(), lines.clone()).await;
    assert!(allows(&answers.lines[0][1]));
    assert_eq!(answers.lines[0][4]["raised"], UNAUTHORIZED);
    assert_eq!(keys.received_requests().await.unwrap().len(), 2);

    // Once the pool has the new key, its tokens are taken.
    keys.reset().await;
    hand_out(&keys, &[&one, &two]).await;
    let answers = run("jose", &keys.uri(), lines).await;
    assert!(answers.lines[0].iter().all(allows), "{:?}", answers.lines);
    assert_eq!(keys.received_requests().await.unwrap().len(), 1);
}
