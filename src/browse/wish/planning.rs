//! A wish held against what is there: what has to change, and what that was before.

use super::Wish;
use crate::{
    access::Method,
    browse::Host,
    domain::{ErrorClass, Failure},
    mlflow::{
        Call, Root, Search, SearchRuns, View, experiments,
        models::{NOTE, RegisteredModel, value_of},
        registry, runs,
    },
    plan::{Change, Origin, Thing},
    probe::Stay,
};

/// How many deleted runs an experiment may have for its deletion to be taken back: each of them
/// has to be deleted again.
const DELETED_RUNS: usize = 1000;
/// How many runs or versions a page has.
const PAGE: u32 = 1000;

/// Changes, and whether what is there was read.
pub(super) struct Planned {
    pub changes: Vec<Change>,
    pub seen: bool,
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

/// Somebody who looks at what is there.
pub(super) struct Planning<'a> {
    pub host: &'a Host,
    pub stay: &'a Stay,
    pub root: Root,
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

    /// What a wish comes to.
    pub async fn changes(&self, wish: &Wish) -> Result<Planned, Failure> {
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
