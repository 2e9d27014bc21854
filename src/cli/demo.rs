//! `mlwarden demo`: the console on a copy of the whole deployment, in this process.

use aws_credential_types::Credentials;
use url::Url;

use super::{OK, args::Global, console::screen};
use crate::{
    access::Matrix,
    app::{self, Connection, Start},
    aws::{Cloud, Target, discovery::Known},
    domain::{ErrorClass, Failure, Principal},
    sandbox::{Options, Sandbox},
};

/// Opens the console; the copy starts behind its first frame and ends with it. Neither the
/// user's config nor the user's AWS environment is read, and nothing is kept.
pub(super) fn run(
    global: &Global,
    mlflow: Option<Url>,
    users: usize,
    screen_name: Option<&str>,
    principal: Option<Principal>,
) -> Result<u8, Failure> {
    let state = tempfile::tempdir().map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "making a folder for the demo",
            error.to_string(),
        )
    })?;
    app::run(Start {
        connect: Box::new(move || Box::pin(connect(mlflow, users))),
        read_only: global.read_only,
        context: "demo".to_owned(),
        screen: screen(screen_name)?,
        principal,
        matrix: Matrix::sample(),
        state_dir: state.path().to_owned(),
        color: global.color.into(),
    })?;
    Ok(OK)
}

async fn connect(mlflow: Option<Url>, users: usize) -> Result<Connection, Failure> {
    let sandbox = Sandbox::start(Options {
        mlflow,
        users,
        demo: true,
        ..Options::default()
    })
    .await?;
    let environment = sandbox.environment();
    let value = |name: &str| environment.get(name).cloned();
    let cloud = Cloud::connect_as(
        &Target {
            profile: None,
            region: value("AWS_REGION"),
            endpoint_url: value("AWS_ENDPOINT_URL"),
        },
        Credentials::new(
            value("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            value("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
            None,
            None,
            "demo",
        ),
    )
    .await?;
    Ok(Connection {
        cloud,
        known: Known::default(),
        keep: Some(Box::new(sandbox)),
    })
}
