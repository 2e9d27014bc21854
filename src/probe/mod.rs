//! Safe requests, the runner, verdicts and reports: the matrix proved by real requests that
//! change nothing.
//!
//! Used by the console and by the commands alike. It prints nothing, and writes nothing but
//! what it borrows and gives back ([`probe_user`], [`temporary_trust`]).

pub mod actor;
pub mod adopt;
pub mod audit;
pub mod classify;
pub mod evidence;
mod findings;
pub mod in_effect;
mod known;
pub mod learn;
mod loan;
mod options;
mod outcome;
pub mod pace;
pub mod plan;
pub mod predict;
mod prepare;
pub mod probe_user;
pub mod publish;
pub mod report;
pub mod run;
pub mod sender;
pub mod stay;
pub mod temporary_trust;
pub mod verdict;

pub use actor::Secrets;
pub use known::known;
pub use learn::{Learned, Lesson};
pub use options::VerifyOptions;
pub use outcome::{Event, Report, Summary};
pub use plan::Skipped;
pub use publish::Publisher;
pub use run::Verifier;
pub use stay::Stay;
pub use verdict::{Cell, Layer, Observation, Retry, Verdict};
