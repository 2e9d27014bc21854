//! The durable record of what was borrowed from the deployment and must be given back, and
//! of every plan with what became of its steps.
//!
//! Append-only JSON lines, each on the disk before the call it announces is made, so that a
//! process that was killed leaves behind what the next one needs to tidy up or to go on. It
//! holds no secret.

mod plans;

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use plans::{PlanRecord, Standing, StepRecord, Work};

use super::{PackageStore, Plan};
use crate::domain::{ErrorClass, Failure, Principal};

/// The version of the journal's lines.
const SCHEMA: u32 = 1;

/// Something that a run makes for its own time only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Borrowed {
    /// A probe user of a pool.
    ProbeUser {
        /// The pool's region.
        region: String,
        /// The pool's id.
        pool: String,
        /// The user's name.
        user: String,
    },
    /// A trust statement of an execution role.
    TemporaryTrust {
        /// The account that the role is in.
        account: String,
        /// The role's name.
        role: String,
        /// The statement's id.
        sid: String,
        /// The trust policy as it was before.
        before: String,
    },
    /// The package of the authorizer's function, until it is proved that nothing got worse.
    UnprovenPublication {
        /// The function's ARN.
        function: String,
        /// The SHA-256 of the package that was there, of which a copy is kept.
        before: String,
        /// The SHA-256 of the package that is to be proved.
        after: String,
        /// The plan that puts it into effect.
        plan: Uuid,
    },
    /// An experiment of a story's. MLflow's API only marks it deleted.
    ScratchExperiment {
        /// The URL of the API that it was made through.
        api: String,
        /// Who made it, and can take it away.
        by: Principal,
        /// The name that nobody else has.
        name: String,
        /// Its id, where it was there before: an earlier story's, restored.
        id: Option<String>,
        /// What it was called before that.
        was: Option<String>,
    },
    /// A registered model of a story's, with its versions.
    ScratchModel {
        /// The URL of the API that it was made through.
        api: String,
        /// Who can take it away.
        by: Principal,
        /// The name that nobody else has.
        name: String,
    },
}

impl Borrowed {
    /// What it is, as a phrase: `the probe user x of pool y`.
    pub fn describe(&self) -> String {
        match self {
            Self::ProbeUser { pool, user, .. } => format!("the probe user {user} of pool {pool}"),
            Self::TemporaryTrust { role, sid, .. } => {
                format!("the trust statement {sid} of role {role}")
            }
            Self::UnprovenPublication {
                function, after, ..
            } => {
                let name = function.rsplit(':').next().unwrap_or(function);
                format!("the package {after} of function {name}, until it is proved")
            }
            Self::ScratchExperiment { name, .. } => format!("the experiment {name} of a story"),
            Self::ScratchModel { name, .. } => format!("the registered model {name} of a story"),
        }
    }
}

/// What a line says of the entry that it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// About to be borrowed.
    Borrowed(Borrowed),
    /// Given back.
    GivenBack,
    /// Giving it back failed.
    Failed(String),
    /// A plan is about to be run.
    Planned(Box<Plan>),
    /// A run begins to work on a plan, or goes on with it.
    TakenUp,
    /// A step of a plan is about to be made.
    Stepping { item: usize, step: usize },
    /// A step of a plan is made; `ours` where it was not as wanted before.
    Stepped {
        item: usize,
        step: usize,
        ours: bool,
        /// What it made, where only its answer names that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made: Option<String>,
    },
    /// A step of a plan failed.
    StepFailed {
        item: usize,
        step: usize,
        why: String,
    },
    /// A plan is over: nothing more of it is made in this run.
    Ended,
    /// What is left of a plan is not wanted any more.
    Dismissed,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    schema: u32,
    at: Timestamp,
    id: Uuid,
    run: Uuid,
    state: State,
}

/// One thing borrowed, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The entry's id.
    pub id: Uuid,
    /// The run that made it.
    pub run: Uuid,
    /// What was borrowed.
    pub borrowed: Borrowed,
    /// When it was announced.
    pub at: Timestamp,
    /// When it was given back.
    pub given_back_at: Option<Timestamp>,
    /// Why giving it back failed, the last time it was tried.
    pub failure: Option<String>,
}

/// Something borrowed by a run that is over, and not given back.
pub type Leftover = Entry;

/// The journal of one state folder. Clones share the run's identity.
#[derive(Clone, Debug)]
pub struct Journal {
    file: PathBuf,
    run: Arc<Run>,
}

/// The lock that says this process is alive; the system releases it however it ends.
#[derive(Debug)]
struct Run {
    id: Uuid,
    lock: PathBuf,
    _held: File,
    /// The plans that this process works on now.
    at_work: Mutex<HashSet<Uuid>>,
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.lock);
    }
}

impl Journal {
    /// The journal in `folder`, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let doing = format!("opening the journal in {}", folder.display());
        let failed = |error: std::io::Error| {
            Failure::invalid(&doing, error.to_string())
                .advise("make the folder writable, or name another by MLWARDEN_STATE_DIR")
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let id = Uuid::new_v4();
        let lock = run_lock(folder, id);
        let held = File::create(&lock).map_err(failed)?;
        held.lock().map_err(failed)?;
        Ok(Self {
            file: folder.join("journal.jsonl"),
            run: Arc::new(Run {
                id,
                lock,
                _held: held,
                at_work: Mutex::default(),
            }),
        })
    }

    /// The copies of packages beside it.
    pub fn packages(&self) -> PackageStore {
        PackageStore::of(self.file.parent().unwrap_or(Path::new(".")))
    }

    /// Records that something is about to be borrowed; it is on the disk when this returns.
    pub fn borrow(&self, borrowed: Borrowed) -> Result<Uuid, Failure> {
        let id = Uuid::new_v4();
        self.append(id, State::Borrowed(borrowed))?;
        Ok(id)
    }

    /// Records that it was given back.
    pub fn given_back(&self, id: Uuid) -> Result<(), Failure> {
        self.append(id, State::GivenBack).map(drop)
    }

    /// Records that giving it back failed, and why.
    pub fn failed(&self, id: Uuid, failure: &Failure) -> Result<(), Failure> {
        self.append(id, State::Failed(failure.to_string()))
            .map(drop)
    }

    /// Everything ever borrowed, oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries: IndexMap<Uuid, Entry> = IndexMap::new();
        for line in self.lines()? {
            match line.state {
                State::Borrowed(borrowed) => {
                    entries.insert(
                        line.id,
                        Entry {
                            id: line.id,
                            run: line.run,
                            borrowed,
                            at: line.at,
                            given_back_at: None,
                            failure: None,
                        },
                    );
                }
                State::GivenBack => {
                    if let Some(entry) = entries.get_mut(&line.id) {
                        entry.given_back_at = Some(line.at);
                        entry.failure = None;
                    }
                }
                State::Failed(message) => {
                    if let Some(entry) = entries.get_mut(&line.id) {
                        entry.failure = Some(message);
                    }
                }
                _ => {}
            }
        }
        Ok(entries.into_values().collect())
    }

    /// Every line, oldest first. Lines that cannot be read (a torn last line of a killed
    /// process) are passed over.
    fn lines(&self) -> Result<Vec<Line>, Failure> {
        match fs::read_to_string(&self.file) {
            Ok(text) => Ok(parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// What runs that are over did not give back.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, Failure> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut entries = self.entries()?;
        entries.retain(|entry| {
            entry.given_back_at.is_none()
                && (entry.failure.is_some() || !is_alive(folder, entry.run))
        });
        Ok(entries)
    }

    /// Adds a line; it is on the disk when this returns its time.
    fn append(&self, id: Uuid, state: State) -> Result<Timestamp, Failure> {
        let line = self.line(id, state);
        self.locked()
            .and_then(|mut file| write(&mut file, &line))
            .map_err(|error| self.unreadable(&error))?;
        Ok(line.at)
    }

    fn line(&self, id: Uuid, state: State) -> Line {
        Line {
            schema: SCHEMA,
            at: Timestamp::now(),
            id,
            run: self.run.id,
            state,
        }
    }

    /// The file, to be written by nobody else while it is held.
    fn locked(&self) -> std::io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.file)?;
        file.lock()?;
        Ok(file)
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        Failure::new(
            ErrorClass::Unavailable,
            format!("writing the journal {}", self.file.display()),
            error.to_string(),
        )
        .advise("make the file writable; nothing is changed that cannot be recorded first")
    }
}

/// Lines that can be read.
fn parse(text: &str) -> Vec<Line> {
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn write(file: &mut File, line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    // A process killed while writing leaves half a line: this one must not join it.
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.insert(0, '\n');
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn run_lock(folder: &Path, run: Uuid) -> PathBuf {
    folder.join(format!("run-{run}.lock"))
}

/// Whether the process of `run` still holds its lock.
fn is_alive(folder: &Path, run: Uuid) -> bool {
    let path = run_lock(folder, run);
    let Ok(file) = File::open(&path) else {
        return false;
    };
    if file.try_lock().is_ok() {
        // Its process was killed: the lock file is of no more use.
        let _ = fs::remove_file(&path);
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Borrowed {
        Borrowed::ProbeUser {
            region: "us-west-2".into(),
            pool: "us-west-2_x".into(),
            user: name.into(),
        }
    }

    #[test]
    fn what_a_dead_run_did_not_give_back_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path()).unwrap();
        let kept = first.borrow(user("kept")).unwrap();
        let returned = first.borrow(user("returned")).unwrap();
        first.given_back(returned).unwrap();

        let second = Journal::open(folder.path()).unwrap();
        assert_eq!(second.leftovers().unwrap(), [], "the first run is alive");
        drop(first);
        let left = second.leftovers().unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].borrowed, user("kept"));

        second.given_back(kept).unwrap();
        assert_eq!(second.leftovers().unwrap(), []);
    }

    #[test]
    fn what_could_not_be_given_back_is_left_over_even_in_its_own_run() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let id = journal.borrow(user("stuck")).unwrap();
        let failure = Failure::new(ErrorClass::Throttled, "deleting", "slow down");
        journal.failed(id, &failure).unwrap();
        assert_eq!(journal.leftovers().unwrap()[0].id, id);
    }

    #[test]
    fn a_torn_line_hides_nothing_and_is_not_joined() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.borrow(user("before")).unwrap();
        let file = folder.path().join("journal.jsonl");
        let mut text = fs::read_to_string(&file).unwrap();
        text.push_str("{\"schema\":1,\"at\":\"2026-");
        fs::write(&file, text).unwrap();
        journal.borrow(user("after")).unwrap();
        let names: Vec<_> = journal
            .entries()
            .unwrap()
            .into_iter()
            .map(|entry| entry.borrowed)
            .collect();
        assert_eq!(names, [user("before"), user("after")]);
    }
}
