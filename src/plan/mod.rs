//! Every write: what will be done is said first, recorded before it is done, resumed where it
//! was cut off, and undone where it can be.
//!
//! Planning is pure: from what is known to a [`Plan`] of [`Step`]s. Running one is [`Runner`]'s.
//! Nothing here decides whether a change is wanted; that is asked at the top.

pub mod backup;
pub mod cleanup;
pub mod consequence;
pub mod journal;
mod known;
pub mod mlflow;
pub mod offboard;
pub mod onboard;
pub mod package;
pub mod password;
pub mod publish;
pub mod removal;
pub mod role_policy;
pub mod roster;
mod run;
pub mod step;
pub mod survey;
pub mod watch;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use journal::{Borrowed, Entry, Journal, Leftover, PlanRecord, Standing, Work};
pub use known::{Known, KnownUser};
pub use mlflow::{Caller, Change, MlflowStep, Origin, RawRequest, Thing};
pub use onboard::Refused;
pub use package::PackageStore;
pub use run::{Event, Outcome, Runner};
pub(crate) use step::fence;
pub use step::{Applied, Attributes, Making, Passwords, Step, Tools, Turn, shell_quoted};

use crate::domain::{Deployment, Failure, Found, Principal};

/// One call of a plan, as a preview shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCall {
    /// The call, as `service:Action`.
    pub call: String,
    /// What it is made on.
    pub on: String,
    /// What it does, one sentence.
    pub does: String,
    /// How it is undone, where it is.
    pub undone_by: Option<String>,
}

/// Where a plan is to be run: it is never run elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The AWS account id.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The user pool's id.
    pub user_pool_id: Option<String>,
    /// The Studio domain's id.
    pub domain_id: Option<String>,
}

impl Place {
    /// The place of a deployment.
    pub fn of(deployment: &Deployment) -> Self {
        let value = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
        Self {
            account: value(&deployment.account),
            region: value(&deployment.region),
            user_pool_id: value(&deployment.user_pool_id),
            domain_id: value(&deployment.domain_id),
        }
    }

    /// Whether a plan for this place may be run in `here`.
    ///
    /// # Errors
    /// `Invalid` where one of its parts is another there.
    pub fn check(&self, here: &Self) -> Result<(), Failure> {
        for (name, wanted, found) in [
            ("account", &self.account, &here.account),
            ("region", &self.region, &here.region),
            ("user pool", &self.user_pool_id, &here.user_pool_id),
            ("Studio domain", &self.domain_id, &here.domain_id),
        ] {
            if wanted.is_some() && wanted != found {
                let text = |value: &Option<String>| value.clone().unwrap_or("unknown".to_owned());
                return Err(Failure::invalid(
                    "going on with a plan",
                    format!(
                        "it was made for the {name} {}, and this is {}",
                        text(wanted),
                        text(found)
                    ),
                )
                .advise("choose the context that it was made in, by --context or --profile"));
            }
        }
        Ok(())
    }
}

/// What is done for one subject: a person, a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is called: a person's e-mail address.
    pub subject: String,
    /// The steps in their order; after one that fails the rest of the item is left.
    pub steps: Vec<Step>,
    /// Items of a later stage are begun when those of the earlier ones are over.
    #[serde(default)]
    pub stage: u8,
}

impl Item {
    /// What is done for one subject, beside the others.
    pub fn new(subject: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            subject: subject.into(),
            steps,
            stage: 0,
        }
    }
}

/// A change of several parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: Uuid,
    /// What it does: `onboard 3 people`.
    pub title: String,
    /// Where.
    pub place: Place,
    /// What is done for whom. Items of one stage do not depend on each other.
    pub items: Vec<Item>,
    /// The plan that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
}

impl Plan {
    /// A plan with a new id.
    pub fn new(title: String, place: Place, items: Vec<Item>) -> Self {
        Self {
            id: Uuid::new_v4(),
            title,
            place,
            items,
            undoes: None,
        }
    }

    /// The same plan with MLflow called as somebody else.
    #[must_use]
    pub fn made_as(mut self, principal: &Principal) -> Self {
        for step in self.items.iter_mut().flat_map(|item| &mut item.steps) {
            if let Step::Mlflow(step) = step {
                step.principal.clone_from(principal);
            }
        }
        self
    }

    /// The request that was sent as it was written, where that is all of it.
    pub fn raw(&self) -> Option<&RawRequest> {
        match self.items.as_slice() {
            [item] => match item.steps.as_slice() {
                [Step::Raw(raw)] => Some(raw),
                _ => None,
            },
            _ => None,
        }
    }

    /// The beginning of its id, enough to name it.
    pub fn short_id(&self) -> String {
        self.id.simple().to_string().chars().take(8).collect()
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.items.iter().map(|item| item.steps.len()).sum()
    }

    /// Every call, in the order of the items.
    pub fn calls(&self) -> impl Iterator<Item = PlannedCall> {
        self.items
            .iter()
            .flat_map(|item| item.steps.iter().map(|step| step.planned(&item.subject)))
    }

    /// The same as `aws` commands, and `curl` ones for MLflow.
    pub fn commands(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".to_owned());
        let (region, pool) = (text(&self.place.region), text(&self.place.user_pool_id));
        self.items
            .iter()
            .flat_map(|item| &item.steps)
            .flat_map(|step| step.commands(&region, &pool))
            .collect()
    }

    /// What is lost for good, each thing said once.
    pub fn losses(&self) -> Vec<&'static str> {
        let mut losses = Vec::new();
        for item in &self.items {
            // Who is made here has nothing to lose yet.
            let is_new = item
                .steps
                .iter()
                .any(|step| matches!(step, Step::CreateUser { .. }));
            for loss in item.steps.iter().filter_map(Step::loses) {
                if !is_new && !losses.contains(&loss) {
                    losses.push(loss);
                }
            }
        }
        losses
    }
}
