//! Using the protected MLflow as somebody: becoming a principal, sending requests as it, and a
//! record of each with what the matrix says of it.
//!
//! Used by the console and by the commands alike. It owns who one has become, and gives back what
//! was borrowed for it. It shows nothing and decides nothing about what a page holds.

mod caller;
pub mod download;
mod exchange;
mod host;
mod lacking;
mod offer;
mod pages;
mod peek;
mod proof;
mod python;
mod trace;
mod tree;
mod who;
mod wish;

pub use download::{Download, Fetched, Outcome, Progress};
pub use exchange::Exchange;
pub use host::{Host, Reply};
pub use offer::{ChangeKind, Foreseen, Offer, Seen};
pub use pages::{Listed, Paging};
pub use python::as_python;
pub use tree::Tree;
pub use who::Who;
pub use wish::{STAGES, Wish};
