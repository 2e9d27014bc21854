//! The equivalent `curl` command of a request, secrets out.

use std::fmt::Write;

use url::Url;

use super::ApiRequest;
use crate::{access::Method, domain::AuthScheme};

/// The request as a `curl` command for a POSIX shell. The secret is a variable that the
/// reader sets: `$MLWARDEN_TOKEN`, or the AWS credentials' usual ones.
pub fn as_curl(
    base: &Url,
    request: &ApiRequest,
    scheme: Option<AuthScheme>,
    region: &str,
) -> String {
    let url = request.url_text(base);
    let mut command = String::from("curl -sS -i --globoff --path-as-is");
    if request.method != Method::Get {
        let _ = write!(command, " -X {}", request.method);
    }
    match scheme {
        Some(AuthScheme::Bearer) => {
            command.push_str(" -H \"Authorization: Bearer $MLWARDEN_TOKEN\"");
        }
        Some(AuthScheme::SigV4) => {
            let provider = quoted(&format!("aws:amz:{region}:execute-api"));
            let _ = write!(
                command,
                " --aws-sigv4 {provider} \
                 --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
                 -H \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\""
            );
        }
        None => {}
    }
    if let Some(body) = &request.body {
        let _ = write!(
            command,
            " -H 'Content-Type: application/json' --data-raw {}",
            quoted(&body.to_string())
        );
    }
    let _ = write!(command, " {}", quoted(&url));
    command
}

/// A word in single quotes, for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Url {
        "https://a1.execute-api.us-west-2.amazonaws.com/prod/"
            .parse()
            .unwrap()
    }

    #[test]
    fn what_a_shell_reads_is_the_request_and_no_secret() {
        let request =
            ApiRequest::post("/api/2.0/mlflow/runs/create", json!({"name": "it's $HOME"}));
        assert_eq!(
            as_curl(&base(), &request, Some(AuthScheme::SigV4), "us-west-2"),
            "curl -sS -i --globoff --path-as-is -X POST \
             --aws-sigv4 'aws:amz:us-west-2:execute-api' \
             --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
             -H \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\" \
             -H 'Content-Type: application/json' \
             --data-raw '{\"name\":\"it'\\''s $HOME\"}' \
             'https://a1.execute-api.us-west-2.amazonaws.com/prod/api/2.0/mlflow/runs/create'"
        );
    }

    #[test]
    fn a_token_is_a_variable_and_a_query_is_encoded() {
        let mut request = ApiRequest::get("/ajax-api/2.0/mlflow/runs/get");
        request.query.push(("run_id".into(), "a b&c".into()));
        assert_eq!(
            as_curl(&base(), &request, Some(AuthScheme::Bearer), "us-west-2"),
            "curl -sS -i --globoff --path-as-is -H \"Authorization: Bearer $MLWARDEN_TOKEN\" \
             'https://a1.execute-api.us-west-2.amazonaws.com/prod/ajax-api/2.0/mlflow/runs/get\
             ?run_id=a%20b%26c'"
        );
        let anonymous = as_curl(&base(), &request, None, "us-west-2");
        assert!(!anonymous.contains("Authorization"), "{anonymous}");
    }
}
