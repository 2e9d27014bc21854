//! What a story makes for its own time only: announced before it is made, taken away at the end.
//!
//! Through its API MLflow removes registered models and versions for good, and marks experiments
//! and runs deleted; their rows go by `mlflow gc` on the server alone. So that few of them pile
//! up, a story takes up the experiment of an earlier one: restoring succeeds for one of several
//! who try at once, and the name is changed to one that nobody else has. Restoring an experiment
//! restores its runs with it (both measured and in MLflow's source), so those are deleted again
//! first.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::guard::Subject;
use crate::{
    aws::WriteAccess,
    browse::Host,
    domain::{ErrorClass, Failure, Principal},
    mlflow::{
        Call, Root, Search, SearchRuns, View, experiments, models::Experiment, registry, runs,
    },
    plan::{Borrowed, Journal},
    probe::Stay,
};

/// How the name of everything that a story makes starts.
pub const PREFIX: &str = "mlwarden-story-";
/// An experiment with more runs than this is not taken up again: `mlflow gc` removes it whole,
/// and restoring it would cost a request for each of them.
const RUNS: usize = 20;
/// How many of the earlier experiments are looked at.
const EARLIER: u32 = 20;
/// How many runs are deleted before the next are searched for.
const PAGE: u32 = 100;

/// Something that was announced.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    /// The journal's entry.
    pub entry: Uuid,
    /// The name that nobody else has.
    pub name: String,
    /// The id, where it was there before.
    pub id: Option<String>,
    /// What it was called before that.
    pub was: Option<String>,
}

impl Announced {
    /// What has another name than a story's is left alone, whatever the journal says.
    fn must_be_scratch(&self) -> Result<(), Failure> {
        if self.name.starts_with(PREFIX) {
            return Ok(());
        }
        Err(Failure::invalid(
            format!("removing {}", self.name),
            "its name is not that of a story's",
        )
        .advise("look at the journal: it may have been edited"))
    }
}

/// What a story made, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The experiment's name.
    pub experiment: Option<String>,
    /// The experiment's id.
    pub experiment_id: Option<String>,
    /// Whether it was an earlier story's.
    pub taken_up: bool,
    /// How many runs were marked deleted, with the experiment, at the end.
    pub runs: usize,
    /// The registered models that were removed for good, each with its versions.
    pub models: Vec<String>,
}

impl Made {
    /// What stays in MLflow's database, in words; none where nothing does.
    pub fn remains(&self) -> Option<String> {
        let (name, id) = (self.experiment.as_ref()?, self.experiment_id.as_ref()?);
        let runs = match self.runs {
            0 => String::new(),
            1 => " and its run".to_owned(),
            runs => format!(" and its {runs} runs"),
        };
        Some(format!(
            "experiment {id} ({name}){runs}, marked deleted: MLflow's API removes no such row, \
             `mlflow gc` on its server does; a later story takes the experiment up again"
        ))
    }
}

/// Makes a story's things and takes them away, as somebody who may.
pub(super) struct Keeper<'a> {
    host: &'a Host,
    journal: &'a Journal,
    /// Who does it.
    stay: Arc<Stay>,
}

/// A story's own things.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The name that nobody else has, and that every other name starts with.
    pub name: String,
    /// The experiment's id.
    pub experiment: Option<String>,
    experiments: Vec<Announced>,
    models: Vec<Announced>,
    /// Further experiments that the story made itself, by id.
    ids: Vec<String>,
    /// Runs that the story made, by id.
    runs: Vec<String>,
    /// Whether the experiment is an earlier story's.
    pub taken_up: bool,
}

impl Scratch {
    /// Nothing made yet.
    pub fn new() -> Self {
        Self {
            name: format!("{PREFIX}{}", Uuid::new_v4().simple()),
            experiment: None,
            experiments: Vec::new(),
            models: Vec::new(),
            ids: Vec::new(),
            runs: Vec::new(),
            taken_up: false,
        }
    }

    /// Whether something that a request names is the story's own.
    pub fn owns(&self, subject: Subject, value: &str) -> bool {
        match subject {
            Subject::Experiment => {
                self.experiment.as_deref() == Some(value) || self.ids.iter().any(|id| id == value)
            }
            Subject::Run => self.runs.iter().any(|id| id == value),
            Subject::Model | Subject::ExperimentName => value.starts_with(&self.name),
        }
    }

    /// Takes in what an answer says was made.
    pub fn hear(&mut self, operation: &str, answer: &serde_json::Value) {
        let text = |place| super::template::at(answer, place)?.as_str();
        let experiment = text("run.info.experiment_id").unwrap_or_default();
        if self.owns(Subject::Experiment, experiment) {
            self.runs
                .extend(text("run.info.run_id").map(ToOwned::to_owned));
        }
        if operation == "mlflow/experiments/create" {
            self.ids
                .extend(text("experiment_id").map(ToOwned::to_owned));
        }
    }
}

impl<'a> Keeper<'a> {
    /// A keeper who may write.
    pub fn new(_: &WriteAccess, host: &'a Host, journal: &'a Journal, stay: Arc<Stay>) -> Self {
        Self {
            host,
            journal,
            stay,
        }
    }

    /// The scratch experiment: an earlier story's, else a new one.
    pub async fn experiment(&self, scratch: &mut Scratch) -> Result<String, Failure> {
        for earlier in self.earlier().await? {
            let id = &earlier.experiment_id;
            let runs = self.runs(id, View::All, RUNS + 1).await?;
            if runs.len() <= RUNS
                && let Some(id) = self.take_up(scratch, &earlier).await?
            {
                scratch.experiment = Some(id.clone());
                scratch.taken_up = true;
                return Ok(id);
            }
        }
        let name = scratch.name.clone();
        self.announce_experiment(scratch, &name, None)?;
        let call = experiments::create(self.root(), &name, &[]);
        let id = self.call(&call).await?;
        scratch.experiment = Some(id.clone());
        Ok(id)
    }

    /// The deleted experiments of earlier stories.
    async fn earlier(&self) -> Result<Vec<Experiment>, Failure> {
        let search = Search {
            filter: Some(format!("name LIKE '{PREFIX}%'")),
            order_by: vec!["creation_time DESC".to_owned()],
            max_results: Some(EARLIER),
            ..Search::default()
        };
        let call = experiments::search(self.root(), View::Deleted, &search);
        let mut found = self.call(&call).await?.items;
        found.retain(|one| one.name.starts_with(PREFIX));
        Ok(found)
    }

    /// Restores an earlier story's experiment under another name; none where somebody else was
    /// quicker.
    async fn take_up(
        &self,
        scratch: &mut Scratch,
        earlier: &Experiment,
    ) -> Result<Option<String>, Failure> {
        let (name, id) = (scratch.name.clone(), earlier.experiment_id.clone());
        self.announce_experiment(scratch, &name, Some(earlier))?;
        match self.call(&experiments::restore(self.root(), &id)).await {
            Err(failure) if failure.class == ErrorClass::NotFound => {
                if let Some(lost) = scratch.experiments.pop() {
                    self.journal.given_back(lost.entry)?;
                }
                return Ok(None);
            }
            result => result?,
        }
        self.call(&experiments::rename(self.root(), &id, &name))
            .await?;
        self.delete_runs(&id).await?;
        Ok(Some(id))
    }

    /// Announces an experiment in the journal. Nothing is made yet.
    pub fn announce_experiment(
        &self,
        scratch: &mut Scratch,
        name: &str,
        earlier: Option<&Experiment>,
    ) -> Result<(), Failure> {
        let id = earlier.map(|one| one.experiment_id.clone());
        let was = earlier.map(|one| one.name.clone());
        if scratch.experiments.iter().any(|known| known.name == name) {
            return Ok(());
        }
        let entry = self.journal.borrow(Borrowed::ScratchExperiment {
            api: self.host.base().to_string(),
            by: self.by(),
            name: name.to_owned(),
            id: id.clone(),
            was: was.clone(),
        })?;
        scratch.experiments.push(Announced {
            entry,
            name: name.to_owned(),
            id,
            was,
        });
        Ok(())
    }

    /// Announces a registered model in the journal. Nothing is made yet.
    pub fn announce_model(&self, scratch: &mut Scratch, name: &str) -> Result<(), Failure> {
        if scratch.models.iter().any(|known| known.name == name) {
            return Ok(());
        }
        let entry = self.journal.borrow(Borrowed::ScratchModel {
            api: self.host.base().to_string(),
            by: self.by(),
            name: name.to_owned(),
        })?;
        scratch.models.push(Announced {
            entry,
            name: name.to_owned(),
            id: None,
            was: None,
        });
        Ok(())
    }

    /// Takes away everything that was announced, whatever fails; what it was, and what could
    /// not be taken away.
    pub async fn clean(&self, scratch: &Scratch) -> (Made, Vec<Failure>) {
        let mut made = Made {
            experiment: scratch.experiment.as_ref().map(|_| scratch.name.clone()),
            experiment_id: scratch.experiment.clone(),
            taken_up: scratch.taken_up,
            ..Made::default()
        };
        let mut failures = Vec::new();
        for model in &scratch.models {
            match self.remove_model(model).await {
                Ok(true) => made.models.push(model.name.clone()),
                Ok(false) => {}
                Err(failure) => failures.push(failure),
            }
        }
        for experiment in &scratch.experiments {
            match self.remove_experiment(experiment).await {
                Ok(runs) => made.runs += runs,
                Err(failure) => failures.push(failure),
            }
        }
        (made, failures)
    }

    /// Removes a registered model and records it; whether there was one.
    pub async fn remove_model(&self, model: &Announced) -> Result<bool, Failure> {
        let name = &model.name;
        model.must_be_scratch()?;
        match self.call(&registry::delete_model(self.root(), name)).await {
            Ok(()) => self.journal.given_back(model.entry).map(|()| true),
            Err(failure) if failure.class == ErrorClass::NotFound => {
                self.journal.given_back(model.entry).map(|()| false)
            }
            Err(failure) => self.not_removed(model, failure),
        }
    }

    /// Marks an experiment with its runs deleted and records it; how many runs.
    pub async fn remove_experiment(&self, experiment: &Announced) -> Result<usize, Failure> {
        experiment.must_be_scratch()?;
        match self.mark_deleted(experiment).await {
            Ok(runs) => self.journal.given_back(experiment.entry).map(|()| runs),
            Err(failure) => self.not_removed(experiment, failure),
        }
    }

    async fn mark_deleted(&self, experiment: &Announced) -> Result<usize, Failure> {
        let call = match &experiment.id {
            Some(id) => experiments::get(self.root(), id),
            None => experiments::by_name(self.root(), &experiment.name),
        };
        let found = match self.call(&call).await {
            Err(failure) if failure.class == ErrorClass::NotFound => return Ok(0),
            result => result?,
        };
        // Another story may have taken it up meanwhile, under a name of its own.
        let ours = found.name.starts_with(&experiment.name)
            || experiment.was.as_ref() == Some(&found.name);
        if !ours || found.lifecycle_stage == "deleted" {
            return Ok(0);
        }
        let runs = self.delete_runs(&found.experiment_id).await?;
        self.call(&experiments::delete(self.root(), &found.experiment_id))
            .await?;
        Ok(runs)
    }

    /// Marks every living run of an experiment deleted; how many.
    async fn delete_runs(&self, experiment: &str) -> Result<usize, Failure> {
        let mut deleted = 0;
        let mut before = Vec::new();
        loop {
            let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
            let ids = self.runs(experiment, View::Active, page).await?;
            // A server that says it deleted and did not would keep us here for ever.
            if ids.is_empty() || ids == before {
                return Ok(deleted);
            }
            for id in &ids {
                self.call(&runs::delete(self.root(), id)).await?;
            }
            deleted += ids.len();
            before = ids;
        }
    }

    /// The ids of an experiment's runs, this many at most.
    async fn runs(&self, id: &str, view: View, at_most: usize) -> Result<Vec<String>, Failure> {
        let search = SearchRuns {
            experiment_ids: vec![id.to_owned()],
            view,
            search: Search {
                max_results: u32::try_from(at_most).ok(),
                ..Search::default()
            },
        };
        let page = self.call(&runs::search(self.root(), &search)).await?;
        Ok(page.items.into_iter().map(|run| run.info.run_id).collect())
    }

    fn not_removed<T>(&self, thing: &Announced, failure: Failure) -> Result<T, Failure> {
        self.journal.failed(thing.entry, &failure)?;
        Err(failure.advise(format!(
            "the next `mlwarden verify` tries again; {} must be able to delete {}",
            self.by(),
            thing.name
        )))
    }

    async fn call<T>(&self, call: &Call<T>) -> Result<T, Failure> {
        self.host.call(&self.stay, call).await.value
    }

    fn root(&self) -> Root {
        Host::root(&self.stay)
    }

    fn by(&self) -> Principal {
        self.stay.actor.principal.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_made_for_it_is_a_storys_own() {
        let mut scratch = Scratch::new();
        scratch.experiment = Some("7".to_owned());
        let run =
            |id, experiment| json!({"run": {"info": {"run_id": id, "experiment_id": experiment}}});
        scratch.hear("mlflow/runs/create", &run("mine", "7"));
        scratch.hear("mlflow/runs/get", &run("theirs", "1"));
        scratch.hear("mlflow/experiments/create", &json!({"experiment_id": "8"}));
        let name = scratch.name.clone();
        for (subject, value, ours) in [
            (Subject::Experiment, "7", true),
            (Subject::Experiment, "8", true),
            (Subject::Experiment, "1", false),
            (Subject::Run, "mine", true),
            (Subject::Run, "theirs", false),
            (Subject::Model, name.as_str(), true),
            (Subject::Model, PREFIX, false),
            (Subject::ExperimentName, "Default", false),
        ] {
            assert_eq!(scratch.owns(subject, value), ours, "{subject:?} {value}");
        }
    }

    #[test]
    fn what_remains_is_said_plainly() {
        let made = Made {
            experiment: Some("mlwarden-story-1".to_owned()),
            experiment_id: Some("7".to_owned()),
            runs: 2,
            ..Made::default()
        };
        let remains = made.remains().unwrap();
        assert!(
            remains.starts_with("experiment 7 (mlwarden-story-1) and its 2 runs, marked deleted")
        );
        assert!(remains.contains("mlflow gc"), "{remains}");
        assert_eq!(Made::default().remains(), None);
    }
}
