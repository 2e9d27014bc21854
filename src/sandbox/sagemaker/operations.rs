//! SageMaker's operations over awsJson 1.1.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{App, Profile, Space, State};
use crate::sandbox::{
    World,
    call::{Call, Reply},
    wire::epoch,
    world::{ACCOUNT, DOMAIN_ID, REGION},
};

/// The most items of a page, and their number where the call names none.
const LARGEST_PAGE: usize = 100;
const PAGE: usize = 10;

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let input = match call.json() {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let text = |name: &str| input[name].as_str();
    let state = world.sagemaker.lock();
    let wanted =
        |name: &str, value: Option<&str>| text(name).is_none_or(|asked| value == Some(asked));
    let in_domain = wanted("DomainIdEquals", Some(DOMAIN_ID));
    match call.operation.as_str() {
        "ListDomains" => page(&input, "Domains", std::iter::once(domain(&state, false))),
        "DescribeDomain" if text("DomainId") == Some(DOMAIN_ID) => {
            Reply::json(&domain(&state, true))
        }
        "ListUserProfiles" => page(
            &input,
            "UserProfiles",
            state
                .profiles
                .iter()
                .filter(|profile| {
                    in_domain
                        && text("UserProfileNameContains")
                            .is_none_or(|part| profile.name.contains(part))
                })
                .map(|found| profile(found, false)),
        ),
        "DescribeUserProfile" => described(
            state
                .profiles
                .iter()
                .find(|profile| text("UserProfileName") == Some(&profile.name))
                .map(|found| profile(found, true)),
            "UserProfile",
        ),
        "ListSpaces" => page(
            &input,
            "Spaces",
            state.spaces.iter().filter(|_| in_domain).map(space),
        ),
        "DescribeSpace" => described(
            state
                .spaces
                .iter()
                .find(|space| text("SpaceName") == Some(&space.name))
                .map(space),
            "Space",
        ),
        "ListApps" => page(
            &input,
            "Apps",
            state
                .apps
                .iter()
                .filter(|app| {
                    in_domain
                        && wanted("UserProfileNameEquals", app.profile.as_deref())
                        && wanted("SpaceNameEquals", app.space.as_deref())
                })
                .map(app),
        ),
        "DescribeApp" => described(
            state
                .apps
                .iter()
                .find(|app| {
                    text("AppName") == Some(app.name)
                        && text("AppType") == Some(app.kind)
                        && wanted("UserProfileName", app.profile.as_deref())
                        && wanted("SpaceName", app.space.as_deref())
                })
                .map(app),
            "App",
        ),
        "DescribeDomain" => described(None, "Domain"),
        _ => Reply::unknown_operation(),
    }
}

fn described(found: Option<Value>, kind: &str) -> Reply {
    match found {
        Some(value) => Reply::json(&value),
        None => Reply::json_error(
            StatusCode::BAD_REQUEST,
            "ResourceNotFound",
            &format!("{kind} does not exist."),
        ),
    }
}

fn page(input: &Value, name: &str, items: impl Iterator<Item = Value>) -> Reply {
    let start: usize = input["NextToken"]
        .as_str()
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let size = input["MaxResults"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(PAGE)
        .clamp(1, LARGEST_PAGE);
    let mut rest = items.skip(start).peekable();
    let items: Vec<Value> = rest.by_ref().take(size).collect();
    let mut output = Map::new();
    output.insert(name.to_owned(), Value::Array(items));
    if rest.peek().is_some() {
        output.insert("NextToken".to_owned(), json!((start + size).to_string()));
    }
    Reply::json(&Value::Object(output))
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}")
}

fn domain(state: &State, whole: bool) -> Value {
    let mut value = json!({
        "DomainArn": arn("domain", DOMAIN_ID),
        "DomainId": DOMAIN_ID,
        "DomainName": "mlflow-domain",
        "Status": "InService",
        "CreationTime": epoch(state.created),
        "LastModifiedTime": epoch(state.created),
        "Url": format!("https://{DOMAIN_ID}.studio.{REGION}.sagemaker.aws"),
    });
    if whole {
        value["AuthMode"] = json!("IAM");
        value["DefaultUserSettings"] = json!({"ExecutionRole": state.default_role});
        value["SubnetIds"] = json!(["subnet-0a1b2c3d4e5f60718"]);
        value["VpcId"] = json!("vpc-0a1b2c3d4e5f60718");
    }
    value
}

fn profile(profile: &Profile, whole: bool) -> Value {
    let mut value = json!({
        "DomainId": DOMAIN_ID,
        "UserProfileName": profile.name,
        "Status": "InService",
        "CreationTime": epoch(profile.created),
        "LastModifiedTime": epoch(profile.created),
    });
    if whole {
        value["UserProfileArn"] = json!(arn(
            "user-profile",
            &format!("{DOMAIN_ID}/{}", profile.name)
        ));
        if let Some(role) = &profile.role {
            value["UserSettings"] = json!({"ExecutionRole": role});
        }
    }
    value
}

fn space(space: &Space) -> Value {
    json!({
        "DomainId": DOMAIN_ID,
        "SpaceName": space.name,
        "Status": "InService",
        "CreationTime": epoch(space.created),
        "LastModifiedTime": epoch(space.created),
        "OwnershipSettings": {"OwnerUserProfileName": space.owner},
        "OwnershipSettingsSummary": {"OwnerUserProfileName": space.owner},
    })
}

fn app(app: &App) -> Value {
    let mut value = json!({
        "DomainId": DOMAIN_ID,
        "AppType": app.kind,
        "AppName": app.name,
        "Status": app.status,
        "CreationTime": epoch(app.created),
        "ResourceSpec": {"InstanceType": app.instance},
    });
    if let Some(profile) = &app.profile {
        value["UserProfileName"] = json!(profile);
    }
    if let Some(space) = &app.space {
        value["SpaceName"] = json!(space);
    }
    value
}
