//! What the deployed authorizer really does, in words: for those who publish over it, adopt it,
//! or compare with it.

use tokio_util::sync::CancellationToken;

use crate::{
    access::{Catalog, Contract, pairs},
    cli::{args::Global, output, session::Session, verify},
    domain::Failure,
    probe::{Lesson, Verifier, adopt::Learnt, in_effect::Ground, publish::pairs_in_words},
};

/// Finds out what the deployed authorizer does, and asks it where nothing else tells. A run that
/// may not write asks nobody, since it takes a probe user.
pub(super) async fn find(global: &Global, session: &Session) -> Result<Learnt, Failure> {
    let found = session.in_effect().await.clone();
    let verifier = verify::verifier(global, session)?;
    let never = CancellationToken::new();
    if found.ground != Ground::Package && !global.dry_run {
        tell();
    }
    let learnt = Box::pin(verifier.learnt(found, !global.dry_run, &never)).await?;
    give_back(&learnt.not_given_back);
    if let Some(failure) = &learnt.failure {
        for remark in &learnt.remarks {
            output::note(&format!("! {remark}\n  → {}", failure.next_step()));
        }
    }
    Ok(learnt)
}

/// What the authorizer does, by what is kept of its package, else by asking it.
pub(super) async fn ask(
    verifier: &Verifier,
    cancel: &CancellationToken,
) -> Result<Lesson, Failure> {
    tell();
    let (lesson, not_given_back) = verifier.lesson(cancel).await?;
    give_back(&not_given_back);
    Ok(lesson)
}

fn tell() {
    output::note("· learning what the deployed authorizer does, by its own answers");
}

fn give_back(failed: &[Failure]) {
    for failure in failed {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
}

/// Where the file decides otherwise for somebody in two groups, one sentence each.
pub(super) fn of_pairs(
    deployed: &Contract,
    declared: &Contract,
    groups: &[String],
    catalog: &Catalog,
) -> Vec<String> {
    pairs_in_words(&pairs::shifts(deployed, declared, groups, catalog))
}

/// Where the deployed side of a comparison comes from, where the package does not say it.
pub(super) async fn tell_ground(session: &Session) {
    match session.in_effect().await.ground {
        Ground::Package => {}
        Ground::Answers { trials, at } => output::note(&format!(
            "· deployed: as the authorizer answered to {trials} callers, {}",
            output::time(at)
        )),
        Ground::Assumed => output::note(
            "· deployed: groups are taken to be the sample's, since this authorizer was never \
             asked; `mlwarden matrix adopt` and `matrix publish` ask it",
        ),
    }
}
