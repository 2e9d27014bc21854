//! What can be changed, each with what it takes to take it back.

use serde::{Deserialize, Serialize};

use crate::mlflow::models::NOTE;

/// The stage of versions that were archived.
pub(super) const ARCHIVED: &str = "Archived";

/// Something that MLflow holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Thing {
    /// An experiment.
    Experiment {
        /// Its id.
        id: String,
    },
    /// A run.
    Run {
        /// Its id.
        id: String,
    },
    /// A registered model.
    Model {
        /// Its name.
        name: String,
    },
    /// A version of a registered model.
    Version {
        /// The model's name.
        name: String,
        /// The version, a number as text.
        version: String,
    },
}

/// What a version was made of: it tells that a version is still the same. A model that is made
/// anew under the same name counts from 1 again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Where its files are.
    pub source: String,
    /// The run that made it; empty where there is none.
    pub run: String,
}

/// A change of one thing, with what is there before where taking it back needs that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// Makes a registered model. One that is there already is left as it is.
    CreateModel {
        /// Its name.
        name: String,
        /// Its description.
        description: String,
    },
    /// Makes a version of a registered model.
    CreateVersion {
        /// The model's name.
        name: String,
        /// What it is made of.
        origin: Origin,
    },
    /// Moves a version to a stage.
    Stage {
        /// The model's name.
        name: String,
        /// The version.
        version: String,
        /// The stage it is to be in.
        after: String,
        /// The stage it is in.
        before: String,
        /// The other versions of that stage, which are archived with it; none where they stay.
        archived: Option<Vec<String>>,
    },
    /// Sets or removes an alias.
    Alias {
        /// The model's name.
        name: String,
        /// The alias.
        alias: String,
        /// The version it is to name; none where it goes.
        after: Option<String>,
        /// The version it names; none where there is no such alias.
        before: Option<String>,
    },
    /// Sets or removes a tag. The description of an experiment or a run is one.
    Tag {
        /// The tagged thing.
        thing: Thing,
        /// The tag's name.
        key: String,
        /// Its value as it is to be; none where it goes.
        after: Option<String>,
        /// Its value; none where there is no such tag.
        before: Option<String>,
        /// Whether this MLflow has a request that removes it.
        removable: bool,
    },
    /// Changes the description of a registered model or a version.
    Describe {
        /// The model or version.
        thing: Thing,
        /// The description as it is to be.
        after: String,
        /// The description.
        before: String,
    },
    /// Renames an experiment, a run or a registered model.
    Rename {
        /// The thing, by its name of before.
        thing: Thing,
        /// The name it is to have.
        after: String,
        /// The name it has.
        before: String,
    },
    /// Deletes an experiment or a run, which can be restored.
    Delete {
        /// The experiment or run.
        thing: Thing,
        /// The runs of the experiment that are deleted already: restoring it restores all.
        deleted_runs: Vec<String>,
    },
    /// Restores a deleted experiment or run.
    Restore {
        /// The experiment or run.
        thing: Thing,
    },
    /// Deletes a registered model with its versions, for good.
    DeleteModel {
        /// Its name.
        name: String,
        /// Only where it has no version: it was made by the plan that is taken back.
        only_empty: bool,
    },
    /// Deletes a version, for good.
    DeleteVersion {
        /// The model's name.
        name: String,
        /// The version.
        version: String,
        /// What it was made of, where that was read: another one is left alone.
        origin: Option<Origin>,
        /// Whether it was made by the plan that is taken back.
        own: bool,
    },
}

impl Change {
    /// Changes a description: of experiments and runs it is a tag.
    pub fn describe(thing: Thing, after: String, before: Option<String>, removable: bool) -> Self {
        match thing {
            Thing::Experiment { .. } | Thing::Run { .. } => Self::Tag {
                thing,
                key: NOTE.to_owned(),
                after: Some(after),
                before,
                removable,
            },
            Thing::Model { .. } | Thing::Version { .. } => Self::Describe {
                thing,
                after,
                before: before.unwrap_or_default(),
            },
        }
    }

    /// What is changed; for what is made, the model it is made as or for.
    pub fn thing(&self) -> Thing {
        match self {
            Self::CreateModel { name, .. }
            | Self::CreateVersion { name, .. }
            | Self::Alias { name, .. }
            | Self::DeleteModel { name, .. } => Thing::Model { name: name.clone() },
            Self::Stage { name, version, .. } | Self::DeleteVersion { name, version, .. } => {
                Thing::Version {
                    name: name.clone(),
                    version: version.clone(),
                }
            }
            Self::Tag { thing, .. }
            | Self::Describe { thing, .. }
            | Self::Rename { thing, .. }
            | Self::Delete { thing, .. }
            | Self::Restore { thing } => thing.clone(),
        }
    }

    /// The changes that take it back, in order; none where nothing does. `made` is the version
    /// that it made, as the journal has it.
    pub fn inverse(&self, made: Option<&str>) -> Vec<Self> {
        let one = |change| vec![change];
        match self {
            Self::CreateModel { name, .. } => one(Self::DeleteModel {
                name: name.clone(),
                only_empty: true,
            }),
            Self::CreateVersion { name, origin } => made
                .map(|version| Self::DeleteVersion {
                    name: name.clone(),
                    version: version.to_owned(),
                    origin: Some(origin.clone()),
                    own: true,
                })
                .into_iter()
                .collect(),
            Self::Stage { .. } => self.of_stage_inverse(),
            Self::Alias {
                name,
                alias,
                after,
                before,
            } => one(Self::Alias {
                name: name.clone(),
                alias: alias.clone(),
                after: before.clone(),
                before: after.clone(),
            }),
            Self::Tag {
                before: None,
                removable: false,
                ..
            }
            | Self::DeleteModel { .. }
            | Self::DeleteVersion { .. } => Vec::new(),
            Self::Tag {
                thing,
                key,
                after,
                before,
                removable,
            } => one(Self::Tag {
                thing: thing.clone(),
                key: key.clone(),
                after: before.clone(),
                before: after.clone(),
                removable: *removable,
            }),
            Self::Describe {
                thing,
                after,
                before,
            } => one(Self::Describe {
                thing: thing.clone(),
                after: before.clone(),
                before: after.clone(),
            }),
            Self::Rename {
                thing,
                after,
                before,
            } => one(Self::Rename {
                thing: match thing {
                    Thing::Model { .. } => Thing::Model {
                        name: after.clone(),
                    },
                    other => other.clone(),
                },
                after: before.clone(),
                before: after.clone(),
            }),
            Self::Delete {
                thing,
                deleted_runs,
            } => {
                let again = deleted_runs.iter().map(|id| Self::Delete {
                    thing: Thing::Run { id: id.clone() },
                    deleted_runs: Vec::new(),
                });
                let restored = Self::Restore {
                    thing: thing.clone(),
                };
                std::iter::once(restored).chain(again).collect()
            }
            Self::Restore { thing } => one(Self::Delete {
                thing: thing.clone(),
                deleted_runs: Vec::new(),
            }),
        }
    }

    /// The version goes back to its stage, then those that were archived with it.
    fn of_stage_inverse(&self) -> Vec<Self> {
        let Self::Stage {
            name,
            version,
            after,
            before,
            archived,
        } = self
        else {
            return Vec::new();
        };
        let back = |version: &str, after: &str, before: &str| Self::Stage {
            name: name.clone(),
            version: version.to_owned(),
            after: after.to_owned(),
            before: before.to_owned(),
            archived: None,
        };
        let others = archived.iter().flatten();
        std::iter::once(back(version, before, after))
            .chain(others.map(|version| back(version, after, ARCHIVED)))
            .collect()
    }

    /// The first call of those that take it back; none where nothing does.
    pub fn undone_by(&self) -> Option<&'static str> {
        // Which version it will be is not known yet.
        let back = self.inverse(Some(""));
        back.first().map(Self::call)
    }
}
