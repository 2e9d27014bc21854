//! `mlwarden sandbox`: the copy of the deployment on its own.

use serde_json::json;

use super::{OK, interrupt::stopped, output};
use crate::{
    domain::Failure,
    sandbox::{Options, Sandbox},
};

/// Serves until Ctrl-C or SIGTERM; prints the environment to use it as one JSON line, and
/// at the end what was called how often as another.
pub(super) async fn run(options: Options, faults: Option<&str>) -> Result<u8, Failure> {
    let stopped = stopped()?;
    let sandbox = Sandbox::start(Options {
        faults: faults.map(str::parse).transpose()?,
        ..options
    })
    .await?;
    output::print(&format!("{}\n", json!(sandbox.environment())))?;
    stopped.await;
    let traffic = sandbox.world().traffic.lock().summary();
    sandbox.stop().await;
    output::print(&format!("{}\n", json!({"traffic": traffic})))?;
    Ok(OK)
}
