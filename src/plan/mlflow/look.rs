//! How the thing stands that a change is about.

use jiff::Timestamp;

use super::{Caller, Change, Origin, Thing, root_of};
use crate::{
    domain::{ErrorClass, Failure, Principal},
    mlflow::{
        Call, Root, Search, experiments,
        models::{ModelVersion, Pair, RegisteredModel, value_of},
        registry, runs,
    },
};

/// How many versions a page of a look has.
const PAGE: u32 = 1000;

/// How a thing stands beside what a change wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// As the change is to make it.
    AsWanted,
    /// As it was when the change was planned, or as far as that matters.
    AsBefore,
    /// Otherwise.
    Otherwise,
}

impl Stands {
    /// Compares what is there with what is to be and what was.
    fn of<T: PartialEq>(there: &T, after: &T, before: &T) -> Self {
        if there == after {
            Self::AsWanted
        } else if there == before {
            Self::AsBefore
        } else {
            Self::Otherwise
        }
    }
}

/// Looks at things as somebody.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub caller: &'a dyn Caller,
    pub principal: &'a Principal,
}

impl Look<'_> {
    fn root(&self) -> Root {
        root_of(self.principal)
    }

    async fn read<T>(&self, call: Call<T>) -> Result<T, Failure> {
        let answer = self.caller.read(self.principal, &call.request).await?;
        call.value(&answer)
    }

    /// How the thing stands that a change is about.
    pub async fn at(&self, change: &Change) -> Result<Stands, Failure> {
        match change {
            // What is made tells by itself whether it is there.
            Change::CreateModel { .. } | Change::CreateVersion { .. } => Ok(Stands::AsBefore),
            Change::Stage { .. } => self.at_stage(change).await,
            Change::Alias {
                name,
                alias,
                after,
                before,
            } => {
                let model = self.model(name).await?;
                let mut aliases = model.aliases.into_iter();
                let there = aliases.find(|there| there.alias == *alias);
                let there = there.map(|there| there.version);
                Ok(Stands::of(&there, after, before))
            }
            Change::Tag {
                thing,
                key,
                after,
                before,
                ..
            } => {
                let tags = self.tags(thing).await?;
                let there = value_of(&tags, key).map(ToOwned::to_owned);
                Ok(Stands::of(&there, after, before))
            }
            Change::Describe {
                thing,
                after,
                before,
            } => {
                let there = match thing {
                    Thing::Version { name, version } => {
                        self.version(name, version).await?.description
                    }
                    other => self.model(other.name()).await?.description,
                };
                Ok(Stands::of(&there, after, before))
            }
            Change::Rename {
                thing,
                after,
                before,
            } => self.at_name(thing, after, before).await,
            Change::Delete { thing, .. } => self.at_life(thing, "deleted").await,
            Change::Restore { thing } => self.at_life(thing, "active").await,
            Change::DeleteModel { name, only_empty } => {
                if found(self.model(name).await)?.is_none() {
                    return Ok(Stands::AsWanted);
                }
                let in_use = *only_empty && !self.versions(name).await?.is_empty();
                Ok(if in_use {
                    Stands::Otherwise
                } else {
                    Stands::AsBefore
                })
            }
            Change::DeleteVersion {
                name,
                version,
                origin,
                ..
            } => {
                let Some(there) = found(self.version(name, version).await)? else {
                    return Ok(Stands::AsWanted);
                };
                let same = origin.as_ref().is_none_or(|origin| is_of(&there, origin));
                Ok(if same {
                    Stands::AsBefore
                } else {
                    Stands::Otherwise
                })
            }
        }
    }

    async fn at_stage(&self, change: &Change) -> Result<Stands, Failure> {
        let Change::Stage {
            name,
            version,
            after,
            before,
            archived,
        } = change
        else {
            return Ok(Stands::AsBefore);
        };
        let there = self.version(name, version).await?.current_stage;
        let stands = Stands::of(&there, after, before);
        let (Stands::AsBefore, Some(archived)) = (stands, archived) else {
            return Ok(stands);
        };
        let mut others = self.others_of_stage(name, version, after).await?;
        let mut archived = archived.clone();
        others.sort();
        archived.sort();
        Ok(if others == archived {
            Stands::AsBefore
        } else {
            Stands::Otherwise
        })
    }

    /// The versions of a stage but for one.
    async fn others_of_stage(
        &self,
        name: &str,
        version: &str,
        stage: &str,
    ) -> Result<Vec<String>, Failure> {
        let versions = self.versions(name).await?.into_iter();
        Ok(versions
            .filter(|other| other.current_stage == stage && other.version != version)
            .map(|other| other.version)
            .collect())
    }

    async fn at_name(&self, thing: &Thing, after: &str, before: &str) -> Result<Stands, Failure> {
        let there = match thing {
            Thing::Experiment { id } => self.read(experiments::get(self.root(), id)).await?.name,
            Thing::Run { id } => self.read(runs::get(self.root(), id)).await?.info.run_name,
            Thing::Model { .. } | Thing::Version { .. } => {
                return match self.model(before).await {
                    Err(failure) if failure.class == ErrorClass::NotFound => {
                        self.model(after).await?;
                        Ok(Stands::AsWanted)
                    }
                    found => found.map(|_| Stands::AsBefore),
                };
            }
        };
        Ok(Stands::of(&there.as_str(), &after, &before))
    }

    /// How an experiment or run stands that is to live on, or not.
    async fn at_life(&self, thing: &Thing, wanted: &str) -> Result<Stands, Failure> {
        let root = self.root();
        let there = match thing {
            Thing::Experiment { id } => {
                self.read(experiments::get(root, id)).await?.lifecycle_stage
            }
            other => {
                let run = self.read(runs::get(root, other.name())).await?;
                run.info.lifecycle_stage
            }
        };
        Ok(if there == wanted {
            Stands::AsWanted
        } else {
            Stands::AsBefore
        })
    }

    async fn tags(&self, thing: &Thing) -> Result<Vec<Pair>, Failure> {
        let root = self.root();
        Ok(match thing {
            Thing::Experiment { id } => self.read(experiments::get(root, id)).await?.tags,
            Thing::Run { id } => self.read(runs::get(root, id)).await?.data.tags,
            Thing::Model { name } => self.model(name).await?.tags,
            Thing::Version { name, version } => self.version(name, version).await?.tags,
        })
    }

    pub async fn model(&self, name: &str) -> Result<RegisteredModel, Failure> {
        self.read(registry::model(self.root(), name)).await
    }

    async fn version(&self, name: &str, version: &str) -> Result<ModelVersion, Failure> {
        self.read(registry::version(self.root(), name, version))
            .await
    }

    /// Every version of a model.
    async fn versions(&self, name: &str) -> Result<Vec<ModelVersion>, Failure> {
        let mut search = Search {
            filter: Some(Search::is("name", name)),
            max_results: Some(PAGE),
            ..Search::default()
        };
        let mut versions = Vec::new();
        loop {
            let page = self
                .read(registry::search_versions(self.root(), &search))
                .await?;
            versions.extend(page.items);
            search.page_token = page.next;
            if search.page_token.is_none() {
                return Ok(versions);
            }
        }
    }

    /// The version that one of the tries has made, where its answer got lost.
    pub async fn made(
        &self,
        name: &str,
        origin: &Origin,
        made_in: impl Fn(Option<Timestamp>) -> bool,
    ) -> Result<Option<String>, Failure> {
        let mut versions = self.versions(name).await?.into_iter();
        Ok(versions
            .find(|version| {
                let created = Timestamp::from_millisecond(version.creation_timestamp);
                is_of(version, origin) && made_in(created.ok())
            })
            .map(|version| version.version))
    }
}

fn is_of(version: &ModelVersion, origin: &Origin) -> bool {
    version.source == origin.source && version.run_id == origin.run
}

/// What was found; nothing where there is none.
fn found<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.class == ErrorClass::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}
