//! Which MLflow answers.

use super::{Answer, ApiRequest, Client, Root};
use crate::{
    domain::{AuthScheme, Failure},
    identity::Credential,
};

/// A logged model that nobody has. MLflow 3 looks for it and answers in JSON; MLflow 2 has
/// no such route and answers a page.
const LOGGED_MODEL: &str = "mlflow/logged-models/m-00000000000000000000000000000000";
/// A route that every MLflow has, with an id that nobody has.
const EXPERIMENT: &str = "mlflow/experiments/get";

/// A question whose answer tells something of the version. None of them changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `/version` says it whole (`2.12.2`), to those who may read it.
    Whole,
    /// A route that only MLflow 3 has tells the major version: a reader may ask that too.
    Third,
    /// A route that every MLflow has: whether it is MLflow that has no such route.
    Second,
}

/// What an answer leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The version, whole or its first number alone.
    Version(String),
    /// Something else must be asked.
    Ask(Question),
    /// Nothing can be learned here.
    Nothing,
}

impl Question {
    /// What to ask first with a scheme: the IAM side has no path to `/version` at all.
    pub fn first(scheme: AuthScheme) -> Self {
        match scheme {
            AuthScheme::Bearer => Self::Whole,
            AuthScheme::SigV4 => Self::Third,
        }
    }

    /// The request.
    pub fn request(self, root: Root) -> ApiRequest {
        match self {
            Self::Whole => ApiRequest::get("/version"),
            Self::Third => ApiRequest::get(root.path(LOGGED_MODEL)),
            Self::Second => root.get(EXPERIMENT, [("experiment_id", "2147483647")]),
        }
    }

    /// What its answer tells. A refusal is no error: it teaches nothing.
    pub fn heard(self, answer: &Answer) -> Heard {
        match self {
            Self::Whole => stated(answer).map_or(Heard::Ask(Self::Third), Heard::Version),
            Self::Third if by_mlflow(answer) => Heard::Version("3".to_owned()),
            // A page may come from anything in between; MLflow 2 still answers its own routes.
            Self::Third if answer.status == 404 && answer.is_html() => Heard::Ask(Self::Second),
            Self::Second if by_mlflow(answer) => Heard::Version("2".to_owned()),
            Self::Third | Self::Second => Heard::Nothing,
        }
    }
}

/// MLflow's version, as far as `credential` can learn it; none where it cannot. One to three
/// requests.
///
/// # Errors
/// `Network` where nobody answers.
pub async fn learn_version(
    client: &Client,
    credential: &Credential,
) -> Result<Option<String>, Failure> {
    let Some(scheme) = credential.scheme() else {
        return Ok(None);
    };
    let mut question = Question::first(scheme);
    loop {
        let request = question.request(Root::of(Some(scheme)));
        match question.heard(&client.send(&request, credential).await?) {
            Heard::Version(version) => return Ok(Some(version)),
            Heard::Ask(next) => question = next,
            Heard::Nothing => return Ok(None),
        }
    }
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
