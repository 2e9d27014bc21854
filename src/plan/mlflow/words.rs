//! Changes in words: for previews, the journal and the list of what was done.

use super::{Change, Thing};
use crate::mlflow::models::NOTE;

/// How much of a text a sentence shows, in characters.
const SHOWN: usize = 60;

impl Thing {
    /// What it is, as a phrase: `run 1f…`, `version 2 of "churn"`.
    pub fn described(&self) -> String {
        match self {
            Self::Experiment { id } => format!("experiment {id}"),
            Self::Run { id } => format!("run {id}"),
            Self::Model { name } => format!("model {name:?}"),
            Self::Version { name, version } => format!("version {version} of {name:?}"),
        }
    }
}

impl Change {
    /// The call, as `mlflow:METHOD operation`.
    pub fn call(&self) -> &'static str {
        match self {
            Self::CreateModel { .. } => "mlflow:POST registered-models/create",
            Self::CreateVersion { .. } => "mlflow:POST model-versions/create",
            Self::Stage { .. } => "mlflow:POST model-versions/transition-stage",
            Self::Alias { after: Some(_), .. } => "mlflow:POST registered-models/alias",
            Self::Alias { after: None, .. } => "mlflow:DELETE registered-models/alias",
            Self::Tag { thing, after, .. } => match (thing, after) {
                (Thing::Experiment { .. }, Some(_)) => "mlflow:POST experiments/set-experiment-tag",
                (Thing::Experiment { .. }, None) => "mlflow:POST experiments/delete-experiment-tag",
                (Thing::Run { .. }, Some(_)) => "mlflow:POST runs/set-tag",
                (Thing::Run { .. }, None) => "mlflow:POST runs/delete-tag",
                (Thing::Model { .. }, Some(_)) => "mlflow:POST registered-models/set-tag",
                (Thing::Model { .. }, None) => "mlflow:DELETE registered-models/delete-tag",
                (Thing::Version { .. }, Some(_)) => "mlflow:POST model-versions/set-tag",
                (Thing::Version { .. }, None) => "mlflow:DELETE model-versions/delete-tag",
            },
            Self::Describe { thing, .. } => match thing {
                Thing::Version { .. } => "mlflow:PATCH model-versions/update",
                _ => "mlflow:PATCH registered-models/update",
            },
            Self::Rename { thing, .. } => match thing {
                Thing::Experiment { .. } => "mlflow:POST experiments/update",
                Thing::Run { .. } => "mlflow:POST runs/update",
                _ => "mlflow:POST registered-models/rename",
            },
            Self::Delete { thing, .. } => match thing {
                Thing::Experiment { .. } => "mlflow:POST experiments/delete",
                _ => "mlflow:POST runs/delete",
            },
            Self::Restore { thing } => match thing {
                Thing::Experiment { .. } => "mlflow:POST experiments/restore",
                _ => "mlflow:POST runs/restore",
            },
            Self::DeleteModel { .. } => "mlflow:DELETE registered-models/delete",
            Self::DeleteVersion { .. } => "mlflow:DELETE model-versions/delete",
        }
    }

    /// What it does, one sentence without an end.
    pub fn does(&self) -> String {
        let what = self.thing().described();
        match self {
            Self::CreateModel { name, .. } => format!("registers the model {name:?}"),
            Self::CreateVersion { name, origin } if origin.run.is_empty() => {
                format!("makes a version of {name:?} of {}", origin.source)
            }
            Self::CreateVersion { name, origin } => {
                format!("makes a version of {name:?} from run {}", origin.run)
            }
            Self::Stage {
                after,
                before,
                archived,
                ..
            } => {
                let with = match archived.as_deref().unwrap_or_default() {
                    [] => String::new(),
                    [one] => format!(", and archives version {one}"),
                    several => format!(", and archives versions {}", several.join(", ")),
                };
                format!("moves {what} from {before} to {after}{with}")
            }
            Self::Alias {
                name,
                alias,
                after,
                before,
            } => match (after, before) {
                (Some(after), Some(before)) => {
                    format!(
                        "moves the alias {alias:?} of {name:?} from version {before} to {after}"
                    )
                }
                (Some(after), None) => {
                    format!("sets the alias {alias:?} of {name:?} to version {after}")
                }
                (None, _) => format!("removes the alias {alias:?} of {name:?}"),
            },
            Self::Tag { key, after, .. } => {
                let tag = if key == NOTE {
                    "the description".to_owned()
                } else {
                    format!("the tag {key:?}")
                };
                match after {
                    Some(value) => format!("sets {tag} of {what} to {}", shown(value)),
                    None => format!("removes {tag} of {what}"),
                }
            }
            Self::Describe { after, .. } => {
                format!("sets the description of {what} to {}", shown(after))
            }
            Self::Rename { after, before, .. } => match self.thing() {
                Thing::Model { .. } => format!("renames {what} to {after:?}"),
                _ => format!("renames {what} from {before:?} to {after:?}"),
            },
            Self::Delete { .. } => format!("deletes {what}, which can be restored"),
            Self::Restore { .. } => format!("restores {what}"),
            Self::DeleteModel {
                only_empty: true, ..
            } => format!("deletes {what} if it has no version"),
            Self::DeleteModel { .. } => format!("deletes {what} with every version, for good"),
            Self::DeleteVersion { .. } => format!("deletes {what}, for good"),
        }
    }

    /// What is lost for good, one sentence; none where it can be taken back, or where nothing is
    /// lost.
    pub fn loses(&self) -> Option<&'static str> {
        match self {
            Self::DeleteModel {
                only_empty: false, ..
            } => Some(
                "The model's versions, stages, aliases, tags and descriptions are lost for good; \
                 the files stay.",
            ),
            Self::DeleteVersion { own: false, .. } => Some(
                "The version's number, stage, aliases, tags and description are lost for good; \
                 its files stay.",
            ),
            Self::Delete { .. } => {
                Some("On MLflow 3 assessments that came of a deleted run are lost for good.")
            }
            Self::Tag {
                before: None,
                after: Some(_),
                removable: false,
                ..
            } => Some(
                "This MLflow has no request that removes an experiment's tag: it can only be set \
                 to something else.",
            ),
            _ => None,
        }
    }
}

/// The start of a text, quoted.
fn shown(text: &str) -> String {
    let mut rest = text.chars();
    let start: String = rest.by_ref().take(SHOWN).collect();
    if rest.next().is_some() {
        format!("{start:?}…")
    } else {
        format!("{start:?}")
    }
}
