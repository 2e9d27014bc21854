//! The searches that the program shows, typed. The same operation has one path a scheme:
//! `/ajax-api/…` takes a token, `/api/…` a signature.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    ApiRequest, Client,
    models::{Experiment, ModelVersion, RegisteredModel, Run},
};
use crate::{
    access::Method,
    aws::Page,
    domain::{AuthScheme, Failure},
    identity::Credential,
};

/// What to search for, one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// MLflow's filter expression, such as `name LIKE 'a%'`.
    pub filter: Option<String>,
    /// How many at most; MLflow has its own default and limit.
    pub max_results: Option<u32>,
    /// Where the last page ended.
    pub page_token: Option<String>,
}

/// What runs to search for, one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRuns {
    /// In which experiments, by id; none finds nothing.
    pub experiment_ids: Vec<String>,
    /// Filter, number, page.
    pub search: Search,
}

/// A page as MLflow sends it: the list stands under a name of its own.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

impl Client {
    /// Experiments, the deleted ones left out.
    pub async fn experiments(
        &self,
        search: &Search,
        credential: &Credential,
    ) -> Result<Page<Experiment>, Failure> {
        let mut body = body(search);
        // MLflow refuses this search without a number.
        if let Some(body) = body.as_object_mut() {
            body.entry("max_results").or_insert(json!(1000));
        }
        let request = ApiRequest::post(path(credential, "mlflow/experiments/search"), body);
        self.page("searching experiments", &request, credential, "experiments")
            .await
    }

    /// Runs of some experiments, the deleted ones left out.
    pub async fn runs(
        &self,
        search: &SearchRuns,
        credential: &Credential,
    ) -> Result<Page<Run>, Failure> {
        let mut body = body(&search.search);
        if let Some(body) = body.as_object_mut() {
            body.insert("experiment_ids".into(), json!(search.experiment_ids));
        }
        let request = ApiRequest::post(path(credential, "mlflow/runs/search"), body);
        self.page("searching runs", &request, credential, "runs")
            .await
    }

    /// Registered models.
    pub async fn registered_models(
        &self,
        search: &Search,
        credential: &Credential,
    ) -> Result<Page<RegisteredModel>, Failure> {
        let request = get(credential, "mlflow/registered-models/search", search);
        self.page(
            "searching registered models",
            &request,
            credential,
            "registered_models",
        )
        .await
    }

    /// Versions of registered models; of one model by the filter `name='…'`.
    pub async fn model_versions(
        &self,
        search: &Search,
        credential: &Credential,
    ) -> Result<Page<ModelVersion>, Failure> {
        let request = get(credential, "mlflow/model-versions/search", search);
        self.page(
            "searching model versions",
            &request,
            credential,
            "model_versions",
        )
        .await
    }

    async fn page<T: DeserializeOwned>(
        &self,
        doing: &str,
        request: &ApiRequest,
        credential: &Credential,
        list: &str,
    ) -> Result<Page<T>, Failure> {
        let mut wire: Wire = self.fetch(doing, request, credential).await?;
        // MLflow leaves an empty list out.
        let items = wire.rest.remove(list).unwrap_or_else(|| json!([]));
        let items = serde_json::from_value(items).map_err(|error| {
            Failure::new(
                crate::domain::ErrorClass::Unavailable,
                doing,
                format!("the answer is not what MLflow sends: {error}"),
            )
        })?;
        Ok(Page {
            items,
            next: wire.next_page_token.filter(|token| !token.is_empty()),
        })
    }
}

/// The path of an operation for the scheme of `credential`.
fn path(credential: &Credential, operation: &str) -> String {
    let root = match credential.scheme() {
        Some(AuthScheme::SigV4) => "api",
        Some(AuthScheme::Bearer) | None => "ajax-api",
    };
    format!("/{root}/2.0/{operation}")
}

fn body(search: &Search) -> Value {
    let mut body = serde_json::Map::new();
    if let Some(filter) = &search.filter {
        body.insert("filter".into(), json!(filter));
    }
    if let Some(number) = search.max_results {
        body.insert("max_results".into(), json!(number));
    }
    if let Some(token) = &search.page_token {
        body.insert("page_token".into(), json!(token));
    }
    Value::Object(body)
}

fn get(credential: &Credential, operation: &str, search: &Search) -> ApiRequest {
    let mut query = Vec::new();
    if let Some(filter) = &search.filter {
        query.push(("filter".to_owned(), filter.clone()));
    }
    if let Some(number) = search.max_results {
        query.push(("max_results".to_owned(), number.to_string()));
    }
    if let Some(token) = &search.page_token {
        query.push(("page_token".to_owned(), token.clone()));
    }
    ApiRequest {
        method: Method::Get,
        path: path(credential, operation),
        query,
        body: None,
    }
}
