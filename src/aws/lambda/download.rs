//! A package, from the presigned URL that Lambda gives for it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use tokio::time::sleep;

use super::LARGEST_PACKAGE;
use crate::{
    aws::failure::chain,
    domain::{ErrorClass, Failure},
};

/// How often a package is asked for.
const ATTEMPTS: u32 = 5;
/// The first pause after a download that failed; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Reads what a presigned URL gives, again where it was asked to slow down or the answer got lost.
/// The URL is a secret for minutes: it is never told.
pub(super) async fn download(
    http: &reqwest::Client,
    doing: &str,
    location: &str,
) -> Result<Bytes, Failure> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match once(http, doing, location).await {
            Err(Failure {
                class: ErrorClass::Throttled | ErrorClass::Network | ErrorClass::Unavailable,
                ..
            }) => sleep(pause).await,
            ended => return ended,
        }
        pause *= 2;
    }
    once(http, doing, location).await
}

async fn once(http: &reqwest::Client, doing: &str, location: &str) -> Result<Bytes, Failure> {
    let network = |error: reqwest::Error| {
        let said = chain(&error.without_url());
        Failure::new(ErrorClass::Network, doing, said)
    };
    let mut answer = http.get(location).send().await.map_err(network)?;
    let status = answer.status();
    if !status.is_success() {
        let class = match status {
            // S3 asks to slow down by 503.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                ErrorClass::Throttled
            }
            StatusCode::NOT_FOUND => ErrorClass::NotFound,
            status if status.is_client_error() => ErrorClass::Denied { action: None },
            _ => ErrorClass::Unavailable,
        };
        let said = format!("the place that Lambda names answered {status}");
        return Err(Failure::new(class, doing, said));
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(network)? {
        if bytes.len().saturating_add(chunk.len()) > LARGEST_PACKAGE {
            return Err(Failure::invalid(
                doing,
                format!("it is larger than {} MB", LARGEST_PACKAGE / (1024 * 1024)),
            )
            .advise("make the package smaller: Lambda takes no larger one without a bucket"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

    use super::*;

    async fn bucket(answers: &[(u16, u64)]) -> MockServer {
        let server = MockServer::start().await;
        for (status, times) in answers {
            Mock::given(method("GET"))
                .respond_with(ResponseTemplate::new(*status).set_body_string("package"))
                .up_to_n_times(*times)
                .mount(&server)
                .await;
        }
        server
    }

    #[tokio::test]
    async fn a_bucket_that_asks_to_slow_down_is_asked_again() {
        let server = bucket(&[(429, 1), (503, 1), (200, 1)]).await;
        let url = format!("{}/package?X-Amz-Signature=secret", server.uri());
        let read = download(&reqwest::Client::new(), "downloading", &url).await;
        assert_eq!(read.unwrap(), "package");
    }

    #[tokio::test]
    async fn a_url_that_ran_out_is_not_tried_again_and_not_told() {
        let server = bucket(&[(403, 1), (200, 1)]).await;
        let url = format!("{}/package?X-Amz-Signature=secret", server.uri());
        let failure = download(&reqwest::Client::new(), "downloading", &url).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, ErrorClass::Denied { action: None });
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }

    #[tokio::test]
    async fn a_connection_that_is_refused_is_told_without_the_url() {
        let url = "http://127.0.0.1:1/package?X-Amz-Signature=secret";
        let failure = download(&reqwest::Client::new(), "downloading", url).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, ErrorClass::Network);
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
}
