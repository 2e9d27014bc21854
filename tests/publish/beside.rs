//! Whom one is in MLflow while the authorizer is replaced.

use mlwarden::{browse::Host, domain::Principal, mlflow::ApiRequest};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_is_already_is_predicted_by_what_is_published() {
    let bench = Bench::start().await;
    let host = Host::new(bench.publisher().await.verifier, false, |_| {}).unwrap();
    let readers = Principal::Group("readers".to_owned());
    let stay = host.become_principal(&readers).await.unwrap();
    let request = ApiRequest::get("/version");
    let predicted = || host.foreseen(&stay, &request).predicted.unwrap().effect;
    assert_eq!(predicted(), Effect::Deny, "the sample's readers may not");
    let (_, published) = bench.publish().await;
    published.unwrap();
    host.foresee_anew().await;
    assert_eq!(predicted(), Effect::Allow);
    let exchange = host.send(&stay, &request).await.1;
    assert_eq!(exchange.observed.effect, Some(Effect::Allow));
    assert!(host.close().await.is_empty());
}
