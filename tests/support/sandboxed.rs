//! A verifier that finds its way to a sandbox with nothing but credentials.

use std::path::Path;

use aws_credential_types::Credentials;
use mlwarden::{
    access::Matrix,
    aws::{Cloud, Target, WriteAccess, discovery},
    plan::Journal,
    probe::{Secrets, Verifier},
    sandbox::Sandbox,
};

/// A verifier of the sandbox's deployment, with its journal in `state`.
pub async fn verifier(sandbox: &Sandbox, state: &Path) -> Verifier {
    let cloud = cloud(sandbox).await;
    let deployment = discovery::discover(&cloud, discovery::Known::default(), |_| {}).await;
    Verifier {
        cloud,
        deployment,
        matrix: Matrix::sample(),
        writes: WriteAccess::unless_read_only(false),
        journal: Journal::open(state).unwrap(),
        secrets: Secrets::default(),
        contract: None,
    }
}

async fn cloud(sandbox: &Sandbox) -> Cloud {
    let environment = sandbox.environment();
    Cloud::connect_as(
        &Target {
            region: Some(environment["AWS_REGION"].clone()),
            endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
            ..Target::default()
        },
        Credentials::new(
            &environment["AWS_ACCESS_KEY_ID"],
            &environment["AWS_SECRET_ACCESS_KEY"],
            None,
            None,
            "test",
        ),
    )
    .await
    .unwrap()
}
