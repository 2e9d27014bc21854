//! The equivalent Python script of a request, secrets out.

use std::fmt::Write;

use serde_json::Value;
use url::Url;

use crate::{access::Method, domain::AuthScheme, mlflow::ApiRequest};

/// The request as a script for `requests`; `botocore` signs where that is needed. Secrets come
/// from the environment: `MLWARDEN_TOKEN`, or the AWS credentials' usual names.
pub fn as_python(
    base: &Url,
    request: &ApiRequest,
    scheme: Option<AuthScheme>,
    region: &str,
) -> String {
    let url = request.url_text(base);
    let mut script = String::from("import os\n");
    if request.body.is_some() {
        script.push_str("import json\n");
    }
    script.push_str("import requests\n");
    if scheme == Some(AuthScheme::SigV4) {
        script.push_str(
            "from botocore.auth import SigV4Auth\n\
             from botocore.awsrequest import AWSRequest\n\
             from botocore.session import Session\n",
        );
    }
    let _ = writeln!(script, "\nurl = {}", text(&url));
    let body = if let Some(body) = &request.body {
        let _ = writeln!(script, "body = json.dumps({})", literal(body));
        script.push_str("headers = {\"Content-Type\": \"application/json\"}\n");
        "data=body, "
    } else {
        script.push_str("headers = {}\n");
        ""
    };
    let method = request.method;
    match scheme {
        Some(AuthScheme::Bearer) => {
            script.push_str(
                "headers[\"Authorization\"] = \"Bearer \" + os.environ[\"MLWARDEN_TOKEN\"]\n",
            );
        }
        Some(AuthScheme::SigV4) => {
            let _ = writeln!(
                script,
                "request = AWSRequest(\"{method}\", url, {body}headers=headers)\n\
                 SigV4Auth(Session().get_credentials(), \"execute-api\", {}).add_auth(request)\n\
                 headers = dict(request.headers)",
                text(region)
            );
        }
        None => {}
    }
    let call = match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
        Method::Head => "head",
        Method::Options => "options",
    };
    let _ = write!(
        script,
        "answer = requests.{call}(url, {body}headers=headers, allow_redirects=False)\n\
         print(answer.status_code, answer.headers.get(\"x-amzn-ErrorType\", \"\"))\n\
         print(answer.text)\n"
    );
    script
}

/// A text as Python writes it: JSON's escapes are Python's, but for pairs of surrogates, which
/// `serde_json` does not write.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", text(name), literal(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
