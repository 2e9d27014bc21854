//! The package of the authorizer's function: handed over in place of what was seen and nothing
//! else, then waited for.

use std::time::Duration;

use super::{Applied, Making, Step, Tools};
use crate::{
    aws::lambda::{Function, LastUpdate},
    domain::{ErrorClass, Failure},
};

/// How long there is between two looks: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// How often is looked before an update counts as stuck: about ten minutes.
const LOOKS: u32 = 130;
/// How often in a row a look may fail for reasons that pass.
const PATIENCE: u32 = 3;

/// Makes a step that is about the authorizer's function.
pub(super) async fn apply(step: &Step, making: &mut Making<'_, '_>) -> Result<Applied, Failure> {
    let tools = making.tools;
    match step {
        Step::KeepAuthorizer { function, sha256 } => {
            settled(tools, function, making.say).await?;
            let (lambda, writes) = (&tools.cloud.lambda, &tools.writes);
            lambda.publish_version(writes, function, sha256).await?;
            Ok(Applied::ours())
        }
        Step::UpdateAuthorizer {
            function,
            before,
            after,
        } => {
            let change = Change {
                function,
                before,
                after,
            };
            change.apply(making).await
        }
        _ => Ok(Applied::default()),
    }
}

/// One package in place of another.
struct Change<'a> {
    function: &'a str,
    before: &'a str,
    after: &'a str,
}

impl Change<'_> {
    async fn apply(&self, making: &Making<'_, '_>) -> Result<Applied, Failure> {
        let tools = making.tools;
        let package = tools.packages.need(self.after)?;
        let seen = settled(tools, self.function, making.say).await?;
        if seen.code_sha256 == self.after && seen.last_update == LastUpdate::Successful {
            // It was planned since it was not so: this plan made it, and its answer got lost.
            return Ok(Applied::ours());
        }
        if ![self.before, self.after].contains(&seen.code_sha256.as_str()) {
            return Err(self.others());
        }
        let (lambda, writes) = (&tools.cloud.lambda, &tools.writes);
        let handed = lambda
            .update_code(writes, self.function, &package, seen.revision.as_deref())
            .await;
        let now = settled(tools, self.function, making.say).await;
        match (handed, now) {
            // An answer that got lost on the way: the package is there all the same, or not.
            (_, Ok(now)) if now.code_sha256 == self.after => Self::ended(&now),
            (Err(failure), _) if failure.class != ErrorClass::Conflict => Err(failure),
            (_, Err(failure)) => Err(failure),
            _ => Err(self.others()),
        }
    }

    /// Whether the update was successful.
    fn ended(now: &Function) -> Result<Applied, Failure> {
        if now.last_update != LastUpdate::Failed {
            return Ok(Applied::ours());
        }
        let why = now.last_update_reason.as_deref();
        Err(Failure::new(
            ErrorClass::Unavailable,
            format!("updating the function {}", now.name),
            format!(
                "Lambda took the package and failed on it: {}",
                why.unwrap_or("it does not say why")
            ),
        )
        .advise("what was in effect before goes on deciding; try again later"))
    }

    fn others(&self) -> Failure {
        Failure::new(
            ErrorClass::Conflict,
            format!("updating the function {}", self.function),
            "somebody else published meanwhile",
        )
        .advise("look at what is deployed now, then publish again")
    }
}

/// Hands over anew the package that is there, so that the function gets another revision: a
/// package that was handed over in place of the revision of before, and is still on its way, is
/// refused whenever it arrives.
///
/// # Errors
/// `Conflict` where the function was changed first, by what was on its way or by somebody else;
/// `Unavailable` where it has its old revision all the same.
pub(crate) async fn fence(tools: &Tools, function: &str, sha256: &str) -> Result<(), Failure> {
    let package = tools.packages.need(sha256)?;
    let seen = settled(tools, function, &|_| {}).await?;
    let doing = || format!("making sure that no late update of {function} is taken");
    if seen.code_sha256 != sha256 {
        return Err(Failure::new(
            ErrorClass::Conflict,
            doing(),
            "the function was changed meanwhile",
        ));
    }
    let (lambda, writes) = (&tools.cloud.lambda, &tools.writes);
    let handed = lambda
        .update_code(writes, function, &package, seen.revision.as_deref())
        .await;
    let now = settled(tools, function, &|_| {}).await?;
    match handed {
        // Also where only the answer got lost.
        _ if now.code_sha256 == sha256 && now.revision != seen.revision => Ok(()),
        Err(failure) => Err(failure),
        Ok(()) => Err(Failure::new(
            ErrorClass::Unavailable,
            doing(),
            "the function has the revision of before, whatever was handed over",
        )),
    }
}

/// The function when no change of it is under way.
async fn settled(
    tools: &Tools,
    function: &str,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Function, Failure> {
    let stopped = tools
        .cancel
        .run_until_cancelled(until_settled(tools, function, say));
    stopped.await.unwrap_or_else(|| {
        Err(Failure::new(
            ErrorClass::Cancelled,
            format!("waiting for the function {function}"),
            "stopped waiting; the update goes on by itself",
        ))
    })
}

async fn until_settled(
    tools: &Tools,
    function: &str,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Function, Failure> {
    let (mut pause, mut failed) = (PAUSE.0, 0);
    for _ in 0..LOOKS {
        match tools.cloud.lambda.configuration(function).await {
            Ok(seen) if seen.last_update != LastUpdate::InProgress => return Ok(seen),
            Ok(_) => {
                failed = 0;
                say("InProgress");
            }
            Err(failure) if passes(&failure) && failed < PATIENCE => failed += 1,
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE.1);
    }
    Err(Failure::new(
        ErrorClass::Unavailable,
        format!("waiting for the function {function}"),
        "a change of it has been under way for ten minutes",
    )
    .advise("look at the function at AWS, then go on"))
}

/// Whether a look that failed so may work the next time.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.class,
        ErrorClass::Throttled | ErrorClass::Network | ErrorClass::Unavailable
    )
}
