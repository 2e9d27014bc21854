//! Stories: requests made in order, each as somebody, with what must come of it.
//!
//! A story proves with real writes what a verify proves without any. It works on things of its
//! own only: one experiment and registered models whose names nobody else has. Each of them is
//! announced in the journal before it is made, and taken away at the end, however that comes.
//! MLflow's API removes registered models and versions for good; experiments and runs it only
//! marks deleted, so a later story takes up the experiment of an earlier one.
//!
//! Used by the console and by the commands alike: it prints nothing.

mod expect;
mod file;
mod guard;
mod labs;
mod program;
pub mod report;
mod run;
mod scratch;
mod shelf;
mod template;
mod tidy;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use expect::{Expected, Outcome};
pub use labs::{LABS, lab};
pub use program::{Program, Tale, clear};
pub use report::{Report, StepReport};
pub use run::{Event, Teller};
pub use scratch::{Made, PREFIX};
pub use shelf::{ALL, Shelf, Shelved};
pub use tidy::tidy;

use crate::{
    access::{Catalog, Method, Route},
    domain::{AuthScheme, ErrorClass, Failure, Principal},
    mlflow::Root,
    probe::plan::schemes_of,
};

/// Values that every story has: the scratch experiment's id and name, the name that a scratch
/// model has, and the time in milliseconds since 1970.
pub const GIVEN: [&str; 4] = ["experiment", "experiment_name", "model", "now"];

/// A story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// What it is called on the command line.
    pub name: String,
    /// What it shows, one line.
    pub title: String,
    /// Who makes and takes away the scratch things.
    pub setup: Principal,
    /// Whom it is about, with a token.
    pub bearer: Option<Principal>,
    /// Whom it is about, with a signature.
    pub sigv4: Option<Principal>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Who makes a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// Whom the story is about.
    Subject,
    /// Who makes and takes away the scratch things.
    Setup,
    /// Somebody else.
    Named(Principal),
}

/// What a step asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// An operation such as `mlflow/runs/create`, under the root of whoever asks.
    Operation(String),
    /// A path from `/` on.
    Path(String),
}

/// One request with what must come of it. Texts may hold placeholders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it does, one line.
    pub title: String,
    /// Who makes it.
    pub actor: Actor,
    /// The method.
    pub method: Method,
    /// What is asked for.
    pub target: Target,
    /// The query's names and values.
    pub query: Vec<(String, Value)>,
    /// The body.
    pub body: Option<Value>,
    /// What must come of it.
    pub expected: Expected,
    /// What later steps need of the answer: a name, and where it stands in the answer
    /// (`run.info.run_id`, `runs.0.info.run_id`).
    pub save: IndexMap<String, String>,
}

/// Whom a story is told as.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Telling {
    /// Whom it is about; none where every step names who makes it.
    pub subject: Option<Principal>,
    /// How the subject's requests are authenticated, and under which root nobody's stand.
    pub scheme: AuthScheme,
}

impl Story {
    /// Reads a story; `file` is its name for messages.
    ///
    /// # Errors
    /// `Invalid` with line and column: what is no TOML, no known field, no known placeholder, or
    /// would change anything that is not the story's own.
    pub fn parse(name: &str, text: &str, file: &str) -> Result<Self, Failure> {
        file::parse(name, text, file)
    }

    /// Whom to tell it as: these principals, else those that it names; with one scheme only,
    /// where one is given.
    pub fn tellings(&self, scheme: Option<AuthScheme>, principals: &[Principal]) -> Vec<Telling> {
        let wanted = |one: AuthScheme| scheme.is_none_or(|wanted| wanted == one);
        let telling = |scheme, subject| Telling { subject, scheme };
        let mut tellings: Vec<Telling> = if principals.is_empty() {
            [
                (AuthScheme::Bearer, &self.bearer),
                (AuthScheme::SigV4, &self.sigv4),
            ]
            .into_iter()
            .filter_map(|(scheme, subject)| Some(telling(scheme, Some(subject.clone()?))))
            .collect()
        } else {
            principals
                .iter()
                .flat_map(|one| {
                    schemes_of(one)
                        .iter()
                        .map(|&scheme| telling(scheme, Some(one.clone())))
                })
                .collect()
        };
        if tellings.is_empty() && self.bearer.is_none() && self.sigv4.is_none() {
            tellings.push(telling(scheme.unwrap_or(AuthScheme::Bearer), None));
        }
        tellings.retain(|telling| wanted(telling.scheme));
        tellings
    }

    /// Whether none of its requests can change anything.
    pub fn only_reads(&self) -> bool {
        !self.steps.iter().any(Step::writes)
    }

    /// Whether it can be told by somebody who may write, or may not. A story that writes is not
    /// told without the right to: a step that must be refused may be allowed after all.
    ///
    /// # Errors
    /// `ReadOnly`, with the reason.
    pub fn may_be_told(&self, may_write: bool) -> Result<(), Failure> {
        if may_write || (self.only_reads() && !self.needs_experiment()) {
            return Ok(());
        }
        Err(Failure::new(
            ErrorClass::ReadOnly,
            format!("telling the story {}", self.name),
            "it makes runs and models of its own, and even a write that must be refused may be \
             allowed after all",
        )
        .advise("start without --read-only, or tell a story that only reads"))
    }

    /// Whether any of its steps needs the scratch experiment.
    fn needs_experiment(&self) -> bool {
        self.steps.iter().any(|step| {
            step.placeholders()
                .iter()
                .any(|name| matches!(name.as_str(), "experiment" | "experiment_name"))
        })
    }

    /// Everybody it is told with, each once, who makes the scratch things first.
    pub fn principals(&self, telling: &Telling) -> Vec<Principal> {
        let mut all = Vec::new();
        if !self.only_reads() || self.needs_experiment() {
            all.push(self.setup.clone());
        }
        for step in &self.steps {
            let one = self.maker(step, telling);
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all
    }

    /// Who makes a step.
    pub fn maker(&self, step: &Step, telling: &Telling) -> Principal {
        match &step.actor {
            Actor::Subject => telling.subject.clone().unwrap_or(Principal::Anonymous),
            Actor::Setup => self.setup.clone(),
            Actor::Named(principal) => principal.clone(),
        }
    }

    /// The path that a step asks for, its placeholders as they stand.
    pub fn path(&self, step: &Step, telling: &Telling) -> String {
        let operation = match &step.target {
            Target::Path(path) => return path.clone(),
            Target::Operation(operation) => operation,
        };
        let scheme = match schemes_of(&self.maker(step, telling)) {
            [scheme] => *scheme,
            _ => telling.scheme,
        };
        Root::of(Some(scheme)).path(operation)
    }
}

impl Step {
    /// Whether its request may change something: anything but a known read, or a GET.
    pub fn writes(&self) -> bool {
        guard::writes(self.method, &self.any_path())
    }

    /// The route that it asks for, where this catalog knows it; its permission is what it needs.
    pub fn route<'c>(&self, catalog: &'c Catalog, path: &str) -> Option<&'c Route> {
        catalog.find(self.method, path)
    }

    /// A path that it may have, for whom that does not matter.
    fn any_path(&self) -> String {
        match &self.target {
            Target::Path(path) => path.clone(),
            Target::Operation(operation) => Root::Ajax.path(operation),
        }
    }

    /// Every placeholder that its request holds.
    fn placeholders(&self) -> Vec<String> {
        let (Target::Operation(target) | Target::Path(target)) = &self.target;
        let mut names = template::names(target);
        for (_, value) in &self.query {
            template::names_in(value, &mut names);
        }
        if let Some(body) = &self.body {
            template::names_in(body, &mut names);
        }
        names
    }
}

impl Telling {
    /// Who, as a phrase: `group:readers by bearer`.
    pub fn words(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{subject} by {}", self.scheme),
            None => "whoever its steps name".to_owned(),
        }
    }
}
