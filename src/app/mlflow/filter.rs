//! MLflow's languages for filters and orders, as far as a person typing them needs help: what may
//! come next at the cursor, and where an error is.
//!
//! What MLflow accepts was measured on 2.12.2 and on 3.17.2 for each kind of search (logged models
//! and traces are MLflow 3's alone); the proof is
//! a test that sends every completion to both.

mod complete;
mod fault;
mod helper;
mod language;
mod lexer;
mod order;
mod seen;

pub use complete::{Candidate, Completion, Expects, complete};
pub use fault::{Fault, fault};
pub use helper::Helper;
pub use language::{Kind, Language};
pub use lexer::{Shape, Token, tokens};
pub use order::complete_order;
pub use seen::Seen;

#[cfg(test)]
mod tests;
