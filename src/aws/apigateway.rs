//! API Gateway: the REST API's shape, its stages and its Lambda authorizer.
//!
//! IAM knows no operation names here: reading needs `apigateway:GET`, trying the
//! authorizer `apigateway:POST`.

use std::{collections::BTreeMap, time::Duration};

use aws_config::SdkConfig;
use secrecy::{ExposeSecret, SecretString};

use super::{Page, all_pages, failure::Attempted};
use crate::domain::Failure;

const READ: &str = "apigateway:GET";
/// The largest page that the service gives.
const PAGE: i32 = 500;
/// The stage that an authorizer is told in a trial; no request has it.
const TRIAL_STAGES: [&str; 2] = ["ESTestInvoke-stage", "test-invoke-stage"];

/// A REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestApi {
    /// The id, the first label of its default host name.
    pub id: String,
    /// The name.
    pub name: String,
    /// The API's resource policy, where it has one.
    pub policy: Option<String>,
}

/// How one method of a resource is authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiMethod {
    /// `NONE`, `AWS_IAM`, `CUSTOM` (a Lambda authorizer) or `COGNITO_USER_POOLS`.
    pub authorization: String,
    /// The authorizer, where it is `CUSTOM` or `COGNITO_USER_POOLS`.
    pub authorizer_id: Option<String>,
    /// Whether an API key is asked for as well.
    pub api_key_required: bool,
}

/// A resource: a path template with its methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResource {
    /// The id.
    pub id: String,
    /// The path template, such as `/api/{proxy+}`.
    pub path: String,
    /// Methods by name; `ANY` for all.
    pub methods: BTreeMap<String, ApiMethod>,
}

/// An authorizer of a REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorizer {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    pub kind: String,
    /// The Lambda's invocation URI.
    pub uri: Option<String>,
    /// The identity source, such as `method.request.header.Authorization`.
    pub identity_source: Option<String>,
    /// For how long a result is kept, in seconds; 0 is never.
    pub result_ttl_seconds: Option<i32>,
}

/// A stage of a REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The name.
    pub name: String,
    /// The deployment that it shows.
    pub deployment_id: Option<String>,
}

/// What a trial of the authorizer gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizerTest {
    /// The status that a caller would get from the authorizer: 200 where it returned a policy.
    pub status: u16,
    /// The policy document that it returned, JSON text. The stage that the service makes up for
    /// a trial stands as `*`, so that the policy says what it says of the real one.
    pub policy: Option<String>,
    /// The execution log.
    pub log: String,
    /// How long it took.
    pub latency: Duration,
}

/// The API Gateway adapter.
#[derive(Clone, Debug)]
pub struct ApiGateway {
    client: aws_sdk_apigateway::Client,
}

impl ApiGateway {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_apigateway::Client::new(config),
        }
    }

    /// Every REST API of the region.
    pub async fn rest_apis(&self) -> Result<Vec<RestApi>, Failure> {
        let attempted = Attempted::new(READ, "listing the REST APIs");
        all_pages(|token| async {
            let answer = self
                .client
                .get_rest_apis()
                .limit(PAGE)
                .set_position(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page::of(answer.items, answer.position, |api| {
                Some(RestApi {
                    id: api.id?,
                    name: api.name.unwrap_or_default(),
                    policy: api.policy,
                })
            }))
        })
        .await
    }

    /// Every resource with its methods and how each is authorized.
    pub async fn resources(&self, api: &str) -> Result<Vec<ApiResource>, Failure> {
        let attempted = Attempted::new(READ, format!("reading the resources of API {api}"));
        all_pages(|token| async {
            let answer = self
                .client
                .get_resources()
                .rest_api_id(api)
                .limit(PAGE)
                .embed("methods")
                .set_position(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page::of(answer.items, answer.position, resource))
        })
        .await
    }

    /// The authorizers of an API.
    pub async fn authorizers(&self, api: &str) -> Result<Vec<Authorizer>, Failure> {
        let attempted = Attempted::new(READ, format!("listing the authorizers of API {api}"));
        all_pages(|token| async {
            let answer = self
                .client
                .get_authorizers()
                .rest_api_id(api)
                .limit(PAGE)
                .set_position(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page::of(answer.items, answer.position, |found| {
                Some(Authorizer {
                    id: found.id?,
                    name: found.name.unwrap_or_default(),
                    kind: found
                        .r#type
                        .map(|kind| kind.as_str().to_owned())
                        .unwrap_or_default(),
                    uri: found.authorizer_uri,
                    identity_source: found.identity_source,
                    result_ttl_seconds: found.authorizer_result_ttl_in_seconds,
                })
            }))
        })
        .await
    }

    /// The stages of an API.
    pub async fn stages(&self, api: &str) -> Result<Vec<Stage>, Failure> {
        let attempted = Attempted::new(READ, format!("listing the stages of API {api}"));
        let answer = self
            .client
            .get_stages()
            .rest_api_id(api)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(answer
            .item
            .unwrap_or_default()
            .into_iter()
            .filter_map(|stage| {
                Some(Stage {
                    name: stage.stage_name?,
                    deployment_id: stage.deployment_id,
                })
            })
            .collect())
    }

    /// Runs the Lambda authorizer with `token` as a caller of `path` would, without
    /// touching MLflow. The service names no HTTP method and no stage of its own choosing:
    /// the policy that comes back says for itself which methods and paths it covers.
    /// It changes nothing, so it takes no write access, though IAM calls it a POST.
    ///
    /// # Errors
    /// `Denied { apigateway:POST }`, …. An authorizer that crashes is no error: its status says so.
    pub async fn test_invoke_authorizer(
        &self,
        api: &str,
        authorizer: &str,
        token: &SecretString,
        path: &str,
    ) -> Result<AuthorizerTest, Failure> {
        let attempted = Attempted::new(
            "apigateway:POST",
            format!("trying the authorizer {authorizer} of API {api}"),
        );
        let answer = self
            .client
            .test_invoke_authorizer()
            .rest_api_id(api)
            .authorizer_id(authorizer)
            .headers("Authorization", format!("Bearer {}", token.expose_secret()))
            .path_with_query_string(path)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        // 0 stands for success, the reference says; the service says 200.
        let status = match u16::try_from(answer.client_status) {
            Ok(0) if answer.policy.is_some() => 200,
            status => status.unwrap_or_default(),
        };
        Ok(AuthorizerTest {
            status,
            policy: answer.policy.map(|policy| on_any_stage(&policy, api)),
            log: answer.log.unwrap_or_default(),
            latency: Duration::from_millis(u64::try_from(answer.latency).unwrap_or_default()),
        })
    }
}

/// A policy about the stage of a trial as one about any stage of the API.
fn on_any_stage(policy: &str, api: &str) -> String {
    TRIAL_STAGES.iter().fold(policy.to_owned(), |text, stage| {
        text.replace(&format!(":{api}/{stage}/"), &format!(":{api}/*/"))
    })
}

fn resource(found: aws_sdk_apigateway::types::Resource) -> Option<ApiResource> {
    let methods = found
        .resource_methods
        .unwrap_or_default()
        .into_iter()
        .map(|(name, method)| {
            let method = ApiMethod {
                authorization: method.authorization_type.unwrap_or_default(),
                authorizer_id: method.authorizer_id,
                api_key_required: method.api_key_required.unwrap_or_default(),
            };
            (name, method)
        })
        .collect();
    Some(ApiResource {
        id: found.id?,
        path: found.path?,
        methods,
    })
}
