//! What somebody wants changed in MLflow, made into a plan: what is there now is read first, so
//! that the plan says what becomes of it and can be taken back.

mod planning;

use self::planning::{Planned, Planning};
use super::Host;
use crate::{
    domain::Failure,
    plan::{Item, MlflowStep, Place, Plan, Step, Thing},
    probe::Stay,
};

/// MLflow's stages.
pub const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

/// What somebody wants changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Register what a run made: as a version of a model, which is made where there is none.
    Register {
        /// The run's id.
        run: String,
        /// Where the model's files are: the run's `artifact_uri` with a folder of it, or
        /// `models:/m-…` for a logged model of MLflow 3.
        source: String,
        /// The model's name.
        model: String,
        /// The model's description, where it is made.
        description: String,
    },
    /// Make a version of a model that is there.
    NewVersion {
        /// The model's name.
        model: String,
        /// Where the version's files are.
        source: String,
        /// The run that made them; empty where there is none.
        run: String,
    },
    /// Move a version to a stage.
    Stage {
        /// The model's name.
        model: String,
        /// The version.
        version: String,
        /// The stage, one of [`STAGES`] in any spelling.
        stage: String,
        /// Whether the versions that are in that stage are archived.
        archive_existing: bool,
    },
    /// Set or remove an alias.
    Alias {
        /// The model's name.
        model: String,
        /// The alias.
        alias: String,
        /// The version it is to name; none removes it.
        version: Option<String>,
    },
    /// Set or remove a tag.
    Tag {
        /// The tagged thing.
        thing: Thing,
        /// The tag's name.
        key: String,
        /// Its value; none removes it.
        value: Option<String>,
    },
    /// Change a description.
    Describe {
        /// The described thing.
        thing: Thing,
        /// The description.
        text: String,
    },
    /// Rename an experiment, a run or a model.
    Rename {
        /// The thing.
        thing: Thing,
        /// Its new name.
        name: String,
    },
    /// Delete a thing; a model or version for good.
    Delete(Thing),
    /// Restore a deleted experiment or run.
    Restore(Thing),
}

impl Host {
    /// Plans what somebody wants, as somebody. Only reads. What that somebody may not even read
    /// is planned without a look: it can be tried, and is not taken back.
    ///
    /// # Errors
    /// `Invalid` where it makes no sense or is so already, `NotFound` where the thing is not
    /// there, and what a read says that is no refusal.
    pub async fn plan(&self, stay: &Stay, wish: &Wish) -> Result<Plan, Failure> {
        // Which requests there are depends on it.
        self.version(stay).await;
        let planning = Planning {
            host: self,
            stay,
            root: Self::root(stay),
        };
        let Planned { changes, seen } = planning.changes(wish).await?;
        let principal = &stay.actor.principal;
        let steps: Vec<Step> = changes
            .into_iter()
            .map(|change| {
                Step::Mlflow(MlflowStep {
                    api: self.base().to_string(),
                    principal: principal.clone(),
                    change,
                    seen,
                })
            })
            .collect();
        let title = format!("{} as {principal}", wish.title());
        let item = Item::new(wish.thing().described(), steps);
        Ok(Plan::new(title, Place::of(self.deployment()), vec![item]))
    }
}

impl Wish {
    /// What is to be changed; for what is made, the model it is made as or for.
    pub fn thing(&self) -> Thing {
        match self {
            Self::Register { model, .. }
            | Self::NewVersion { model, .. }
            | Self::Alias { model, .. } => Thing::Model {
                name: model.clone(),
            },
            Self::Stage { model, version, .. } => Thing::Version {
                name: model.clone(),
                version: version.clone(),
            },
            Self::Tag { thing, .. }
            | Self::Describe { thing, .. }
            | Self::Rename { thing, .. }
            | Self::Delete(thing)
            | Self::Restore(thing) => thing.clone(),
        }
    }

    /// What it is, as a phrase: `move version 2 of "churn" to Production`.
    pub fn title(&self) -> String {
        let what = self.thing().described();
        match self {
            Self::Register { run, model, .. } => format!("register run {run} as {model:?}"),
            Self::NewVersion { model, .. } => format!("make a version of {model:?}"),
            Self::Stage { stage, .. } => format!("move {what} to {stage}"),
            Self::Alias {
                alias,
                version: Some(version),
                ..
            } => format!("set the alias {alias:?} of {what} to version {version}"),
            Self::Alias { alias, .. } => format!("remove the alias {alias:?} of {what}"),
            Self::Tag {
                key,
                value: Some(_),
                ..
            } => format!("set the tag {key:?} of {what}"),
            Self::Tag { key, .. } => format!("remove the tag {key:?} of {what}"),
            Self::Describe { .. } => format!("describe {what}"),
            Self::Rename { name, .. } => format!("rename {what} to {name:?}"),
            Self::Delete(_) => format!("delete {what}"),
            Self::Restore(_) => format!("restore {what}"),
        }
    }

    fn senseless(&self, why: impl Into<String>) -> Failure {
        Failure::invalid(self.title(), why)
    }

    fn is_so_already(&self) -> Failure {
        self.senseless("it is so already")
            .advise("nothing is to be done")
    }

    /// A name that is to be given, which must not be empty.
    fn named<'a>(&self, what: &str, name: &'a str) -> Result<&'a str, Failure> {
        if name.trim().is_empty() {
            Err(self.senseless(format!("{what} is empty")))
        } else {
            Ok(name)
        }
    }

    /// The stage as MLflow spells it.
    fn stage(&self, stage: &str) -> Result<&'static str, Failure> {
        let mut stages = STAGES.into_iter();
        stages
            .find(|known| known.eq_ignore_ascii_case(stage))
            .ok_or_else(|| {
                self.senseless(format!(
                    "there is no stage {stage:?}, only {}",
                    STAGES.join(", ")
                ))
            })
    }
}
