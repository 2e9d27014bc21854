//! Making a change: over what was seen and nothing else, once however often it is tried.

use jiff::Timestamp;

use super::{
    Caller, Change, MlflowStep,
    look::{Look, Stands},
};
use crate::{
    domain::{ErrorClass, Failure},
    plan::{
        Tools,
        step::{Applied, made_in},
    },
};

/// Makes a change, unless it is so already. `tries` is when the journal announced it, now last.
pub(in crate::plan) async fn apply(
    step: &MlflowStep,
    tools: &Tools,
    tries: &[Timestamp],
) -> Result<Applied, Failure> {
    let caller = tools.caller.as_deref().ok_or_else(|| {
        Failure::invalid(step.change.does(), "nobody was named to call MLflow as")
            .advise("make it from the console, or by `mlwarden journal resume`")
    })?;
    step.is_for(caller)?;
    let look = Look {
        caller,
        principal: &step.principal,
    };
    if let Some(there) = step.earlier(look, tries).await? {
        return Ok(there);
    }
    let call = step.change.request(step.root());
    let answer = caller
        .change(&tools.writes, &step.principal, &call.request)
        .await?;
    match call.value(&answer) {
        Ok(made) => Ok(Applied {
            made,
            ..Applied::ours()
        }),
        Err(failure) => step.after_all(look, tries, failure).await,
    }
}

impl MlflowStep {
    /// Whether this is the API that the step was planned for.
    fn is_for(&self, caller: &dyn Caller) -> Result<(), Failure> {
        let bare = |url: &str| url.trim_end_matches('/').to_owned();
        if bare(&self.api) == bare(caller.api()) {
            return Ok(());
        }
        Err(Failure::invalid(
            self.change.does(),
            format!(
                "it was planned for {}, and this is {}",
                self.api,
                caller.api()
            ),
        )
        .advise("choose the context that it was made in, by --context or --api-url"))
    }

    /// What came of an earlier try, or of somebody else's, where nothing is left to be made.
    async fn earlier(
        &self,
        look: Look<'_>,
        tries: &[Timestamp],
    ) -> Result<Option<Applied>, Failure> {
        let again = tries.len() > 1;
        if let Change::CreateVersion { name, origin } = &self.change {
            if !again {
                return Ok(None);
            }
            let made = look.made(name, origin, |at| made_in(at, tries)).await?;
            return Ok(made.map(|version| Applied {
                made: Some(version),
                ..Applied::ours()
            }));
        }
        if !self.seen {
            return Ok(None);
        }
        match look.at(&self.change).await? {
            Stands::AsBefore => Ok(None),
            // It was not so when this was planned: an earlier try made it and its answer got
            // lost, or somebody else did.
            Stands::AsWanted => Ok(Some(Applied {
                ours: again,
                ..Applied::default()
            })),
            Stands::Otherwise => Err(Failure::new(
                ErrorClass::Conflict,
                self.change.does(),
                "somebody changed it meanwhile",
            )
            .advise("look at what it is now, then plan again")),
        }
    }

    /// What a refusal by MLflow itself comes to: what is there already is as wanted.
    async fn after_all(
        &self,
        look: Look<'_>,
        tries: &[Timestamp],
        failure: Failure,
    ) -> Result<Applied, Failure> {
        match (&self.change, &failure.class) {
            (Change::CreateModel { name, .. }, ErrorClass::Conflict) => {
                let there = look.model(name).await?;
                let created = Timestamp::from_millisecond(there.creation_timestamp);
                Ok(Applied {
                    ours: made_in(created.ok(), tries),
                    ..Applied::default()
                })
            }
            (Change::DeleteModel { .. } | Change::DeleteVersion { .. }, ErrorClass::NotFound) => {
                Ok(Applied::default())
            }
            _ => Err(failure),
        }
    }
}
