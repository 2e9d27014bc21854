//! The REST API: its id, URL, stage and Lambda authorizer; and the other SSM parameters,
//! which come with it in one call.

use std::collections::BTreeMap;

use url::Url;

use super::{Known, Ledger, PARAMETERS, call, named_or_only};
use crate::{
    aws::{Cloud, apigateway::Authorizer, lambda::FunctionArn},
    domain::{ErrorClass, Failure, Found, Origin},
};

/// The names that the sample gives.
const API: &str = "mlflow-rest-api";
const STAGE: &str = "prod";

/// Finds what can be found; returns the API's id.
pub(super) async fn find(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>) -> Option<String> {
    let mut parameters = parameters(cloud, known, ledger).await;
    let mut parameter = |name: &str| {
        parameters
            .remove(name)
            .map(|value| Found::new(value, Origin::Ssm(name.to_owned())))
    };
    if let Some(url) = known.ui_url.clone().or_else(|| parameter("mlflow-uiUrl")) {
        ledger.item("ui_url", url);
    }
    if let Some(bucket) = parameter("mlflow-deploy-bucket") {
        ledger.item("deploy_bucket", bucket);
    }
    let (named_id, named_url) = (
        parameter("mlflow-restApiId"),
        parameter("mlflow-restApiUrl"),
    );
    // The parameter's URL belongs to the parameter's API: not to another one that is given.
    let same = match (&known.rest_api_id, &named_id) {
        (Some(given), Some(named)) => given.value == named.value,
        _ => true,
    };
    let url = known
        .api_url
        .clone()
        .or(named_url.filter(|_| same))
        .and_then(|url| usable(url, ledger));
    if let Some(url) = &url {
        ledger.item("api_url", url.clone());
    }
    let parts = url.as_ref().and_then(|url| Parts::of(&url.value));

    let id = known.rest_api_id.clone().or_else(|| {
        let by_url = known.api_url.is_some() || named_id.is_none();
        parts
            .as_ref()
            .filter(|_| by_url)
            .map(|parts| {
                Found::new(
                    parts.api.clone(),
                    Origin::Derived("the host of api_url".into()),
                )
            })
            .or(named_id)
    });
    let id = match id {
        Some(id) => id,
        None => match by_name(cloud).await {
            Ok(id) => id,
            Err(failure) => {
                ledger.problem("rest_api_id", failure);
                if let Some(stage) = &known.stage {
                    ledger.item("stage", stage.clone());
                }
                if let Some(authorizer) = &known.authorizer_id {
                    ledger.item("authorizer_id", authorizer.clone());
                }
                return None;
            }
        },
    };
    ledger.item("rest_api_id", id.clone());
    let region = known
        .region
        .as_ref()
        .map_or(cloud.region(), |region| &region.value);
    futures::join!(
        stage(cloud, known, ledger, &id.value, url.as_ref(), parts, region),
        authorizer(cloud, known, ledger, &id.value),
    );
    Some(id.value)
}

/// The parameters that are still of use.
async fn parameters(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>) -> BTreeMap<String, String> {
    match cloud.ssm.parameters(&PARAMETERS).await {
        Ok((found, _)) => found,
        Err(failure) => {
            let needless = known.api_url.is_some() && known.ui_url.is_some();
            if !needless {
                ledger.problem("ssm_parameters", failure);
            }
            BTreeMap::new()
        }
    }
}

/// The URL with a `/` at its end, unless it is none.
fn usable(mut url: Found<String>, ledger: &Ledger<'_>) -> Option<Found<String>> {
    match Url::parse(&url.value) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
            if !url.value.ends_with('/') {
                url.value.push('/');
            }
            Some(url)
        }
        _ => {
            ledger.problem(
                "api_url",
                Failure::invalid(
                    format!("reading the API's URL from {}", url.origin),
                    format!("{:?} is no http URL", url.value),
                )
                .advise("give it as https://API.execute-api.REGION.amazonaws.com/STAGE/"),
            );
            None
        }
    }
}

async fn by_name(cloud: &Cloud) -> Result<Found<String>, Failure> {
    let apis = cloud.apigateway.rest_apis().await?;
    named_or_only(
        apis,
        Some(API),
        |api| &api.name,
        |api| format!("{} ({})", api.id, api.name),
    )
    .map(|(api, named)| {
        let origin = if named {
            call("apigateway:GetRestApis")
        } else {
            Origin::Derived("the only REST API of the region".into())
        };
        Found::new(api.id, origin)
    })
    .map_err(|message| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the REST API {API}"),
            message,
        )
        .advise("give the API's id, and check the region")
    })
}

/// The stage, and with it the URL where nobody gave one.
async fn stage(
    cloud: &Cloud,
    known: &Known,
    ledger: &Ledger<'_>,
    api: &str,
    url: Option<&Found<String>>,
    parts: Option<Parts>,
    region: &str,
) {
    let from_url = parts
        .and_then(|parts| parts.stage)
        .map(|stage| Found::new(stage, Origin::Derived("the path of api_url".into())));
    let stage = match known.stage.clone().or(from_url) {
        Some(stage) => stage,
        None => match only_stage(cloud, api).await {
            Ok(stage) => stage,
            Err(failure) => {
                ledger.problem("stage", failure);
                return;
            }
        },
    };
    ledger.item("stage", stage.clone());
    if url.is_none() {
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        ledger.item(
            "api_url",
            Found::new(
                format!(
                    "https://{api}.execute-api.{region}.amazonaws.com{suffix}/{}/",
                    stage.value
                ),
                Origin::Derived("rest_api_id, region and stage".into()),
            ),
        );
    }
}

async fn only_stage(cloud: &Cloud, api: &str) -> Result<Found<String>, Failure> {
    let stages = cloud.apigateway.stages(api).await?;
    named_or_only(
        stages,
        Some(STAGE),
        |stage| &stage.name,
        |stage| stage.name.clone(),
    )
    .map(|(stage, _)| Found::new(stage.name, call("apigateway:GetStages")))
    .map_err(|message| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the stage of API {api}"),
            message,
        )
        .advise("give the stage, or the API's URL with it")
    })
}

async fn authorizer(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>, api: &str) {
    if let Some(authorizer) = &known.authorizer_id {
        ledger.item("authorizer_id", authorizer.clone());
        if known.authorizer_function.is_none() {
            function(cloud, ledger, api, &authorizer.value).await;
        }
        return;
    }
    match lambda_authorizer(cloud, api).await {
        Ok((authorizer, function)) => {
            ledger.item("authorizer_id", authorizer);
            if let (None, Some(function)) = (&known.authorizer_function, function) {
                let origin = call("apigateway:GetAuthorizers");
                ledger.item("authorizer_function", Found::new(function, origin));
            }
        }
        Err(failure) => ledger.problem("authorizer_id", failure),
    }
}

/// The function of an authorizer that is given by its id.
async fn function(cloud: &Cloud, ledger: &Ledger<'_>, api: &str, id: &str) {
    match cloud.apigateway.authorizers(api).await {
        Ok(all) => {
            let used = all.iter().find(|authorizer| authorizer.id == id);
            if let Some(function) = used.and_then(function_of) {
                let origin = call("apigateway:GetAuthorizers");
                ledger.item("authorizer_function", Found::new(function, origin));
            }
        }
        Err(failure) => ledger.problem("authorizer_function", failure),
    }
}

/// The Lambda authorizer's id and its function's ARN; of several the one that `/{proxy+}` uses.
async fn lambda_authorizer(
    cloud: &Cloud,
    api: &str,
) -> Result<(Found<String>, Option<String>), Failure> {
    let mut authorizers = cloud.apigateway.authorizers(api).await?;
    authorizers.retain(|authorizer| matches!(authorizer.kind.as_str(), "REQUEST" | "TOKEN"));
    if let [only] = authorizers.as_slice() {
        let id = Found::new(only.id.clone(), call("apigateway:GetAuthorizers"));
        return Ok((id, function_of(only)));
    }
    let missing = |message: String| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the Lambda authorizer of API {api}"),
            message,
        )
        .advise("give the authorizer's id")
    };
    if authorizers.is_empty() {
        return Err(missing("the API has no Lambda authorizer".to_owned()));
    }
    let resources = cloud.apigateway.resources(api).await?;
    resources
        .iter()
        .find(|resource| resource.path == "/{proxy+}")
        .and_then(|resource| {
            resource
                .methods
                .values()
                .find_map(|method| method.authorizer_id.clone())
        })
        .map(|id| {
            let used = authorizers.iter().find(|authorizer| authorizer.id == id);
            let function = used.and_then(function_of);
            (Found::new(id, call("apigateway:GetResources")), function)
        })
        .ok_or_else(|| {
            let list: Vec<String> = authorizers
                .into_iter()
                .map(|authorizer| format!("{} ({})", authorizer.id, authorizer.name))
                .collect();
            missing(format!("it could be any of {}", list.join(", ")))
        })
}

/// The function that an authorizer calls.
fn function_of(authorizer: &Authorizer) -> Option<String> {
    let found = FunctionArn::of_uri(authorizer.uri.as_deref()?)?;
    Some(found.to_string())
}

/// What the API's own URL tells: `https://API.execute-api.REGION.amazonaws.com/STAGE/`.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    api: String,
    stage: Option<String>,
}

impl Parts {
    fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let mut labels = url.host_str()?.split('.');
        let api = labels.next()?;
        if labels.next() != Some("execute-api") {
            return None;
        }
        // Through a VPC endpoint the first label is `API-vpce-…`.
        let api = api.split('-').next()?.to_owned();
        let stage = url
            .path_segments()?
            .next()
            .filter(|stage| !stage.is_empty())
            .map(ToOwned::to_owned);
        Some(Self { api, stage })
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn only_the_apis_own_host_tells_id_and_stage() {
        let own = Parts::of("https://abc123.execute-api.us-west-2.amazonaws.com/prod/").unwrap();
        assert_eq!(
            (own.api.as_str(), own.stage.as_deref()),
            ("abc123", Some("prod"))
        );
        let private =
            Parts::of("https://abc123-vpce-01.execute-api.eu-west-1.amazonaws.com/x/").unwrap();
        assert_eq!(private.api, "abc123");
        assert_eq!(Parts::of("https://mlflow.example.com/prod/"), None);
        assert_eq!(Parts::of("nonsense"), None);
    }
}
