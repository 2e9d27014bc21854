//! What Lambda answers about the function.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{State, refusal, sample};
use crate::sandbox::{call::Reply, iam, world::ACCOUNT};

/// Versions on a page, at most.
const PAGE: usize = 50;

/// The function, or one of its versions.
pub(super) fn configuration(state: &State, qualifier: Option<&str>, now: Timestamp) -> Value {
    let arn = State::arn();
    let settings = &state.settings;
    let kept = qualifier.and_then(|number| state.version(number));
    let (version, arn, code, revision, modified) = match kept {
        Some((number, version)) => (
            number.to_string(),
            format!("{arn}:{number}"),
            &version.code,
            version.revision,
            version.modified,
        ),
        None => (
            "$LATEST".to_owned(),
            arn,
            &state.latest,
            state.revision,
            state.modified,
        ),
    };
    let layers: Vec<Value> = settings
        .layers
        .iter()
        .map(|layer| json!({"Arn": layer, "CodeSize": 1024}))
        .collect();
    let mut answer = json!({
        "FunctionName": sample::NAME,
        "FunctionArn": arn,
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/{}", iam::AUTHORIZER_ROLE),
        "CodeSize": code.zip.len(),
        "Description": "",
        "Timeout": 60,
        "MemorySize": 128,
        "LastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string(),
        "CodeSha256": code.sha256,
        "Version": version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": revision.to_string(),
        "Environment": {"Variables": settings.environment},
        "Layers": layers,
        "State": "Active",
        "PackageType": if settings.image { "Image" } else { "Zip" },
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
    });
    if !settings.image {
        answer["Handler"] = json!(settings.handler);
        answer["Runtime"] = json!(settings.runtime);
    }
    if kept.is_none() {
        let status = state.status(now);
        answer["LastUpdateStatus"] = json!(status);
        if status == "Failed" {
            answer["LastUpdateStatusReason"] = json!("We encountered an internal error.");
            answer["LastUpdateStatusReasonCode"] = json!("InternalError");
        } else if status == "InProgress" {
            answer["LastUpdateStatusReason"] = json!("The function is being created.");
            answer["LastUpdateStatusReasonCode"] = json!("Creating");
        }
    }
    answer
}

/// A page of versions, `$LATEST` first; the marker is the next one's place.
pub(super) fn versions(state: &State, query: &[(String, String)], now: Timestamp) -> Reply {
    let given = |name: &str| {
        let found = query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.parse::<usize>())
    };
    let (start, most) = match (given("Marker"), given("MaxItems")) {
        (Some(Err(_)), _) | (_, Some(Err(_))) => {
            return refusal::invalid("1 validation error detected");
        }
        (start, most) => (
            start.and_then(Result::ok).unwrap_or_default(),
            most.and_then(Result::ok).unwrap_or(PAGE).clamp(1, PAGE),
        ),
    };
    let numbers = std::iter::once(None).chain((1..=state.versions.len()).map(Some));
    let page: Vec<Value> = numbers
        .skip(start)
        .take(most)
        .map(|number| {
            let number = number.map(|number| number.to_string());
            configuration(state, number.as_deref(), now)
        })
        .collect();
    let end = start.saturating_add(page.len());
    let mut answer = json!({"Versions": page});
    if end <= state.versions.len() {
        answer["NextMarker"] = json!(end.to_string());
    }
    Reply::rest(StatusCode::OK, &answer)
}
