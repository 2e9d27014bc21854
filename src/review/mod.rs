//! The review pack: who can do what, with the evidence of it, the decisions about each person,
//! and a digest that shows later changes.
//!
//! Everything here is pure: from what a verify and a survey found to a [`Pack`], from a pack to
//! files, from a reviewer's sheet to [`Decision`]s, from decisions to a plan. It stands above
//! [`crate::probe`] and [`crate::plan`], whose results it puts together, and below the command
//! line, which asks, reads and writes.

mod build;
mod closing;
mod csv;
mod decision;
pub mod digest;
pub mod files;
mod html;
mod markdown;
mod pack;
mod removal;
mod sheet;
mod shown;
mod signs;
mod words;

pub use self::csv::{matrix_csv, people_csv};
pub use build::{Material, group_sets};
pub use closing::close;
pub use decision::{Choice, Decision, Verdicts};
pub use digest::{Checked, Digests};
pub use html::{data_of, to_html};
pub use markdown::to_markdown;
pub use pack::{
    CarriedOut, Closure, Declared, Evidence, Grant, Level, MadeStep, Mark, Pack, Reviewed, Run,
    Scope, Sealed, Tally, Term, parse,
};
pub use removal::{Removal, removals, signed_by};
pub use sheet::{read, to_csv};
pub use shown::visible;
