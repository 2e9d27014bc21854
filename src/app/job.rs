//! What runs and what ran: progress, rate, the result of every row.
//!
//! A job is independent of the page that started it.

use std::{fmt, time::Duration};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    domain::{Failure, Principal},
    plan::Plan,
    probe::publish::Wanted,
    story::Program,
};

/// How many jobs are remembered; older ones that are over are forgotten.
const REMEMBERED: usize = 100;

/// Names a job.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Under way.
    Running,
    /// Asked to stop; the step under way is finished first.
    Stopping,
    /// Over, every step done.
    Done,
    /// Over, and some steps failed.
    Failed,
    /// Stopped before its end.
    Cancelled,
}

impl Stage {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether something is still under way.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Stopping)
    }
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is about: a user's name.
    pub subject: String,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
}

/// What a job does, so that what failed can be tried again.
#[derive(Clone, Debug)]
pub enum Work {
    /// A live verify.
    Verify,
    /// A plan.
    Plan(Box<Plan>),
    /// Files are downloaded into this folder.
    Download(String),
    /// Another package of the authorizer put into effect and proved; its plan, once it is.
    Publish {
        /// What is put into effect.
        wanted: Wanted,
        /// The plan that did it.
        plan: Option<Uuid>,
    },
    /// What is deployed found out, to be written down.
    Adopt,
    /// A review pack.
    Review,
    /// Stories told.
    Story {
        /// Which, and as whom.
        program: Box<Program>,
        /// Whether the caller is let into the execution roles for it.
        grant_trust: bool,
        /// Which of them is being told, by its number from 0.
        at: usize,
    },
}

/// One job.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// The same as text: the row's identity.
    #[serde(skip)]
    pub key: String,
    /// What it does, to how many: `disable 3 users`.
    pub title: String,
    /// How far it is.
    pub stage: Stage,
    /// Steps over.
    pub done: usize,
    /// Steps in all; 0 while that is not known.
    pub total: usize,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// What became of each row.
    pub rows: Vec<Row>,
    /// Why it could not run, where it could not.
    pub failure: Option<Failure>,
    /// What it does for a subject now.
    pub doing: Option<String>,
    /// What is under way, by subject: a call, or the status of what is waited for.
    pub under_way: IndexMap<String, String>,
    /// New passwords, to be told once when it is over.
    #[serde(skip)]
    pub secrets: Vec<(String, SecretString)>,
    /// Whose rights to prove live when it is done.
    #[serde(skip)]
    pub then_prove: Vec<Principal>,
    /// What it does.
    #[serde(skip)]
    pub work: Work,
}

impl Job {
    /// How many rows failed.
    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.failure.is_some()).count()
    }

    /// The subjects of the rows that failed.
    pub fn failed_subjects(&self) -> Vec<String> {
        self.rows
            .iter()
            .filter(|row| row.failure.is_some())
            .map(|row| row.subject.clone())
            .collect()
    }

    /// How long it has taken, by `now`.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        let end = self.ended_at.unwrap_or(now);
        let elapsed: SignedDuration = end.duration_since(self.started_at);
        elapsed.try_into().unwrap_or_default()
    }

    /// Steps a second; none before the first is over.
    pub fn rate(&self, now: Timestamp) -> Option<f64> {
        let seconds = self.elapsed(now).as_secs_f64();
        let done = u32::try_from(self.done).ok().filter(|done| *done > 0)?;
        (seconds > 0.0).then(|| f64::from(done) / seconds)
    }

    /// How long the rest will take at this rate; none where nobody can know.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        if !self.stage.is_active() || self.total == 0 {
            return None;
        }
        let left = u32::try_from(self.total.saturating_sub(self.done)).ok()?;
        Duration::try_from_secs_f64(f64::from(left) / self.rate(now)?).ok()
    }
}

/// Every job of one deployment, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    all: Vec<Job>,
    newest: JobId,
    /// Whether something changed since the list was last shown.
    pub changed: bool,
}

impl Jobs {
    /// A new job that is under way.
    pub fn start(&mut self, title: String, work: Work, total: usize, now: Timestamp) -> JobId {
        self.newest = JobId(self.newest.0 + 1);
        self.changed = true;
        self.all.push(Job {
            id: self.newest,
            key: self.newest.to_string(),
            title,
            stage: Stage::Running,
            done: 0,
            total,
            started_at: now,
            ended_at: None,
            rows: Vec::new(),
            failure: None,
            doing: None,
            under_way: IndexMap::new(),
            secrets: Vec::new(),
            then_prove: Vec::new(),
            work,
        });
        if self.all.len() > REMEMBERED
            && let Some(at) = self.all.iter().position(|job| !job.stage.is_active())
        {
            self.all.remove(at);
        }
        self.newest
    }

    /// Every job, oldest first.
    pub fn all(&self) -> &[Job] {
        &self.all
    }

    /// One job.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.all.iter().find(|job| job.id == id)
    }

    /// One job that is still under way, to be told of: what is over stays as it is, so that
    /// a late or repeated word changes nothing.
    pub fn active(&mut self, id: JobId) -> Option<&mut Job> {
        let job = self
            .all
            .iter_mut()
            .find(|job| job.id == id && job.stage.is_active())?;
        self.changed = true;
        Some(job)
    }

    /// Whether something is under way.
    pub fn are_active(&self) -> bool {
        self.all.iter().any(|job| job.stage.is_active())
    }

    /// The new passwords of a job, handed over for good.
    pub fn take_secrets(&mut self, id: JobId) -> Vec<(String, SecretString)> {
        self.all
            .iter_mut()
            .find(|job| job.id == id)
            .map(|job| std::mem::take(&mut job.secrets))
            .unwrap_or_default()
    }

    /// A job is over.
    pub fn end(&mut self, id: JobId, cancelled: bool, failure: Option<Failure>, now: Timestamp) {
        if let Some(job) = self.active(id) {
            job.ended_at = Some(now);
            job.doing = None;
            job.under_way.clear();
            job.stage = if cancelled {
                Stage::Cancelled
            } else if failure.is_some() || job.failed() > 0 {
                Stage::Failed
            } else {
                Stage::Done
            };
            job.failure = failure;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ErrorClass;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_running_job_says_how_fast_and_how_long() {
        let mut jobs = Jobs::default();
        let id = jobs.start("x".into(), Work::Verify, 40, at(0));
        assert_eq!(
            jobs.get(id).unwrap().remaining(at(2)),
            None,
            "nothing is known yet"
        );
        jobs.active(id).unwrap().done = 10;
        let job = jobs.get(id).unwrap();
        assert_eq!(job.rate(at(2)), Some(5.0));
        assert_eq!(job.remaining(at(2)), Some(Duration::from_secs(6)));
    }

    #[test]
    fn what_is_over_is_not_changed_by_a_late_word() {
        let mut jobs = Jobs::default();
        let id = jobs.start("x".into(), Work::Verify, 1, at(0));
        jobs.end(id, true, None, at(1));
        let failure = Failure::new(ErrorClass::Network, "x", "y");
        jobs.end(id, false, Some(failure), at(9));
        assert!(jobs.active(id).is_none());
        assert_eq!(jobs.get(id).unwrap().stage, Stage::Cancelled);
        assert_eq!(
            jobs.get(id).unwrap().elapsed(at(100)),
            Duration::from_secs(1)
        );
    }

    #[test]
    fn only_jobs_that_are_over_are_forgotten() {
        let mut jobs = Jobs::default();
        let first = jobs.start("first".into(), Work::Verify, 1, at(0));
        for _ in 0..300 {
            let id = jobs.start("x".into(), Work::Verify, 1, at(0));
            jobs.end(id, false, None, at(1));
        }
        assert!(jobs.get(first).is_some());
        assert!(jobs.all().len() <= REMEMBERED + 1);
    }
}
