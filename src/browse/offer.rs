//! What can be done with a thing, each with the matrix's answer beside it.
//!
//! Nothing is held back because it would be refused: trying it is how a refusal is proved.

use serde::Serialize;

use super::{Host, proof::by_whom};
use crate::{
    access::{Basis, Decision, Effect, Method},
    domain::AuthScheme,
    mlflow::{
        Root,
        models::{Experiment, ModelVersion, RegisteredModel, Run},
    },
    plan::{Change, Origin, Thing},
    probe::{Layer, Stay},
};

/// A thing as it was read.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// An experiment.
    Experiment(&'a Experiment),
    /// A run.
    Run(&'a Run),
    /// A registered model.
    Model(&'a RegisteredModel),
    /// A version.
    Version(&'a ModelVersion),
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Register what the run made: takes a source and a model's name.
    Register,
    /// Make a version: takes a source and a run.
    NewVersion,
    /// Move to a stage: takes the stage, and whether its versions are archived.
    Stage,
    /// Set an alias: takes its name, and of a model the version.
    SetAlias,
    /// Remove an alias: takes its name.
    RemoveAlias,
    /// Set a tag: takes name and value.
    SetTag,
    /// Remove a tag: takes its name.
    RemoveTag,
    /// Change the description: takes the text.
    Describe,
    /// Rename: takes the name.
    Rename,
    /// Delete.
    Delete,
    /// Restore.
    Restore,
}

impl ChangeKind {
    /// What a menu calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Register => "Register as a model",
            Self::NewVersion => "Make a version",
            Self::Stage => "Move to a stage",
            Self::SetAlias => "Set an alias",
            Self::RemoveAlias => "Remove an alias",
            Self::SetTag => "Set a tag",
            Self::RemoveTag => "Remove a tag",
            Self::Describe => "Edit the description",
            Self::Rename => "Rename",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
        }
    }
}

/// One request of a change, as far as it is known before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Foreseen {
    /// Its method.
    pub method: Method,
    /// Its route's path template.
    pub path: String,
    /// Its route's permission.
    pub permission: String,
    /// What the matrix declares; none where it says nothing of it.
    pub expected: Option<Effect>,
    /// What the deployed policy computes to.
    pub predicted: Option<Decision>,
    /// Who would refuse it by that; none where nobody would, or where it is not known.
    pub refused_by: Option<Layer>,
}

impl Foreseen {
    /// What would come of it, one sentence without an end.
    pub fn says(&self) -> String {
        let predicted = match (&self.predicted, self.refused_by) {
            (None, _) => "not known: there is no policy to compute it from".to_owned(),
            (Some(decision), Some(layer)) => {
                format!("refused by {}: {}", by_whom(layer), decision.explain())
            }
            (Some(decision), None) => format!("allowed: {}", decision.explain()),
        };
        match (self.expected, &self.predicted) {
            (None, _) => format!("{predicted}; the matrix declares nothing for it"),
            (Some(expected), Some(decision)) if decision.effect == expected => {
                format!("{predicted}; as declared")
            }
            (Some(expected), _) => format!("{predicted}; the matrix says {expected}"),
        }
    }
}

/// One change that can be made of a thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// Which.
    pub kind: ChangeKind,
    /// Its requests, in order.
    pub calls: Vec<Foreseen>,
    /// Whether MLflow can take it back.
    pub can_be_undone: bool,
    /// The requests that take it back: who may change a thing may not always change it back.
    pub back: Vec<Foreseen>,
    /// What is lost for good, one sentence.
    pub loses: Option<&'static str>,
    /// Why it makes no sense now. That it would be refused is no reason.
    pub disabled: Option<&'static str>,
}

impl Offer {
    /// The request that decides: the first that would be refused, else the first.
    pub fn deciding(&self) -> Option<&Foreseen> {
        let refused = self.calls.iter().find(|call| call.refused_by.is_some());
        refused.or(self.calls.first())
    }

    /// What the matrix declares of all of it together.
    pub fn expected(&self) -> Option<Effect> {
        together(self.calls.iter().map(|call| call.expected))
    }

    /// What the deployed policy computes to for all of it together.
    pub fn predicted(&self) -> Option<Effect> {
        together(self.calls.iter().map(|call| {
            let decision = call.predicted.as_ref();
            decision.map(|decision| decision.effect)
        }))
    }

    /// What the deployed policy computes to for taking it back as the same.
    pub fn back_predicted(&self) -> Option<Effect> {
        together(self.back.iter().map(|call| {
            let decision = call.predicted.as_ref();
            decision.map(|decision| decision.effect)
        }))
    }

    /// Whether it can be taken back, and whether as the same, one sentence without an end.
    pub fn undo_says(&self) -> String {
        if !self.can_be_undone {
            return "cannot be taken back".to_owned();
        }
        let refused = self.back.iter().find(|call| call.refused_by.is_some());
        match refused.and_then(|call| Some((call, call.refused_by?))) {
            Some((call, layer)) => format!(
                "can be taken back, but not by the same: {} refuses {} {}",
                by_whom(layer),
                call.method,
                call.path
            ),
            None => "can be taken back".to_owned(),
        }
    }

    /// What would come of it in a few words: `allowed, as declared`.
    pub fn briefly(&self) -> String {
        let refused = self.deciding().and_then(|call| call.refused_by);
        let predicted = match (self.predicted(), refused) {
            (_, Some(layer)) => format!("refused by {}", by_whom(layer)),
            (Some(effect), None) => match effect {
                Effect::Allow => "allowed".to_owned(),
                Effect::Deny => "refused".to_owned(),
            },
            (None, None) => "not known".to_owned(),
        };
        match (self.expected(), self.predicted()) {
            (None, _) => format!("{predicted}; nothing is declared"),
            (Some(expected), Some(effect)) if expected == effect => {
                format!("{predicted}, as declared")
            }
            (Some(expected), _) => format!("{predicted}; the matrix says {expected}"),
        }
    }

    /// What would come of it, one sentence without an end.
    pub fn says(&self) -> String {
        self.deciding().map_or_else(String::new, Foreseen::says)
    }
}

/// Denied where any is, allowed where all are.
fn together(effects: impl Iterator<Item = Option<Effect>>) -> Option<Effect> {
    let effects: Vec<Option<Effect>> = effects.collect();
    if effects.contains(&Some(Effect::Deny)) {
        return Some(Effect::Deny);
    }
    let all = effects.iter().all(|effect| *effect == Some(Effect::Allow));
    (all && !effects.is_empty()).then_some(Effect::Allow)
}

impl Seen<'_> {
    /// The thing.
    pub fn thing(&self) -> Thing {
        match self {
            Self::Experiment(experiment) => Thing::Experiment {
                id: experiment.experiment_id.clone(),
            },
            Self::Run(run) => Thing::Run {
                id: run.info.run_id.clone(),
            },
            Self::Model(model) => Thing::Model {
                name: model.name.clone(),
            },
            Self::Version(version) => Thing::Version {
                name: version.name.clone(),
                version: version.version.clone(),
            },
        }
    }

    fn is_deleted(&self) -> bool {
        match self {
            Self::Experiment(experiment) => experiment.lifecycle_stage == "deleted",
            Self::Run(run) => run.info.lifecycle_stage == "deleted",
            Self::Model(_) | Self::Version(_) => false,
        }
    }

    fn has_no_tag(&self) -> bool {
        match self {
            Self::Experiment(experiment) => experiment.tags.is_empty(),
            Self::Run(run) => run.data.tags.is_empty(),
            Self::Model(model) => model.tags.is_empty(),
            Self::Version(version) => version.tags.is_empty(),
        }
    }

    /// The kinds of change that there are for it at all, in the order of a menu.
    fn kinds(&self) -> &'static [ChangeKind] {
        use ChangeKind::{
            Delete, Describe, NewVersion, Register, RemoveAlias, RemoveTag, Rename, Restore,
            SetAlias, SetTag, Stage,
        };
        match self {
            Self::Experiment(_) => &[Describe, Rename, SetTag, RemoveTag, Delete, Restore],
            Self::Run(_) => &[
                Register, Describe, Rename, SetTag, RemoveTag, Delete, Restore,
            ],
            Self::Model(_) => &[
                NewVersion,
                SetAlias,
                RemoveAlias,
                Describe,
                Rename,
                SetTag,
                RemoveTag,
                Delete,
            ],
            Self::Version(_) => &[
                Stage,
                SetAlias,
                RemoveAlias,
                Describe,
                SetTag,
                RemoveTag,
                Delete,
            ],
        }
    }

    /// Why a change makes no sense now.
    fn disabled(&self, kind: ChangeKind) -> Option<&'static str> {
        match kind {
            ChangeKind::Restore => (!self.is_deleted()).then_some("it is not deleted"),
            ChangeKind::Delete => self.is_deleted().then_some("it is deleted already"),
            // A version of what a deleted run left behind can be made all the same.
            ChangeKind::Register => None,
            _ if self.is_deleted() => Some("it is deleted: restore it first"),
            ChangeKind::RemoveTag => self.has_no_tag().then_some("it has no tag"),
            ChangeKind::RemoveAlias => match self {
                Self::Model(model) => model.aliases.is_empty().then_some("it has no alias"),
                // A search leaves a version's aliases out.
                _ => None,
            },
            _ => None,
        }
    }

    /// Changes of a kind with nothing filled in, which have the requests of one.
    fn samples(&self, kind: ChangeKind, removable: bool) -> Vec<Change> {
        let thing = self.thing();
        let name = thing.name().to_owned();
        let filled = || Some(String::new());
        let version = Change::CreateVersion {
            name: name.clone(),
            origin: Origin {
                source: String::new(),
                run: String::new(),
            },
        };
        let tag = |after: Option<String>, before: Option<String>| Change::Tag {
            thing: thing.clone(),
            key: String::new(),
            after,
            before,
            removable,
        };
        let alias = |after: Option<String>, before: Option<String>| Change::Alias {
            name: name.clone(),
            alias: String::new(),
            after,
            before,
        };
        match kind {
            ChangeKind::Register => {
                let description = String::new();
                vec![Change::CreateModel { name, description }, version]
            }
            ChangeKind::NewVersion => vec![version],
            ChangeKind::Stage => vec![Change::Stage {
                name,
                version: String::new(),
                after: String::new(),
                before: String::new(),
                archived: None,
            }],
            ChangeKind::SetAlias => vec![alias(filled(), None)],
            ChangeKind::RemoveAlias => vec![alias(None, filled())],
            ChangeKind::SetTag => vec![tag(filled(), None)],
            ChangeKind::RemoveTag => vec![tag(None, filled())],
            ChangeKind::Describe => {
                let before = self.has_description().then(String::new);
                vec![Change::describe(thing, String::new(), before, removable)]
            }
            ChangeKind::Rename => vec![Change::Rename {
                thing,
                after: String::new(),
                before: String::new(),
            }],
            ChangeKind::Delete => vec![match thing {
                Thing::Model { name } => Change::DeleteModel {
                    name,
                    only_empty: false,
                },
                Thing::Version { name, version } => Change::DeleteVersion {
                    name,
                    version,
                    origin: None,
                    own: false,
                },
                thing => Change::Delete {
                    thing,
                    deleted_runs: Vec::new(),
                },
            }],
            ChangeKind::Restore => vec![Change::Restore { thing }],
        }
    }

    /// Whether there is a description to go back to.
    fn has_description(&self) -> bool {
        use crate::mlflow::models::{NOTE, value_of};
        match self {
            Self::Experiment(experiment) => value_of(&experiment.tags, NOTE).is_some(),
            Self::Run(run) => value_of(&run.data.tags, NOTE).is_some(),
            Self::Model(_) | Self::Version(_) => true,
        }
    }
}

impl Host {
    /// What can be done with a thing in this MLflow, each with what is declared and predicted
    /// for somebody. Sends nothing.
    pub fn offers(&self, stay: &Stay, seen: &Seen<'_>) -> Vec<Offer> {
        let root = Self::root(stay);
        let removable = seen.samples(ChangeKind::RemoveTag, true);
        let removable = removable
            .iter()
            .all(|change| self.foreseen_call(stay, root, change).is_some());
        let kinds = seen.kinds().iter();
        kinds
            .filter_map(|kind| self.offer(stay, root, seen, *kind, removable))
            .collect()
    }

    /// One of them; none where this MLflow has no request for it.
    fn offer(
        &self,
        stay: &Stay,
        root: Root,
        seen: &Seen<'_>,
        kind: ChangeKind,
        removable: bool,
    ) -> Option<Offer> {
        let changes = seen.samples(kind, removable);
        let calls = changes
            .iter()
            .map(|change| self.foreseen_call(stay, root, change))
            .collect::<Option<Vec<Foreseen>>>()?;
        Some(Offer {
            kind,
            calls,
            can_be_undone: changes.iter().all(|change| change.undone_by().is_some()),
            back: changes
                .iter()
                .rev()
                .flat_map(|change| change.inverse(Some("")))
                .filter_map(|change| self.foreseen_call(stay, root, &change))
                .collect(),
            loses: changes.iter().find_map(Change::loses),
            disabled: seen.disabled(kind),
        })
    }

    /// What is known of a change's request; none where this MLflow has no such route.
    fn foreseen_call(&self, stay: &Stay, root: Root, change: &Change) -> Option<Foreseen> {
        let request = change.request(root).request;
        let foreseen = self.foreseen(stay, &request);
        let refused_by = foreseen
            .predicted
            .as_ref()
            .and_then(|decision| refuses(decision, foreseen.scheme));
        Some(Foreseen {
            method: request.method,
            path: foreseen.route?,
            permission: foreseen.permission?,
            expected: foreseen.expected,
            predicted: foreseen.predicted,
            refused_by,
        })
    }
}

/// Who refuses by a decision; nobody where it allows.
fn refuses(decision: &Decision, scheme: Option<AuthScheme>) -> Option<Layer> {
    if decision.is_allow() {
        return None;
    }
    Some(match (&decision.basis, scheme) {
        (Basis::Crash { .. }, _) => Layer::Authorizer,
        (Basis::Unauthenticated { .. } | Basis::NoMethod, _) => Layer::Gateway,
        (_, Some(AuthScheme::SigV4)) => Layer::Iam,
        _ => Layer::Gateway,
    })
}
