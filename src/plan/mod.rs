//! Every write: what will be done is said first, recorded before it is done, and undone
//! where it was only borrowed.
//!
//! Nothing here decides whether a change is wanted; that is asked at the top.

pub mod journal;
mod password;
mod user_change;

use serde::Serialize;

pub use journal::{Borrowed, Change, Changed, Entry, Journal, Leftover};
pub use password::temporary_password;
pub use user_change::{UserChange, shell_quoted};

/// One call of a plan, as a preview shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCall {
    /// The call, as `service:Action`.
    pub call: String,
    /// What it is made on.
    pub on: String,
    /// What it does, one sentence.
    pub does: String,
    /// How it is undone, where it is.
    pub undone_by: Option<String>,
}
