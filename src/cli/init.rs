//! `mlwarden init`: finds the deployment and keeps it as a context.

use super::{CANCELLED, OK, UNREACHED, args::Global, ask, discover, output, session::Session};
use crate::{
    config::{ContextSettings, file::write_context},
    domain::{Failure, Found},
};

/// Finds the deployment, shows it, asks, and writes the context.
pub(super) async fn run(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    discover::print(&session, global.output)?;
    let file = &session.effective.paths.config_file;
    if global.dry_run {
        output::note(&format!(
            "would write the context {name} to {}",
            file.display()
        ));
        return Ok(OK);
    }
    if session.effective.read_only {
        return Err(Failure::new(
            crate::domain::ErrorClass::ReadOnly,
            format!("writing {}", file.display()),
            "this run is read-only",
        ));
    }
    let question = format!("Write this as the context {name} to {}?", file.display());
    if !global.yes && !ask::yes(&question)? {
        return Ok(CANCELLED);
    }
    write_context(file, name, &context(&session))?;
    output::note(&format!("wrote the context {name} to {}", file.display()));
    Ok(if session.deployment.problems.is_empty() {
        OK
    } else {
        UNREACHED
    })
}

fn context(session: &Session) -> ContextSettings {
    let deployment = &session.deployment;
    let text = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
    ContextSettings {
        profile: session.effective.target.profile.clone(),
        region: text(&deployment.region),
        endpoint_url: session.effective.target.endpoint_url.clone(),
        account: text(&deployment.account),
        user_pool_id: text(&deployment.user_pool_id),
        client_id: text(&deployment.client_id),
        rest_api_id: text(&deployment.rest_api_id),
        api_url: text(&deployment.api_url),
        stage: text(&deployment.stage),
        authorizer_id: text(&deployment.authorizer_id),
        authorizer_function: text(&deployment.authorizer_function),
        domain_id: text(&deployment.domain_id),
        // Roles are found from the profiles, which change: they are not kept.
        execution_roles: None,
        mlflow_version: text(&deployment.mlflow_version),
        // What discovery knows nothing of stays as it was written.
        ..session.effective.as_written()
    }
}
