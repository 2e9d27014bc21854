//! What a call that fails tells its caller: the class, the right that is missing, and no
//! riddle.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_credential_types::Credentials;
use mlwarden::{
    aws::{Cloud, Quotas, Target},
    domain::{ErrorClass, Failure},
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

async fn cloud(endpoint: &str) -> Cloud {
    cloud_of(endpoint, Quotas::default()).await
}

async fn cloud_of(endpoint: &str, quotas: Quotas) -> Cloud {
    Cloud::connect_as(
        &Target {
            region: Some("us-west-2".into()),
            endpoint_url: Some(endpoint.into()),
            quotas,
            ..Target::default()
        },
        Credentials::new("AKIDEXAMPLE", "SECRET-KEY", None, None, "test"),
    )
    .await
    .unwrap()
}

async fn listing_users(answer: ResponseTemplate) -> Failure {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    cloud(&server.uri())
        .await
        .cognito
        .users_page("us-west-2_x", None, None)
        .await
        .unwrap_err()
}

fn error(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .insert_header("x-amzn-requestid", "request-1")
        .set_body_json(serde_json::json!({"__type": code, "message": message}))
}

fn denied(action: &str) -> ErrorClass {
    ErrorClass::Denied {
        action: Some(action.into()),
    }
}

#[tokio::test]
async fn a_denial_names_the_action_of_the_message() {
    let failure = listing_users(error(
        400,
        "AccessDeniedException",
        "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: y",
    ))
    .await;
    assert_eq!(failure.class, denied("kms:Decrypt"));
    assert_eq!(failure.request_id.as_deref(), Some("request-1"));
    assert!(failure.next_step().contains("kms:Decrypt"), "{failure}");
}

#[tokio::test]
async fn a_denial_without_a_reason_names_the_action_of_the_call() {
    let failure = listing_users(error(400, "AccessDeniedException", "no")).await;
    assert_eq!(failure.class, denied("cognito-idp:ListUsers"));
}

#[tokio::test]
async fn a_denial_in_xml_is_the_same() {
    let server = MockServer::start().await;
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: \
                x is not authorized to perform: iam:GetRole on resource: role r</Message></Error>\
                <RequestId>request-2</RequestId></ErrorResponse>";
    let answer = ResponseTemplate::new(403).set_body_raw(body, "text/xml");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let failure = cloud(&server.uri()).await.iam.role("r").await.unwrap_err();
    assert!(
        matches!(&failure.class, ErrorClass::Denied { action: Some(action) } if action.starts_with("iam:")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn codes_have_their_classes() {
    for (status, code, class) in [
        (400, "ResourceNotFoundException", ErrorClass::NotFound),
        (400, "UserNotFoundException", ErrorClass::NotFound),
        (400, "UsernameExistsException", ErrorClass::Conflict),
        (400, "InvalidParameterException", ErrorClass::Invalid),
        (400, "ExpiredTokenException", ErrorClass::Expired),
        (400, "UnrecognizedClientException", ErrorClass::Expired),
    ] {
        let failure = listing_users(error(status, code, "said the service")).await;
        assert_eq!(failure.class, class, "{code}");
        assert!(failure.message.contains("said the service"), "{failure}");
    }
}

#[tokio::test]
async fn throttling_that_does_not_end_is_called_so() {
    let server = MockServer::start().await;
    let answer = error(400, "TooManyRequestsException", "Rate exceeded");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let impatient = Quotas {
        patience: 1,
        ..Quotas::default()
    };
    let cloud = cloud_of(&server.uri(), impatient).await;
    let listing = cloud.cognito.users_page("us-west-2_x", None, None).await;
    assert_eq!(listing.unwrap_err().class, ErrorClass::Throttled);
    assert!(server.received_requests().await.unwrap().len() > 1);
}

#[tokio::test]
async fn a_limit_that_waiting_does_not_help_is_told_at_once() {
    let server = MockServer::start().await;
    let said = "Exceeded daily email limit for the operation or the account";
    let answer = error(400, "LimitExceededException", said);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let cloud = cloud(&server.uri()).await;
    let listing = cloud.cognito.users_page("us-west-2_x", None, None).await;
    assert!(listing.unwrap_err().message.contains(said));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_points_at_the_endpoint() {
    for status in [200, 403, 503] {
        let page = ResponseTemplate::new(status)
            .set_body_raw("<!DOCTYPE html><title>Sign in</title>", "text/html");
        let failure = listing_users(page).await;
        assert_eq!(
            failure.class,
            ErrorClass::Unavailable,
            "{status}: {failure}"
        );
        assert!(failure.message.contains("HTML"), "{failure}");
        assert!(failure.next_step().contains("proxy"), "{failure}");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_with_the_difference() {
    let an_hour_on = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(3);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&an_hour_on)
        .unwrap();
    let failure = listing_users(
        error(
            403,
            "InvalidSignatureException",
            "Signature expired: 20261123T093000Z is now earlier than 20261123T122500Z",
        )
        .insert_header("date", date.as_str()),
    )
    .await;
    assert_eq!(failure.class, ErrorClass::Expired);
    assert!(failure.message.contains("3 hours behind"), "{failure}");
    assert!(failure.next_step().contains("clock"), "{failure}");
}

#[tokio::test]
async fn a_connection_that_is_cut_or_refused_is_the_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cutter = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let cloud = cloud(&format!("http://{address}")).await;
    let cut = cloud.sts.caller_identity().await.unwrap_err();
    assert_eq!(cut.class, ErrorClass::Network, "{cut}");
    cutter.abort();
    let _ = cutter.await;
    let refused = cloud.sts.caller_identity().await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Network, "{refused}");
    assert!(refused.message.contains("refused"), "{refused}");
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let failure = listing_users(error(400, "InvalidSignatureException", "no")).await;
    let said = format!("{failure:?} {failure}");
    assert!(!said.contains("SECRET-KEY"), "{said}");
}
