//! `mlwarden`: the console on the current context.

use super::{
    OK,
    args::{Color, Global},
    session::Effective,
};
use crate::{
    app::{self, ColorChoice, Connection, Screen, Start},
    aws::Cloud,
    domain::{Failure, Principal},
};

/// Opens the console. Nothing but its own config file is read before its first frame.
pub(super) fn run(
    global: &Global,
    screen_name: Option<&str>,
    principal: Option<Principal>,
) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let matrix = effective.matrix(global)?;
    let Effective {
        paths,
        name,
        target,
        known,
        read_only,
        ..
    } = effective;
    app::run(Start {
        connect: Box::new(move || {
            Box::pin(async move {
                Ok(Connection {
                    cloud: Cloud::connect(&target).await?,
                    known,
                    keep: None,
                })
            })
        }),
        read_only,
        context: name,
        screen: screen(screen_name)?,
        principal,
        matrix,
        state_dir: paths.state_dir,
        color: global.color.into(),
    })?;
    Ok(OK)
}

/// The screen of this name.
pub(super) fn screen(name: Option<&str>) -> Result<Option<Screen>, Failure> {
    name.map(|name| {
        Screen::ALL
            .into_iter()
            .find(|screen| screen.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Screen::ALL.into_iter().map(Screen::name).collect();
                Failure::invalid(
                    "choosing the screen",
                    format!("there is no screen {name:?}"),
                )
                .advise(format!("use one of {}", names.join(", ")))
            })
    })
    .transpose()
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
