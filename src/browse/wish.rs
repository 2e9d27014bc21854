//! What somebody wants changed in MLflow, made into a plan: what is there now is read first, so
//! that the plan says what becomes of it and can be taken back.

use super::Host;
use crate::{
    access::Method,
    domain::{ErrorClass, Failure},
    mlflow::{
        Call, Root, Search, SearchRuns, View, experiments,
        models::{NOTE, RegisteredModel, value_of},
        registry, runs,
    },
    plan::{Change, Item, MlflowStep, Origin, Place, Plan, Step, Thing},
    probe::Stay,
};

/// MLflow's stages.
pub const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

/// How many deleted runs an experiment may have for its deletion to be taken back: each of them
/// has to be deleted again.
const DELETED_RUNS: usize = 1000;
/// How many runs or versions a page has.
const PAGE: u32 = 1000;

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

/// Changes, and whether what is there was read.
struct Planned {
    changes: Vec<Change>,
    seen: bool,
}

impl Planned {
    fn one(change: Change, seen: bool) -> Self {
        Self {
            changes: vec![change],
            seen,
        }
    }
}

/// What a thing has that a change is about.
struct There {
    name: String,
    description: Option<String>,
    tags: Vec<(String, String)>,
}

struct Planning<'a> {
    host: &'a Host,
    stay: &'a Stay,
    root: Root,
}

impl Planning<'_> {
    /// What is there; none where reading it is refused.
    async fn read<T>(&self, call: Call<T>) -> Result<Option<T>, Failure> {
        let reply = self.host.call(self.stay, &call).await;
        match reply.value {
            Ok(value) => Ok(Some(value)),
            Err(_) if reply.exchange.is_refused() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn changes(&self, wish: &Wish) -> Result<Planned, Failure> {
        match wish {
            Wish::Register { .. } => self.register(wish).await,
            Wish::NewVersion { model, source, run } => {
                let name = wish.named("the model's name", model)?;
                let origin = Origin {
                    source: wish.named("the source", source)?.to_owned(),
                    run: run.clone(),
                };
                let seen = self.model(name).await?.is_some();
                let name = name.to_owned();
                Ok(Planned::one(Change::CreateVersion { name, origin }, seen))
            }
            Wish::Stage { .. } => self.stage(wish).await,
            Wish::Alias {
                model,
                alias,
                version,
            } => {
                let name = wish.named("the alias", alias)?;
                let there = self.model(model).await?;
                let mut aliases = there.iter().flat_map(|model| &model.aliases);
                let before = aliases.find(|there| there.alias == name);
                let before = before.map(|there| there.version.clone());
                if there.is_some() && before == *version {
                    return Err(wish.is_so_already());
                }
                let change = Change::Alias {
                    name: model.clone(),
                    alias: alias.clone(),
                    after: version.clone(),
                    before,
                };
                Ok(Planned::one(change, there.is_some()))
            }
            Wish::Tag { thing, key, value } => {
                let key = wish.named("the tag's name", key)?;
                self.tag(wish, thing, key, value.clone()).await
            }
            Wish::Describe { thing, text } => self.describe(wish, thing, text).await,
            Wish::Rename { thing, name } => {
                let after = wish.named("the name", name)?.to_owned();
                if matches!(thing, Thing::Version { .. }) {
                    return Err(wish.senseless("a version has no name of its own"));
                }
                let there = self.there(thing).await?;
                let seen = there.is_some();
                let before = there.map_or_else(|| thing.name().to_owned(), |there| there.name);
                if seen && before == after {
                    return Err(wish.is_so_already());
                }
                let thing = thing.clone();
                let change = Change::Rename {
                    thing,
                    after,
                    before,
                };
                Ok(Planned::one(change, seen))
            }
            Wish::Delete(thing) => self.delete(wish, thing).await,
            Wish::Restore(thing) => self.restore(wish, thing).await,
        }
    }

    async fn register(&self, wish: &Wish) -> Result<Planned, Failure> {
        let Wish::Register {
            run,
            source,
            model,
            description,
        } = wish
        else {
            return Err(wish.senseless("nothing is to be registered"));
        };
        let name = wish.named("the model's name", model)?.to_owned();
        let origin = Origin {
            source: wish.named("the source", source)?.to_owned(),
            run: run.clone(),
        };
        let version = Change::CreateVersion {
            name: name.clone(),
            origin,
        };
        let create = Change::CreateModel {
            name: name.clone(),
            description: description.clone(),
        };
        let (changes, seen) = match self.model(&name).await {
            Ok(Some(_)) => (vec![version], true),
            Ok(None) => (vec![create, version], false),
            Err(failure) if failure.class == ErrorClass::NotFound => (vec![create, version], true),
            Err(failure) => return Err(failure),
        };
        Ok(Planned { changes, seen })
    }

    async fn stage(&self, wish: &Wish) -> Result<Planned, Failure> {
        let Wish::Stage {
            model,
            version,
            stage,
            archive_existing,
        } = wish
        else {
            return Err(wish.senseless("nothing is to be moved"));
        };
        let after = wish.stage(stage)?;
        if *archive_existing && !matches!(after, "Staging" | "Production") {
            return Err(wish.senseless(
                "only versions in Staging or Production can be archived by a move to it",
            ));
        }
        let there = self
            .read(registry::version(self.root, model, version))
            .await?;
        let seen = there.is_some();
        let before = there.map(|there| there.current_stage).unwrap_or_default();
        if before == after {
            return Err(wish.is_so_already());
        }
        let (archived, seen) = match (archive_existing, seen) {
            (true, true) => {
                let others = self.of_stage(model, after).await?;
                (Some(others.clone().unwrap_or_default()), others.is_some())
            }
            (true, false) => (Some(Vec::new()), false),
            (false, seen) => (None, seen),
        };
        let change = Change::Stage {
            name: model.clone(),
            version: version.clone(),
            after: after.to_owned(),
            before,
            archived,
        };
        Ok(Planned::one(change, seen))
    }

    /// The versions of a model that are in a stage; none where reading them is refused.
    async fn of_stage(&self, model: &str, stage: &str) -> Result<Option<Vec<String>>, Failure> {
        let mut search = Search {
            filter: Some(Search::is("name", model)),
            max_results: Some(PAGE),
            ..Search::default()
        };
        let mut found = Vec::new();
        loop {
            let call = registry::search_versions(self.root, &search);
            let Some(page) = self.read(call).await? else {
                return Ok(None);
            };
            let versions = page.items.into_iter();
            let versions = versions.filter(|version| version.current_stage == stage);
            found.extend(versions.map(|version| version.version));
            search.page_token = page.next;
            if search.page_token.is_none() {
                return Ok(Some(found));
            }
        }
    }

    async fn tag(
        &self,
        wish: &Wish,
        thing: &Thing,
        key: &str,
        after: Option<String>,
    ) -> Result<Planned, Failure> {
        let there = self.there(thing).await?;
        let seen = there.is_some();
        let tags = there.map(|there| there.tags).unwrap_or_default();
        let before = tags.into_iter().find(|(name, _)| name == key);
        let before = before.map(|(_, value)| value);
        if seen && before == after {
            return Err(wish.is_so_already());
        }
        let removable = self.removes_tags(thing);
        if after.is_none() && !removable {
            return Err(
                wish.senseless("this MLflow has no request that removes an experiment's tag")
            );
        }
        let change = Change::Tag {
            thing: thing.clone(),
            key: key.to_owned(),
            after,
            before,
            removable,
        };
        Ok(Planned::one(change, seen))
    }

    /// Whether this MLflow has a request that removes a thing's tag.
    fn removes_tags(&self, thing: &Thing) -> bool {
        let path = self.root.path("mlflow/experiments/delete-experiment-tag");
        !matches!(thing, Thing::Experiment { .. })
            || self.host.catalog().find(Method::Post, &path).is_some()
    }

    async fn describe(&self, wish: &Wish, thing: &Thing, text: &str) -> Result<Planned, Failure> {
        let there = self.there(thing).await?;
        let seen = there.is_some();
        let before = there.and_then(|there| there.description);
        if seen && before.as_deref().unwrap_or_default() == text {
            return Err(wish.is_so_already());
        }
        let removable = self.removes_tags(thing);
        let change = Change::describe(thing.clone(), text.to_owned(), before, removable);
        Ok(Planned::one(change, seen))
    }

    async fn delete(&self, wish: &Wish, thing: &Thing) -> Result<Planned, Failure> {
        match thing {
            Thing::Model { name } => {
                let seen = self.model(name).await?.is_some();
                let change = Change::DeleteModel {
                    name: name.clone(),
                    only_empty: false,
                };
                Ok(Planned::one(change, seen))
            }
            Thing::Version { name, version } => {
                let there = self
                    .read(registry::version(self.root, name, version))
                    .await?;
                let seen = there.is_some();
                let origin = there.map(|there| Origin {
                    source: there.source,
                    run: there.run_id,
                });
                let change = Change::DeleteVersion {
                    name: name.clone(),
                    version: version.clone(),
                    origin,
                    own: false,
                };
                Ok(Planned::one(change, seen))
            }
            Thing::Experiment { .. } | Thing::Run { .. } => {
                let mut seen = true;
                match self.life(thing).await? {
                    Some(life) if life == "deleted" => return Err(wish.is_so_already()),
                    life => seen &= life.is_some(),
                }
                let mut deleted_runs = Vec::new();
                if let (Thing::Experiment { id }, true) = (thing, seen) {
                    match self.deleted_runs(id).await? {
                        Some(runs) => deleted_runs = runs,
                        None => seen = false,
                    }
                }
                let thing = thing.clone();
                let change = Change::Delete {
                    thing,
                    deleted_runs,
                };
                Ok(Planned::one(change, seen))
            }
        }
    }

    async fn restore(&self, wish: &Wish, thing: &Thing) -> Result<Planned, Failure> {
        if matches!(thing, Thing::Model { .. } | Thing::Version { .. }) {
            return Err(wish.senseless("what is deleted of the registry is gone for good"));
        }
        let life = self.life(thing).await?;
        if life.as_deref() == Some("active") {
            return Err(wish.is_so_already());
        }
        let thing = thing.clone();
        Ok(Planned::one(Change::Restore { thing }, life.is_some()))
    }

    async fn model(&self, name: &str) -> Result<Option<RegisteredModel>, Failure> {
        self.read(registry::model(self.root, name)).await
    }

    /// Whether an experiment or run is `active` or `deleted`; none where reading it is refused.
    async fn life(&self, thing: &Thing) -> Result<Option<String>, Failure> {
        Ok(match thing {
            Thing::Experiment { id } => {
                let found = self.read(experiments::get(self.root, id)).await?;
                found.map(|found| found.lifecycle_stage)
            }
            other => {
                let found = self.read(runs::get(self.root, other.name())).await?;
                found.map(|found| found.info.lifecycle_stage)
            }
        })
    }

    /// The deleted runs of an experiment; none where reading them is refused, or where they are
    /// too many.
    async fn deleted_runs(&self, experiment: &str) -> Result<Option<Vec<String>>, Failure> {
        let mut search = SearchRuns {
            experiment_ids: vec![experiment.to_owned()],
            view: View::Deleted,
            search: Search {
                max_results: Some(PAGE),
                ..Search::default()
            },
        };
        let mut found = Vec::new();
        loop {
            let Some(page) = self.read(runs::search(self.root, &search)).await? else {
                return Ok(None);
            };
            found.extend(page.items.into_iter().map(|run| run.info.run_id));
            search.search.page_token = page.next;
            if found.len() > DELETED_RUNS {
                return Ok(None);
            }
            if search.search.page_token.is_none() {
                return Ok(Some(found));
            }
        }
    }

    /// Name, description and tags of a thing; none where reading it is refused.
    async fn there(&self, thing: &Thing) -> Result<Option<There>, Failure> {
        let root = self.root;
        let there = match thing {
            Thing::Experiment { id } => self.read(experiments::get(root, id)).await?.map(|found| {
                let note = value_of(&found.tags, NOTE).map(ToOwned::to_owned);
                (found.name, note, found.tags)
            }),
            Thing::Run { id } => self.read(runs::get(root, id)).await?.map(|found| {
                let note = value_of(&found.data.tags, NOTE).map(ToOwned::to_owned);
                (found.info.run_name, note, found.data.tags)
            }),
            Thing::Model { name } => self
                .model(name)
                .await?
                .map(|found| (found.name, Some(found.description), found.tags)),
            Thing::Version { name, version } => {
                let found = self.read(registry::version(root, name, version)).await?;
                found.map(|found| (found.name, Some(found.description), found.tags))
            }
        };
        Ok(there.map(|(name, description, tags)| There {
            name,
            description,
            tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        }))
    }
}
