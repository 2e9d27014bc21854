//! `mlwarden demo`: the console on a copy of the whole deployment, in this process.

use std::sync::Arc;

use aws_credential_types::Credentials;
use url::Url;

use super::{
    OK,
    args::{ConsoleFlags, Global},
    console::screen,
};
use crate::{
    access::Matrix,
    app::{self, Atlas, Choice, Connection, Label, Place, Places, Start},
    aws::{Cloud, Target, discovery::Known},
    config::MatrixFile,
    domain::{Environment, ErrorClass, Failure, Principal},
    sandbox::{Options, Sandbox},
    story::Shelf,
};

/// Opens the console; the copy starts behind its first frame and ends with it. Neither the
/// user's config nor the user's AWS environment is read, and nothing is kept.
pub(super) fn run(
    global: &Global,
    mlflow: Option<Url>,
    users: usize,
    flags: &ConsoleFlags,
    principal: Option<Principal>,
) -> Result<u8, Failure> {
    app::run(Start {
        screen: screen(flags.screen.as_deref())?,
        principal,
        record: flags.record.clone(),
        ..start(global, place(mlflow, users, global.read_only)?)
    })?;
    Ok(OK)
}

/// The console on the copy as it opens.
pub(super) fn start(global: &Global, place: Place) -> Start {
    Start {
        place,
        atlas: Arc::new(Nowhere),
        screen: None,
        principal: None,
        color: global.color.into(),
        config_dir: None,
        theme: None,
        mouse: true,
        kept: None,
        record: None,
    }
}

/// The copy as a place to work.
pub(super) fn place(mlflow: Option<Url>, users: usize, read_only: bool) -> Result<Place, Failure> {
    let state = tempfile::tempdir().map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "making a folder for the demo",
            error.to_string(),
        )
    })?;
    // As somebody has it who declares it: changes can be written, and put into effect.
    let mut matrix_file = MatrixFile {
        file: Some(state.path().join("matrix.toml")),
        ..MatrixFile::default()
    };
    matrix_file.write(Matrix::sample_text())?;
    let state = Arc::new(state);
    Ok(Place {
        label: Label {
            context: "demo".to_owned(),
            environment: Environment::Green,
            read_only,
            demo: true,
            ..Label::default()
        },
        matrix: Matrix::sample(),
        matrix_file,
        state_dir: state.path().to_owned(),
        stories: Shelf::default(),
        connect: Arc::new(move || {
            // The folder lives as long as something may be written to it.
            let (mlflow, state) = (mlflow.clone(), state.clone());
            Box::pin(async move {
                let connected = connect(mlflow, users).await;
                drop(state);
                connected
            })
        }),
    })
}

/// The demo has one deployment.
struct Nowhere;

impl Atlas for Nowhere {
    fn place(&self, _: &Choice) -> Result<Place, Failure> {
        Err(
            Failure::invalid("leaving the demo", "the demo has one deployment only")
                .advise("start `mlwarden` without `demo`"),
        )
    }

    fn places(&self) -> Places {
        Places::default()
    }
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
            region: value("AWS_REGION"),
            endpoint_url: value("AWS_ENDPOINT_URL"),
            ..Target::default()
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
        keep: Some(Arc::new(sandbox)),
    })
}
