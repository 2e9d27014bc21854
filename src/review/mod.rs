//! The review pack: who can do what, with the evidence of it, the decisions about each person,
//! and a digest that shows later changes.
//!
//! Almost everything here is pure: from what a verify and a survey found to a [`Pack`], from a pack
//! to files, from a reviewer's sheet to [`Decision`]s, from decisions to a plan. Only a [`Maker`]
//! reads the deployment, and only [`writing`] touches the disk. It stands above [`crate::probe`]
//! and [`crate::plan`], whose results it puts together, and below the console and the command
//! line, which ask.

mod build;
mod closing;
mod csv;
mod decision;
pub mod digest;
pub mod files;
mod html;
mod making;
mod markdown;
mod pack;
mod removal;
mod sheet;
mod shown;
mod signs;
mod words;
pub mod writing;

pub use self::csv::{matrix_csv, people_csv};
pub use build::{Material, group_sets};
pub use closing::close;
pub use decision::{Choice, Decision, Verdicts};
pub use digest::{Checked, Digests};
pub use html::{data_of, to_html};
pub use making::{Made, Maker, Ready, Wishes};
pub use markdown::to_markdown;
pub use pack::{
    CarriedOut, Closure, Declared, Evidence, Grant, Level, MadeStep, Mark, Pack, Reviewed, Run,
    Scope, Sealed, Tally, Term, parse,
};
pub use removal::{Removal, removals, signed_by};
pub use sheet::{read, to_csv};
pub use shown::visible;
