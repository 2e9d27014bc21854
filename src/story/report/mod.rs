//! What became of a story, in every format.
//!
//! All formats say the same in the same order, the story's.

mod json;
mod junit;
mod markdown;
mod table;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::{
    json::to_json,
    junit::to_junit,
    markdown::to_markdown,
    table::{counted, step_line, to_table},
};

use super::{Expected, Made, Outcome, Step, Story, Telling};
use crate::{
    access::{Catalog, Effect, Method},
    browse::Exchange,
    domain::{Failure, Principal, whole},
};

/// What became of one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepReport {
    /// What it does.
    pub title: String,
    /// Who makes it.
    pub principal: Principal,
    /// The method.
    pub method: Method,
    /// The path, its placeholders as they stand.
    pub path: String,
    /// The permission that it needs, where it is a known route.
    pub permission: Option<String>,
    /// What must come of it.
    pub expected: Expected,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub why: String,
    /// What came of it, in words: `allow 200 by mlflow in 3 ms`; empty where nothing was sent.
    pub came: String,
    /// The request with its answer, where one was sent. Left out where this is written down: what
    /// MLflow holds is not for elsewhere.
    #[serde(skip)]
    pub exchange: Option<Arc<Exchange>>,
}

impl StepReport {
    /// The request, and who makes it: `POST /ajax-api/2.0/mlflow/runs/create as group:readers`.
    pub fn asked(&self) -> String {
        format!("{} {} as {}", self.method, self.path, self.principal)
    }

    /// Takes in the request with its answer.
    pub(super) fn came(&mut self, exchange: Arc<Exchange>) {
        let seen = &exchange.observed;
        self.came = format!(
            "{} {} by {} in {} ms",
            seen.effect.map_or("undecided", Effect::as_str),
            seen.status.map_or_else(
                || "without an answer".to_owned(),
                |status| status.to_string()
            ),
            seen.layer,
            seen.latency.as_millis(),
        );
        self.exchange = Some(exchange);
    }

    /// Takes in how it ended.
    pub(super) fn ends(&mut self, outcome: Outcome, why: String) {
        (self.outcome, self.why) = (outcome, why);
    }
}

/// What became of a story, told as somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The story's name.
    pub story: String,
    /// What it shows.
    pub title: String,
    /// Whom it was told as.
    pub telling: Telling,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// Why it was not begun, where it was not.
    #[serde(with = "whole::maybe")]
    pub not_begun: Option<Failure>,
    /// What it made, and what became of that.
    pub made: Made,
    /// What it made and could not take away: the journal has it, and the next run tries again.
    pub left: Vec<Failure>,
    /// Whether it was stopped.
    pub cancelled: bool,
}

impl Report {
    /// A story that is not told yet.
    pub fn planned(story: &Story, telling: &Telling, catalog: &Catalog) -> Self {
        let step = |step: &Step| {
            let path = story.path(step, telling);
            StepReport {
                title: step.title.clone(),
                principal: story.maker(step, telling),
                method: step.method,
                permission: step
                    .route(catalog, &path)
                    .map(|route| route.permission.clone()),
                path,
                expected: step.expected.clone(),
                outcome: Outcome::Unreached,
                why: String::new(),
                came: String::new(),
                exchange: None,
            }
        };
        Self {
            story: story.name.clone(),
            title: story.title.clone(),
            telling: telling.clone(),
            steps: story.steps.iter().map(step).collect(),
            not_begun: None,
            made: Made::default(),
            left: Vec::new(),
            cancelled: false,
        }
    }

    /// Takes in why it could not be begun.
    pub(super) fn not_begun(&mut self, failure: &Failure) {
        self.not_begun = Some(failure.clone());
    }

    /// How it ended: as its first step that did not pass.
    pub fn outcome(&self) -> Outcome {
        if self.not_begun.is_some() {
            return Outcome::Untested;
        }
        match self.unlike() {
            None => Outcome::Passed,
            // What was stopped says nothing of the steps that were not reached.
            Some(step) if step.outcome == Outcome::Unreached => Outcome::Untested,
            Some(step) => step.outcome,
        }
    }

    /// The first step that did not pass.
    pub fn unlike(&self) -> Option<&StepReport> {
        self.steps
            .iter()
            .find(|step| step.outcome != Outcome::Passed)
    }

    /// How it ended, with the step where it ended otherwise than expected.
    pub fn words(&self) -> String {
        let outcome = self.outcome();
        if self.not_begun.is_some() || outcome == Outcome::Passed {
            return outcome.to_string();
        }
        if self.cancelled {
            return "stopped".to_owned();
        }
        let at = self
            .steps
            .iter()
            .position(|step| step.outcome != Outcome::Passed)
            .unwrap_or_default();
        format!("{outcome} in step {} of {}", at + 1, self.steps.len())
    }
}

/// The exit code: 0 all passed, 1 one failed, 3 one could not be told to its end, 4 something
/// could not be taken away, 130 stopped.
pub fn exit_code(reports: &[Report]) -> u8 {
    let any = |outcome| reports.iter().any(|report| report.outcome() == outcome);
    if reports.iter().any(|report| report.cancelled) {
        130
    } else if reports.iter().any(|report| !report.left.is_empty()) {
        4
    } else if any(Outcome::Failed) {
        1
    } else if any(Outcome::Untested) {
        3
    } else {
        0
    }
}
