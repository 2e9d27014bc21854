//! What the deployed authorizer really does, in words: for those who publish over it, adopt it,
//! or compare with it.

use tokio_util::sync::CancellationToken;

use crate::{
    access::{Catalog, Contract, Pick, pairs},
    cli::{args::Global, output, session::Session, verify},
    domain::{ErrorClass, Failure},
    plan::PackageStore,
    probe::{
        Lesson, Verifier,
        in_effect::{Ground, in_effect},
    },
};

/// The most sets of groups that are told one by one.
const NAMED: usize = 12;

/// What is deployed, with what must be known of it.
pub(super) struct Known {
    /// What decides about tokens.
    pub contract: Contract,
    /// How that is known, and what of it is not; one sentence each. None where the rules stand
    /// in the package.
    pub remarks: Vec<String>,
}

/// Finds out what the deployed authorizer does, and asks it where nothing else tells. A run that
/// may not write asks nobody, since it takes a probe user.
pub(super) async fn find(global: &Global, session: &Session) -> Result<Known, Failure> {
    let packages = PackageStore::of(&session.effective.paths.state_dir);
    let found = Box::pin(in_effect(&session.cloud, &session.deployment, &packages)).await;
    if found.ground == Ground::Package {
        return Ok(Known {
            contract: found.contract,
            remarks: Vec::new(),
        });
    }
    let verifier = verify::verifier(global, session)?;
    let may_ask = !global.dry_run || matches!(found.ground, Ground::Answers { .. });
    let asked = if may_ask {
        ask(&verifier, &CancellationToken::new()).await
    } else {
        Err(Failure::new(
            ErrorClass::ReadOnly,
            "learning what the authorizer does",
            "a dry run makes no probe user",
        ))
    };
    match asked {
        Ok(lesson) => Ok(Known {
            remarks: in_words(&lesson),
            contract: lesson.contract,
        }),
        Err(failure) if failure.class == ErrorClass::Cancelled => Err(failure),
        Err(failure) => {
            let remark = format!(
                "the authorizer was not asked, and the groups are taken to be the sample's: \
                 {failure}"
            );
            output::note(&format!("! {remark}\n  → {}", failure.next_step()));
            Ok(Known {
                contract: found.contract,
                remarks: vec![remark],
            })
        }
    }
}

/// What the authorizer does, by what is kept of its package, else by asking it.
pub(super) async fn ask(
    verifier: &Verifier,
    cancel: &CancellationToken,
) -> Result<Lesson, Failure> {
    output::note("· learning what the deployed authorizer does, by its own answers");
    let (lesson, not_given_back) = verifier.lesson(cancel).await?;
    for failure in not_given_back {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    Ok(lesson)
}

/// How it picks among a caller's groups, and what a contract cannot say.
pub(super) fn in_words(lesson: &Lesson) -> Vec<String> {
    let names: Vec<&str> = lesson
        .contract
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let pick = match lesson.contract.rule {
        _ if names.is_empty() => "it gives nothing to any group".to_owned(),
        Pick::FirstMatch => format!(
            "of several groups the first of these decides alone: {}",
            names.join(", ")
        ),
        Pick::Union => format!(
            "several groups count together, and a deny of one wins: {}",
            names.join(", ")
        ),
    };
    let mut words = vec![format!(
        "learned from the authorizer's answers to {} callers: {pick}",
        lesson.trials
    )];
    let caveats = lesson.caveats.iter();
    words.extend(caveats.map(|caveat| format!("not in the rules: {caveat}")));
    words
}

/// Where the file decides otherwise for somebody in two groups, one sentence each.
pub(super) fn of_pairs(
    deployed: &Contract,
    declared: &Contract,
    groups: &[String],
    catalog: &Catalog,
) -> Vec<String> {
    let shifts = pairs::shifts(deployed, declared, groups, catalog);
    let words = shifts.iter().take(NAMED).map(|shift| {
        let [one, other] = &shift.groups;
        format!(
            "who is in {one} and {other} gains {} routes and loses {}",
            shift.gains, shift.loses
        )
    });
    let mut words: Vec<String> = words.collect();
    if shifts.len() > NAMED {
        words.push(format!(
            "and {} more pairs of groups change",
            shifts.len() - NAMED
        ));
    }
    words
}

/// Where the deployed side of a comparison comes from, where the package does not say it.
pub(super) async fn tell_ground(session: &Session) {
    let packages = PackageStore::of(&session.effective.paths.state_dir);
    let found = Box::pin(in_effect(&session.cloud, &session.deployment, &packages)).await;
    match found.ground {
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
