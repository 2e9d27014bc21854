//! Which MLflow answers.

use super::{Answer, ApiRequest, Client};
use crate::{
    domain::{AuthScheme, Failure},
    identity::Credential,
};

/// A logged model that nobody has. MLflow 3 looks for it and answers in JSON; MLflow 2 has
/// no such route and answers a page.
const LOGGED_MODEL: &str = "2.0/mlflow/logged-models/m-00000000000000000000000000000000";
/// A route that every MLflow has, with an id that nobody has.
const EXPERIMENT: &str = "2.0/mlflow/experiments/get";

/// MLflow's version, as far as `credential` can learn it; none where it cannot.
///
/// With a token that may read it, `/version` says it whole (`2.12.2`). Otherwise the
/// major version alone (`2` or `3`) shows, by a route that only MLflow 3 has: a reader may
/// ask that too, and the IAM side has no path to `/version` at all. Two or three
/// requests, none of which changes anything.
///
/// # Errors
/// `Network` where nobody answers. A refusal is no error: it teaches nothing.
pub async fn learn_version(
    client: &Client,
    credential: &Credential,
) -> Result<Option<String>, Failure> {
    let root = match credential.scheme() {
        None => return Ok(None),
        Some(AuthScheme::Bearer) => {
            let answer = client
                .send(&ApiRequest::get("/version"), credential)
                .await?;
            if let Some(version) = stated(&answer) {
                return Ok(Some(version));
            }
            "/ajax-api/"
        }
        Some(AuthScheme::SigV4) => "/api/",
    };
    let asked = ApiRequest::get(format!("{root}{LOGGED_MODEL}"));
    let answer = client.send(&asked, credential).await?;
    if by_mlflow(&answer) {
        return Ok(Some("3".to_owned()));
    }
    if answer.status != 404 || !answer.is_html() {
        return Ok(None);
    }
    // A page may come from anything in between; MLflow 2 still answers its own routes.
    let mut known = ApiRequest::get(format!("{root}{EXPERIMENT}"));
    known
        .query
        .push(("experiment_id".into(), "2147483647".into()));
    let answer = client.send(&known, credential).await?;
    Ok(by_mlflow(&answer).then(|| "2".to_owned()))
}

/// The version that `/version` states: a bare text such as `2.12.2`.
fn stated(answer: &Answer) -> Option<String> {
    let text = std::str::from_utf8(&answer.body).ok()?.trim();
    let version = text.trim_matches('"');
    let plain = version
        .split('.')
        .all(|part| part.starts_with(|c: char| c.is_ascii_digit()) && part.len() < 12);
    (answer.is_success() && plain && version.contains('.')).then(|| version.to_owned())
}

/// Whether MLflow's own handlers answered, in JSON with an error code.
fn by_mlflow(answer: &Answer) -> bool {
    answer.error_type.is_none()
        && answer
            .json()
            .is_some_and(|body| body.get("error_code").is_some())
}
