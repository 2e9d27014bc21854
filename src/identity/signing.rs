//! `SigV4` for the protected API (service `execute-api`).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_v4},
    sign::v4,
};
use http::{HeaderName, HeaderValue};

use crate::domain::Failure;

/// Signs `request` for API Gateway: path, query, the headers it has, and its body.
/// The body must be in memory (a stream cannot be hashed).
///
/// # Errors
/// `Invalid` where a header is not text or the body is a stream.
pub fn sign(
    request: &mut reqwest::Request,
    credentials: &Credentials,
    region: &str,
) -> Result<(), Failure> {
    sign_at(request, credentials, region, SystemTime::now())
}

/// The same, at a given time.
pub(crate) fn sign_at(
    request: &mut reqwest::Request,
    credentials: &Credentials,
    region: &str,
    at: SystemTime,
) -> Result<(), Failure> {
    let broken = |error: String| Failure::invalid("signing the request", error);
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(at)
        .settings(SigningSettings::default()) // double encoding, as API Gateway wants it
        .build()
        .map_err(|error| broken(error.to_string()))?
        .into();
    let body = match request.body() {
        None => &[][..],
        Some(body) => body
            .as_bytes()
            .ok_or_else(|| broken("the body is a stream".into()))?,
    };
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| Ok((name.as_str(), value.to_str()?)))
        .collect::<Result<Vec<_>, http::header::ToStrError>>()
        .map_err(|error| broken(error.to_string()))?;
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.url().as_str(),
        headers.into_iter(),
        SignableBody::Bytes(body),
    )
    .map_err(|error| broken(error.to_string()))?;
    let (instructions, _) = sign_v4(signable, &params)
        .map_err(|error| broken(error.to_string()))?
        .into_parts();
    let (headers, _) = instructions.into_parts();
    for header in headers {
        let mut value =
            HeaderValue::from_str(header.value()).map_err(|error| broken(error.to_string()))?;
        value.set_sensitive(header.sensitive());
        request
            .headers_mut()
            .insert(HeaderName::from_static(header.name()), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use rstest::rstest;

    use super::*;

    /// Signatures that botocore's `SigV4Auth` makes of the same requests.
    #[rstest]
    #[case::body(
        "POST",
        "runs/search",
        Some(r#"{"experiment_ids":["0"]}"#),
        "content-type;host;x-amz-date;x-amz-security-token",
        "295101ee08462d5ab6d43aa8acca8f2a16ac3ac8ca1298c8bb971c489bf0abb2"
    )]
    #[case::query(
        "GET",
        "registered-models/search?filter=name%20LIKE%20%27a%25b%2Bc%27&max_results=5",
        None,
        "host;x-amz-date;x-amz-security-token",
        "825944e49bd4dcf5a855cccd584d366e3860b9d943602c45230356bb6f879d37"
    )]
    #[case::escaped_path(
        "GET",
        "artifacts/list/a%20b%3Ac",
        None,
        "host;x-amz-date;x-amz-security-token",
        "6a4db217c6c6b8af1c13bda1a0084aa596bc0cb3daba3e801172e4d4ade728a6"
    )]
    fn signatures_are_those_that_botocore_makes(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: Option<&'static str>,
        #[case] signed: &str,
        #[case] signature: &str,
    ) {
        let url = format!(
            "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod/api/2.0/mlflow/{path}"
        );
        let mut request = reqwest::Request::new(method.parse().unwrap(), url.parse().unwrap());
        if let Some(body) = body {
            *request.body_mut() = Some(body.into());
            request.headers_mut().insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("SESSION/TOKEN+==".to_owned()),
            None,
            "test",
        );
        let at = UNIX_EPOCH + Duration::from_mins(29_923_770); // 2026-11-23T09:30:00Z
        sign_at(&mut request, &credentials, "us-west-2", at).unwrap();
        let header = |name: &str| request.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("x-amz-date"), "20261123T093000Z");
        assert_eq!(header("x-amz-security-token"), "SESSION/TOKEN+==");
        assert_eq!(
            header("authorization"),
            format!(
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20261123/us-west-2/execute-api/aws4_request, \
                 SignedHeaders={signed}, Signature={signature}"
            )
        );
    }

    #[test]
    fn a_signed_request_does_not_print_its_session() {
        let mut request =
            reqwest::Request::new(http::Method::GET, "http://127.0.0.1/x".parse().unwrap());
        let credentials =
            Credentials::new("AKID", "secret", Some("SESSION-TOKEN".into()), None, "test");
        sign(&mut request, &credentials, "us-west-2").unwrap();
        let printed = format!("{request:?}");
        assert!(!printed.contains("SESSION-TOKEN"), "{printed}");
    }
}
