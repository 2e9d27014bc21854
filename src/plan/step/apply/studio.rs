//! The steps in Studio: an order, then the wait until it is carried out.

use super::{Applied, Making, Step, is_gone, made_in};
use crate::{
    aws::sagemaker::NewProfile,
    domain::{AppId, ErrorClass, Failure},
    plan::watch::Thing,
};

/// What SageMaker says of something that can be used.
const IN_SERVICE: &str = "InService";
/// What it says of something that is coming.
const PENDING: &str = "Pending";
/// What it says of something on its way out.
const DELETING: &str = "Deleting";
/// What it says of an app that is gone, for a day.
const DELETED: &str = "Deleted";
/// What it says of an app that never came up, and is gone by that.
const FAILED: &str = "Failed";

/// Makes one of the steps in Studio.
pub(super) async fn apply(step: &Step, making: &mut Making<'_, '_>) -> Result<Applied, Failure> {
    match step {
        Step::CreateProfile {
            domain,
            name,
            role,
            tags,
        } => {
            let new = NewProfile {
                name: name.clone(),
                execution_role: role.clone(),
                tags: tags.clone(),
            };
            Box::pin(create_profile(making, domain, &new)).await
        }
        Step::SetProfileRole {
            domain,
            name,
            after,
            ..
        } => set_role(making, domain, name, after).await,
        Step::DeleteApp(app) => delete_app(making, app).await,
        Step::DeleteSpace { domain, name } => {
            let thing = Thing::Space {
                domain: domain.clone(),
                name: name.clone(),
            };
            let (studio, writes) = (&making.tools.cloud.sagemaker, &making.tools.writes);
            let ordered = studio.delete_space(writes, domain, name).await;
            gone(making, &thing, ordered).await
        }
        Step::DeleteProfile { domain, name } => {
            let thing = profile(domain, name);
            let (studio, writes) = (&making.tools.cloud.sagemaker, &making.tools.writes);
            let ordered = studio.delete_profile(writes, domain, name).await;
            gone(making, &thing, ordered).await
        }
        _ => Ok(Applied::default()),
    }
}

fn profile(domain: &str, name: &str) -> Thing {
    Thing::Profile {
        domain: domain.to_owned(),
        name: name.to_owned(),
    }
}

async fn create_profile(
    making: &mut Making<'_, '_>,
    domain: &str,
    new: &NewProfile,
) -> Result<Applied, Failure> {
    let studio = &making.tools.cloud.sagemaker;
    let mut applied = Applied::ours();
    let created = studio
        .create_profile(&making.tools.writes, domain, new)
        .await;
    if let Err(failure) = created {
        let there = match failure.class {
            ErrorClass::Conflict | ErrorClass::Invalid => {
                studio.find_profile(domain, &new.name).await?
            }
            _ => None,
        };
        let Some(there) = there else {
            return Err(failure);
        };
        applied.ours = made_in(there.created_at, making.tries);
        let same = new.execution_role.is_none() || there.execution_role == new.execution_role;
        if !same {
            return Err(failure.advise(
                "a profile of this name with another execution role is there: look at it, then plan again",
            ));
        }
    }
    in_service(making, domain, &new.name).await?;
    Ok(applied)
}

async fn set_role(
    making: &mut Making<'_, '_>,
    domain: &str,
    name: &str,
    role: &str,
) -> Result<Applied, Failure> {
    let (studio, writes) = (&making.tools.cloud.sagemaker, &making.tools.writes);
    let set = || studio.set_profile_role(writes, domain, name, role);
    match set().await {
        Err(failure) if failure.class == ErrorClass::Conflict => {
            // An earlier change, this one it may be, is not over.
            in_service(making, domain, name).await?;
            making.turn.take().await;
            set().await?;
        }
        other => other?,
    }
    in_service(making, domain, name).await?;
    Ok(Applied::ours())
}

async fn delete_app(making: &mut Making<'_, '_>, app: &AppId) -> Result<Applied, Failure> {
    let thing = Thing::App(app.clone());
    let tools = making.tools;
    loop {
        let (studio, writes) = (&tools.cloud.sagemaker, &tools.writes);
        let Err(failure) = studio.delete_app(writes, app).await else {
            return wait_until_gone(making, &thing).await;
        };
        if is_gone(&failure) {
            return wait_until_gone(making, &thing).await;
        }
        let status = making.watch.look(tools, &thing).await?;
        match status.as_deref() {
            // It is on its way out already.
            Some(DELETING) => return wait_until_gone(making, &thing).await,
            None | Some(DELETED | FAILED) => return Ok(Applied::default()),
            // What is just coming up cannot be deleted yet.
            Some(PENDING) => {
                wait(making, &thing, |status| status != Some(PENDING)).await?;
                making.turn.take().await;
            }
            Some(_) => return Err(failure),
        }
    }
}

/// The rest of a deletion that was ordered.
async fn gone(
    making: &mut Making<'_, '_>,
    thing: &Thing,
    ordered: Result<(), Failure>,
) -> Result<Applied, Failure> {
    if let Err(failure) = ordered
        && !is_gone(&failure)
    {
        let status = making.watch.look(making.tools, thing).await?;
        if status.as_deref().is_some_and(|status| status != DELETING) {
            return Err(failure);
        }
    }
    wait_until_gone(making, thing).await
}

async fn wait_until_gone(making: &mut Making<'_, '_>, thing: &Thing) -> Result<Applied, Failure> {
    let last = wait(making, thing, |status| {
        status
            .is_none_or(|status| matches!(status, DELETED | FAILED) || status.ends_with("_Failed"))
    })
    .await?;
    match last {
        // A space or a profile that could not be deleted.
        Some(status) if status.ends_with("_Failed") => Err(Failure::new(
            ErrorClass::Unavailable,
            format!("deleting {thing}"),
            format!("SageMaker says {status}"),
        )
        .advise("look at its failure reason, then try again")),
        _ => Ok(Applied::ours()),
    }
}

/// Waits until a profile can be used.
async fn in_service(making: &mut Making<'_, '_>, domain: &str, name: &str) -> Result<(), Failure> {
    let thing = profile(domain, name);
    let over = |status: Option<&str>| {
        status.is_none_or(|status| status == IN_SERVICE || status.contains("Fail"))
    };
    let doing = || format!("waiting for {thing}");
    match wait(making, &thing, over).await?.as_deref() {
        Some(IN_SERVICE) => Ok(()),
        None => Err(Failure::new(
            ErrorClass::NotFound,
            doing(),
            "it is gone again",
        )),
        Some(status) => Err(Failure::new(
            ErrorClass::Unavailable,
            doing(),
            format!("SageMaker says {status}"),
        )
        .advise("look at the profile's failure reason, delete it, then go on")),
    }
}

/// Waits, without keeping anybody from making calls, until a thing's status is as wanted; none
/// stands for gone.
async fn wait(
    making: &mut Making<'_, '_>,
    thing: &Thing,
    done: fn(Option<&str>) -> bool,
) -> Result<Option<String>, Failure> {
    making.turn.give_up();
    making
        .watch
        .until(making.tools, thing, done, making.say)
        .await
}
