//! Somebody who changes what MLflow holds through the gateway, and takes it back.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use futures::{FutureExt, future::BoxFuture};
use mlwarden::{
    aws::WriteAccess,
    browse::{Host, Wish},
    domain::{Failure, Principal},
    mlflow::{
        Answer, ApiRequest, Root, Search, SearchRuns, View, experiments,
        models::{ModelVersion, RegisteredModel, Run},
        registry, runs,
    },
    plan::{Caller, Event, Journal, Outcome, Passwords, Plan, PlanRecord, Runner, Thing, Tools},
    probe::{Stay, Verifier},
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Somebody at work.
pub struct Desk {
    pub host: Arc<Host>,
    pub verifier: Verifier,
    /// Where the journal is.
    pub state: PathBuf,
}

/// What is there to be changed.
#[derive(Clone, Debug)]
pub struct Cast {
    /// An experiment with a description, a tag and a deleted run.
    pub experiment: String,
    /// A deleted experiment.
    pub gone: String,
    /// A run of the first, with a tag.
    pub run: String,
    /// A deleted run of the first.
    pub deleted: String,
    /// A model with a description, a tag, a version in production and another one.
    pub model: String,
    /// The version in production, which has an alias.
    pub champion: String,
    /// Its alias.
    pub alias: String,
    /// The other.
    pub challenger: String,
}

impl Desk {
    pub fn new(verifier: Verifier, state: &Path) -> Self {
        let host = Host::new(verifier.clone(), true, |_| ());
        Self {
            host: Arc::new(host.unwrap()),
            verifier,
            state: state.to_owned(),
        }
    }

    pub async fn stay(&self, principal: &str) -> Arc<Stay> {
        let principal: Principal = principal.parse().unwrap();
        self.host.become_principal(&principal).await.unwrap()
    }

    pub async fn plan(&self, principal: &str, wish: &Wish) -> Plan {
        let stay = self.stay(principal).await;
        let plan = self.host.plan(&stay, wish).await;
        plan.unwrap_or_else(|failure| panic!("{wish:?}: {failure}"))
    }

    pub fn runner(&self, journal: Journal, caller: Arc<dyn Caller>) -> Runner {
        Runner {
            tools: Tools {
                cloud: self.verifier.cloud.clone(),
                writes: WriteAccess::unless_read_only(false).unwrap(),
                pool: String::new(),
                policy: None,
                passwords: Passwords::default(),
                packages: journal.packages(),
                caller: Some(caller),
                cancel: CancellationToken::new(),
            },
            journal,
        }
    }

    /// Runs a new plan; how it ended, what failed, and its record.
    pub async fn run(&self, plan: Plan) -> (Outcome, Vec<Failure>, PlanRecord) {
        let journal = self.verifier.journal.clone();
        let record = journal.plan(plan).unwrap();
        let runner = self.runner(journal.clone(), self.host.clone());
        let failures = Mutex::new(Vec::new());
        let outcome = runner
            .run(&record, |event| {
                if let Event::Item(_, Err(failure)) = event {
                    failures.lock().unwrap().push(failure);
                }
            })
            .await
            .unwrap();
        let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
        (outcome, failures.into_inner().unwrap(), record)
    }

    /// Runs a plan to its end.
    pub async fn complete(&self, plan: Plan) -> PlanRecord {
        let title = plan.title.clone();
        let (outcome, failures, record) = self.run(plan).await;
        assert!(outcome.is_complete(), "{title}: {failures:?}");
        record
    }

    /// Does it and takes it back: something is changed, and then it is as it was.
    pub async fn there_and_back(&self, principal: &str, wish: &Wish) {
        let before = self.everything().await;
        let plan = self.plan(principal, wish).await;
        for call in plan.calls() {
            assert!(call.undone_by.is_some(), "{wish:?}: {call:?}");
        }
        let lost: Vec<_> = plan.losses();
        let of_deletion = matches!(wish, Wish::Delete(_));
        assert!(lost.is_empty() || of_deletion, "{wish:?}: {lost:?}");
        let record = self.complete(plan).await;
        assert_ne!(self.everything().await, before, "{wish:?} changed nothing");
        let (back, kept) = record.inverse();
        assert!(kept.is_empty(), "{wish:?}: {kept:?}");
        self.complete(back).await;
        let after = self.everything().await;
        assert_eq!(after, before, "{wish:?} left something behind");
    }

    /// What MLflow holds, as an administrator reads it, without the times of changes.
    pub async fn everything(&self) -> Value {
        let stay = self.stay("group:admins").await;
        let root = Root::Ajax;
        let search = Search {
            max_results: Some(1000),
            ..Search::default()
        };
        let call = experiments::search(root, View::All, &search);
        let mut experiments = self.host.call(&stay, &call).await.value.unwrap().items;
        experiments.sort_by(|a, b| a.experiment_id.cmp(&b.experiment_id));
        for experiment in &mut experiments {
            experiment.last_update_time = 0;
        }
        let found = SearchRuns {
            experiment_ids: experiments
                .iter()
                .map(|experiment| experiment.experiment_id.clone())
                .collect(),
            view: View::All,
            search: search.clone(),
        };
        let found = self.host.call(&stay, &runs::search(root, &found)).await;
        let mut runs: Vec<Run> = found.value.unwrap().items;
        runs.sort_by(|a, b| a.info.run_id.cmp(&b.info.run_id));
        for run in &mut runs {
            run.data.tags.sort_by(|a, b| a.key.cmp(&b.key));
            run.data.metrics.sort_by(|a, b| a.key.cmp(&b.key));
            run.data.params.sort_by(|a, b| a.key.cmp(&b.key));
        }
        let models = self
            .host
            .call(&stay, &registry::search_models(root, &search))
            .await;
        let mut models: Vec<RegisteredModel> = models.value.unwrap().items;
        for model in &mut models {
            model.last_updated_timestamp = 0;
            model.latest_versions.clear();
            model.tags.sort_by(|a, b| a.key.cmp(&b.key));
        }
        let mut versions: Vec<ModelVersion> = Vec::new();
        let page = self
            .host
            .call(&stay, &registry::search_versions(root, &search))
            .await;
        for version in page.value.unwrap().items {
            let call = registry::version(root, &version.name, &version.version);
            let mut version = self.host.call(&stay, &call).await.value.unwrap();
            version.last_updated_timestamp = 0;
            version.tags.sort_by(|a, b| a.key.cmp(&b.key));
            versions.push(version);
        }
        versions.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        json!({"experiments": experiments, "runs": runs, "models": models, "versions": versions})
    }
}

impl Cast {
    fn source(&self) -> String {
        let (experiment, run) = (&self.experiment, &self.run);
        format!("mlflow-artifacts:/{experiment}/{run}/artifacts/model")
    }

    fn things(&self) -> [Thing; 4] {
        [
            Thing::Experiment {
                id: self.experiment.clone(),
            },
            Thing::Run {
                id: self.run.clone(),
            },
            Thing::Model {
                name: self.model.clone(),
            },
            Thing::Version {
                name: self.model.clone(),
                version: self.champion.clone(),
            },
        ]
    }

    /// Registering what the run made as a model that is not there yet.
    pub fn register(&self) -> Wish {
        Wish::Register {
            run: self.run.clone(),
            source: self.source(),
            model: "a new one / it's \"odd\"".replace(['/', '"'], "-"),
            description: "made by a test".into(),
        }
    }

    pub fn new_version(&self) -> Wish {
        Wish::NewVersion {
            model: self.model.clone(),
            source: self.source(),
            run: self.run.clone(),
        }
    }

    pub fn stage(&self, archive_existing: bool) -> Wish {
        Wish::Stage {
            model: self.model.clone(),
            version: self.challenger.clone(),
            stage: "production".into(),
            archive_existing,
        }
    }

    /// Every change there is that can be taken back.
    pub fn every_wish(&self) -> Vec<Wish> {
        let alias = |alias: &str, version: Option<&str>| Wish::Alias {
            model: self.model.clone(),
            alias: alias.to_owned(),
            version: version.map(ToOwned::to_owned),
        };
        let tag = |thing: &Thing, key: &str, value: Option<&str>| Wish::Tag {
            thing: thing.clone(),
            key: key.to_owned(),
            value: value.map(ToOwned::to_owned),
        };
        let [experiment, run, model, version] = self.things();
        let mut all = vec![
            self.register(),
            self.new_version(),
            self.stage(true),
            self.stage(false),
            alias("shadow", Some(&self.challenger)),
            alias(&self.alias, Some(&self.challenger)),
            alias(&self.alias, None),
            tag(&experiment, "team", Some("another")),
            Wish::Delete(run.clone()),
            Wish::Delete(experiment.clone()),
            Wish::Restore(Thing::Run {
                id: self.deleted.clone(),
            }),
            Wish::Restore(Thing::Experiment {
                id: self.gone.clone(),
            }),
        ];
        for thing in [&run, &model, &version] {
            all.push(tag(thing, "fresh", Some("é \"1\"\n")));
            all.push(tag(thing, "kept", Some("changed")));
            all.push(tag(thing, "kept", None));
        }
        for thing in [&experiment, &run, &model, &version] {
            all.push(Wish::Describe {
                thing: thing.clone(),
                text: "**another** description".into(),
            });
        }
        for thing in [experiment, run, model] {
            all.push(Wish::Rename {
                thing,
                name: "a better name".into(),
            });
        }
        all
    }

    /// The tags that the wishes count on.
    pub fn preparations(&self) -> Vec<Wish> {
        let [_, run, model, version] = self.things();
        let tags = [run, model, version].into_iter().map(|thing| Wish::Tag {
            thing,
            key: "kept".into(),
            value: Some("as it was".into()),
        });
        tags.collect()
    }
}

/// A caller whose answers to changes never come: the change is made, and then nothing.
#[derive(Debug)]
pub struct Lost {
    pub host: Arc<Host>,
    pub made: Notify,
    /// How many answers come before.
    pub answers: Mutex<usize>,
}

impl Caller for Lost {
    fn api(&self) -> &str {
        self.host.api()
    }

    fn read<'a>(
        &'a self,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        self.host.read(principal, request)
    }

    fn change<'a>(
        &'a self,
        writes: &'a WriteAccess,
        principal: &'a Principal,
        request: &'a ApiRequest,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        async move {
            let answer = self.host.change(writes, principal, request).await;
            let before = {
                let mut answers = self.answers.lock().unwrap();
                let before = *answers > 0;
                *answers = answers.saturating_sub(1);
                before
            };
            if before {
                return answer;
            }
            self.made.notify_one();
            std::future::pending().await
        }
        .boxed()
    }
}

impl Desk {
    /// Runs a plan whose process is killed when MLflow has made the change after `answers` of
    /// them, and before the journal says so.
    pub async fn killed(&self, plan: Plan, answers: usize) -> PlanRecord {
        let journal = Journal::open(&self.state).unwrap();
        let record = journal.plan(plan).unwrap();
        let lost = Arc::new(Lost {
            host: self.host.clone(),
            made: Notify::new(),
            answers: Mutex::new(answers),
        });
        let runner = self.runner(journal, lost.clone());
        tokio::select! {
            ended = runner.run(&record, |_| ()) => panic!("it was not killed: {ended:?}"),
            () = lost.made.notified() => {}
        }
        record
    }
}
