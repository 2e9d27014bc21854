//! `mlwarden spaces`: Studio spaces, and deleting them with their apps.

use serde_json::json;

use super::{
    args::{Global, SpacesCommand},
    carry_out::{self, Proposal},
    output::{self, Listing},
    profiles::not_there,
    session::Session,
};
use crate::{
    domain::{App, AppOwner, Failure, Space},
    plan::{
        Place,
        removal::{self, Holdings},
    },
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: SpacesCommand) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let (studio, domain) = (&session.cloud.sagemaker, session.domain()?);
    let (mut spaces, apps) = futures::try_join!(studio.spaces(domain), studio.apps(domain))?;
    match command {
        SpacesCommand::List => list(global, &session, spaces, &apps),
        SpacesCommand::Delete { spaces: names } => {
            for name in &names {
                if spaces.iter().all(|space| space.name != *name) {
                    return Err(not_there("space", name));
                }
            }
            spaces.retain(|space| names.contains(&space.name));
            let holdings = Holdings {
                apps: &apps,
                spaces: &[],
            };
            let plan = removal::spaces(&spaces, holdings, Place::of(&session.deployment));
            let proposal = Proposal {
                plan: Some(plan),
                ..Proposal::default()
            };
            carry_out::propose(global, &session, proposal).await
        }
    }
}

fn list(
    global: &Global,
    session: &Session,
    mut spaces: Vec<Space>,
    apps: &[App],
) -> Result<u8, Failure> {
    spaces.sort_by(|one, other| one.name.cmp(&other.name));
    let running = |space: &Space| {
        let owner = AppOwner::Space(space.name.clone());
        let of = |app: &&App| app.owner == owner && app.is_there();
        apps.iter().filter(of).count()
    };
    Listing {
        noun: "spaces",
        context: session.context(),
        columns: &["space", "owner", "status", "apps", "created"],
        rows: spaces
            .iter()
            .map(|space| {
                vec![
                    space.name.clone(),
                    space.owner.clone().unwrap_or_default(),
                    space.status.clone(),
                    running(space).to_string(),
                    space.created_at.map(output::time).unwrap_or_default(),
                ]
            })
            .collect(),
        values: spaces
            .iter()
            .map(|space| {
                let mut value = json!(space);
                value["running_apps"] = json!(running(space));
                value
            })
            .collect(),
    }
    .print(global.output)
}
