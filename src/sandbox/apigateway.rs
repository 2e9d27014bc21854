//! API Gateway's control plane: what is deployed, and a dry run of the authorizer.
//!
//! Only reads and `TestInvokeAuthorizer`; the REST API itself is served by
//! [`super::gateway`], which reads its resources from here.

use std::sync::Arc;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    World,
    call::{Call, Reply},
    gateway::{
        self, Outcome,
        resource::{self, Any, Authorization, Resource, Target},
    },
    lambda,
    world::{API_ID, AUTHORIZER_ID, STAGE, Seed},
};

/// The REST API's name.
const NAME: &str = "mlflow-rest-api";
/// Items on a page where the caller asks for no other number, and the most there may be.
const PAGE: usize = 25;
const LARGEST_PAGE: usize = 500;

/// What the service holds.
#[derive(Debug)]
pub struct State {
    /// The REST API's resources; the protected API is served by them.
    pub resources: Arc<Vec<Resource>>,
    /// When the API was deployed.
    pub created: Timestamp,
    /// For how many seconds the authorizer's answers are said to be kept.
    pub authorizer_keeps: u32,
    /// The version or alias of the authorizer's function that the API names.
    pub authorizer_qualifier: Option<String>,
}

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        Self {
            resources: Arc::new(resource::sample()),
            created: seed
                .now
                .saturating_sub(jiff::SignedDuration::from_hours(24 * 40))
                .unwrap_or(seed.now),
            authorizer_keeps: 0,
            authorizer_qualifier: None,
        }
    }
}

/// Answers one call.
pub(crate) async fn handle(world: &World, call: &Call) -> Reply {
    let path = call.path().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let get = call.method() == Method::GET;
    match parts.as_slice() {
        ["restapis"] if get => listed(call, &[rest_api(world)]),
        ["restapis", id, ..] if *id != API_ID => no_api(),
        ["restapis", _] if get => ok(&rest_api(world)),
        ["restapis", _, "resources"] if get => resources(world, call),
        ["restapis", _, "resources", id] if get => one_resource(world, call, id),
        ["restapis", _, "resources", id, "methods", method] if get => one_method(world, id, method),
        ["restapis", _, "authorizers"] if get => listed(call, &[authorizer(world)]),
        ["restapis", _, "authorizers", id] if *id != AUTHORIZER_ID => {
            not_found("Invalid Authorizer identifier specified")
        }
        ["restapis", _, "authorizers", _] if get => ok(&authorizer(world)),
        ["restapis", _, "authorizers", _] if call.method() == Method::POST => {
            test_authorizer(world, call).await
        }
        ["restapis", _, "stages"] if get => ok(&json!({"item": [stage(world)]})),
        ["restapis", _, "stages", name] if get => {
            if *name == STAGE {
                ok(&stage(world))
            } else {
                not_found("Invalid stage identifier specified")
            }
        }
        _ => Reply::rest_error(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    }
}

fn ok(value: &Value) -> Reply {
    Reply::rest(StatusCode::OK, value)
}

fn not_found(message: &str) -> Reply {
    Reply::rest_error(StatusCode::NOT_FOUND, "NotFoundException", message)
}

fn no_api() -> Reply {
    not_found("Invalid API identifier specified")
}

fn invalid(message: &str) -> Reply {
    Reply::rest_error(StatusCode::BAD_REQUEST, "BadRequestException", message)
}

/// One page of `{"item": […], "position": …}`; the position is the next item's place.
fn listed(call: &Call, items: &[Value]) -> Reply {
    let query = call.query();
    let given = |name: &str| {
        query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let limit = match given("limit").map(str::parse) {
        None => PAGE,
        Some(Ok(limit @ 1..=LARGEST_PAGE)) => limit,
        Some(_) => return invalid("Invalid limit specified, must be between 1 and 500"),
    };
    let start: usize = match given("position").map(str::parse) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return invalid("Invalid position parameter specified"),
    };
    let shown: Vec<&Value> = items.iter().skip(start).take(limit).collect();
    let end = start.saturating_add(shown.len());
    let mut page = json!({"item": shown});
    if let (true, Some(map)) = (end < items.len(), page.as_object_mut()) {
        map.insert("position".to_owned(), json!(end.to_string()));
    }
    ok(&page)
}

fn created(world: &World) -> i64 {
    world.apigateway.lock().created.as_second()
}

fn rest_api(world: &World) -> Value {
    let root = world
        .apigateway
        .lock()
        .resources
        .iter()
        .find(|resource| resource.parent.is_none())
        .map(|resource| resource.id.clone());
    json!({
        "id": API_ID,
        "name": NAME,
        "createdDate": created(world),
        "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"]},
        "disableExecuteApiEndpoint": false,
        "rootResourceId": root,
        "tags": {"aws:cloudformation:stack-name": "RestApiGatewayStack"},
    })
}

fn stage(world: &World) -> Value {
    json!({
        "deploymentId": "d3pl0y",
        "stageName": STAGE,
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": false,
        "createdDate": created(world),
        "lastUpdatedDate": created(world),
    })
}

fn authorizer(world: &World) -> Value {
    let (keeps, qualifier) = {
        let state = world.apigateway.lock();
        (state.authorizer_keeps, state.authorizer_qualifier.clone())
    };
    let qualifier = qualifier.map_or_else(String::new, |name| format!(":{name}"));
    let (region, function) = (&world.region, lambda::State::arn());
    json!({
        "id": AUTHORIZER_ID,
        "name": "RestApiGatewayStacklambdaauthorizerB9A1F2C3",
        "type": "REQUEST",
        "authType": "custom",
        "authorizerUri": format!(
            "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}{qualifier}/invocations"
        ),
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": keeps,
    })
}

fn resources(world: &World, call: &Call) -> Reply {
    let embed = embeds_methods(call);
    let items: Vec<Value> = world
        .apigateway
        .lock()
        .resources
        .iter()
        .map(|resource| resource_json(resource, embed))
        .collect();
    listed(call, &items)
}

fn embeds_methods(call: &Call) -> bool {
    call.query()
        .iter()
        .any(|(name, value)| name == "embed" && value.split(',').any(|part| part == "methods"))
}

fn one_resource(world: &World, call: &Call, id: &str) -> Reply {
    let resources = Arc::clone(&world.apigateway.lock().resources);
    match resources.iter().find(|resource| resource.id == id) {
        Some(resource) => ok(&resource_json(resource, embeds_methods(call))),
        None => not_found("Invalid Resource identifier specified"),
    }
}

fn one_method(world: &World, id: &str, method: &str) -> Reply {
    let resources = Arc::clone(&world.apigateway.lock().resources);
    let Some(resource) = resources.iter().find(|resource| resource.id == id) else {
        return not_found("Invalid Resource identifier specified");
    };
    match resource.method {
        Some(any) if method == "ANY" => ok(&method_json(resource, any)),
        _ => not_found("Invalid Method identifier specified"),
    }
}

fn resource_json(resource: &Resource, embed: bool) -> Value {
    let mut wire = json!({"id": resource.id, "path": resource.path});
    let Some(map) = wire.as_object_mut() else {
        return wire;
    };
    if let Some(parent) = &resource.parent {
        map.insert("parentId".to_owned(), json!(parent));
        map.insert("pathPart".to_owned(), json!(resource.part()));
    }
    if let Some(any) = resource.method {
        let method = if embed {
            method_json(resource, any)
        } else {
            json!({})
        };
        map.insert("resourceMethods".to_owned(), json!({"ANY": method}));
    }
    wire
}

fn method_json(resource: &Resource, any: Any) -> Value {
    let greedy = resource.path.ends_with("{proxy+}");
    let path = resource.path.replace("{proxy+}", "{proxy}");
    let port = match any.target {
        Target::Mlflow => 80,
        Target::Deployments => 8080,
    };
    let mut integration = json!({
        "type": "HTTP_PROXY",
        "httpMethod": "ANY",
        "uri": format!("http://mlflow-nlb-0a1b2c3d4e5f6789.elb.us-west-2.amazonaws.com:{port}{path}"),
        "connectionType": "VPC_LINK",
        "connectionId": "v9pcl1",
        "passthroughBehavior": "WHEN_NO_TEMPLATES",
        "timeoutInMillis": 29000,
        "cacheNamespace": resource.id,
        "cacheKeyParameters": [],
    });
    let mut method = json!({
        "httpMethod": "ANY",
        "authorizationType": match any.authorization {
            Authorization::Custom => "CUSTOM",
            Authorization::Iam => "AWS_IAM",
        },
        "apiKeyRequired": false,
        "methodResponses": {"200": {"statusCode": "200"}},
    });
    if let (true, Some(map)) = (greedy, integration.as_object_mut()) {
        map.insert(
            "requestParameters".to_owned(),
            json!({"integration.request.path.proxy": "method.request.path.proxy"}),
        );
    }
    if let Some(map) = method.as_object_mut() {
        if any.authorization == Authorization::Custom {
            map.insert("authorizerId".to_owned(), json!(AUTHORIZER_ID));
        }
        if greedy {
            map.insert(
                "requestParameters".to_owned(),
                json!({"method.request.path.proxy": true}),
            );
        }
        map.insert("methodIntegration".to_owned(), integration);
    }
    method
}

/// The stage of the method ARN that an authorizer is asked about in a trial.
const TRIAL_STAGE: &str = "ESTestInvoke-stage";

/// `TestInvokeAuthorizer`: runs the authorizer on the given headers, and nothing else.
async fn test_authorizer(world: &World, call: &Call) -> Reply {
    let Ok(body) = call.json() else {
        return invalid("Invalid request body");
    };
    let started = std::time::Instant::now();
    let header = header(&body, "authorization").filter(|value| !value.is_empty());
    let (status, principal, policy, printed) = match header {
        // The identity source is missing: the authorizer is not run.
        None => (401, None, None, vec!["Unauthorized request".to_owned()]),
        Some(token) => {
            let invocation = gateway::invoke(world, &token).await;
            let printed = invocation.printed;
            match invocation.outcome {
                Outcome::Policy {
                    principal,
                    document,
                } => (200, Some(principal), Some(document), printed),
                Outcome::Unauthorized => (401, None, None, printed),
                Outcome::Crash => (500, None, None, printed),
                Outcome::Throttled => {
                    return Reply::rest_error(
                        StatusCode::TOO_MANY_REQUESTS,
                        "TooManyRequestsException",
                        "Too Many Requests",
                    );
                }
            }
        }
    };
    let latency = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut answer = json!({
        "clientStatus": status,
        "log": log(world, status, &printed),
        "latency": latency.max(1),
        "authorization": {},
        "claims": {},
    });
    if let (Some(map), Some(principal), Some(policy)) = (answer.as_object_mut(), principal, policy)
    {
        map.insert("principalId".to_owned(), json!(principal));
        // In a trial the service tells the authorizer a stage that there is not.
        let (real, trial) = (
            format!("{API_ID}/{STAGE}/"),
            format!("{API_ID}/{TRIAL_STAGE}/"),
        );
        let policy = policy.to_string().replace(&real, &trial);
        map.insert("policy".to_owned(), json!(policy));
    }
    ok(&answer)
}

/// A header of the test request, from `headers` or `multiValueHeaders`, whatever its case.
fn header(body: &Value, name: &str) -> Option<String> {
    let find = |field: &str| -> Option<&Value> {
        body.get(field)
            .and_then(Value::as_object)
            .and_then(|map: &Map<String, Value>| {
                map.iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            })
    };
    find("headers")
        .and_then(Value::as_str)
        .or_else(|| find("multiValueHeaders")?.get(0)?.as_str())
        .map(str::to_owned)
}

/// The execution log in API Gateway's manner, without the token.
fn log(world: &World, status: u16, printed: &[String]) -> String {
    let id = Uuid::new_v4();
    let now = world.clock.now().strftime("%a %b %d %H:%M:%S UTC %Y");
    let mut lines = vec![
        format!("Execution log for request {id}"),
        format!("{now} : Starting authorizer: {AUTHORIZER_ID}"),
        format!("{now} : Incoming identity: **********"),
    ];
    lines.extend(printed.iter().map(|line| format!("{now} : {line}")));
    lines.push(match status {
        200 => format!("{now} : Successfully completed authorizer execution"),
        401 => format!("{now} : Unauthorized request: {id}"),
        _ => format!(
            "{now} : Execution failed due to configuration error: Invalid JSON in response or the function failed"
        ),
    });
    lines.push(String::new());
    lines.join("\n")
}
