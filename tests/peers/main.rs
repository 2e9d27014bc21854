//! Peers that others wrote: real MLflow servers, moto, ministack, boto3 and
//! MLflow's own client. What they agree with was not written by us.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed preparation fails the test"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/changing.rs"]
mod changing;

mod authorizer_agreement;
mod boto3;
mod changes;
mod deployed;
mod emulators;
mod jobs;
mod mlflow_browser;
mod mlflow_filters;
mod real_mlflow;
mod stories;
