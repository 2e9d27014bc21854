//! Taking away what the stories of killed processes left behind.

use super::scratch::{Announced, Keeper};
use crate::{
    aws::WriteAccess,
    browse::Host,
    domain::{Failure, Principal},
    plan::{Borrowed, Journal, Leftover},
    probe::Verifier,
};

/// Something that is left behind, and whose it is.
struct Left {
    thing: Announced,
    by: Principal,
    model: bool,
}

/// Takes away what earlier stories left behind at this deployment; nothing in a read-only run.
/// What cannot be is told, and stays in the journal.
///
/// # Errors
/// The journal cannot be read.
pub async fn tidy(verifier: &Verifier, grant_trust: bool) -> Result<Vec<Failure>, Failure> {
    let Some(writes) = &verifier.writes else {
        return Ok(Vec::new());
    };
    let leftovers = verifier.journal.leftovers()?;
    let scratch = |left: &Leftover| {
        matches!(
            left.borrowed,
            Borrowed::ScratchExperiment { .. } | Borrowed::ScratchModel { .. }
        )
    };
    if !leftovers.iter().any(scratch) {
        return Ok(Vec::new());
    }
    let host = Host::new(verifier.clone(), grant_trust, |_| {})?;
    let mut failures = Vec::new();
    for left in leftovers.into_iter().filter_map(|left| here(left, &host)) {
        let removed = remove(&host, &verifier.journal, writes, &left).await;
        failures.extend(removed.err());
    }
    failures.extend(host.close().await);
    Ok(failures)
}

/// What is left behind, where it is this deployment's.
fn here(left: Leftover, host: &Host) -> Option<Left> {
    let (here, by, name, id, was, model) = match left.borrowed {
        Borrowed::ScratchExperiment {
            api,
            by,
            name,
            id,
            was,
        } => (api, by, name, id, was, false),
        Borrowed::ScratchModel { api, by, name } => (api, by, name, None, None, true),
        _ => return None,
    };
    (here == host.base().as_str()).then_some(Left {
        thing: Announced {
            entry: left.id,
            name,
            id,
            was,
        },
        by,
        model,
    })
}

async fn remove(
    host: &Host,
    journal: &Journal,
    writes: &WriteAccess,
    left: &Left,
) -> Result<(), Failure> {
    let stay = host.become_principal(&left.by).await?;
    let keeper = Keeper::new(writes, host, journal, stay);
    if left.model {
        keeper.remove_model(&left.thing).await.map(drop)
    } else {
        keeper.remove_experiment(&left.thing).await.map(drop)
    }
}
