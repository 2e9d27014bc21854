//! MLflow's REST API through one authentication scheme.
//!
//! A request is sent as it stands: the path is not encoded again, redirects are not
//! followed, nothing is retried. Who answered and what it means is for the caller to say.
//! A [`Call`] is a typed request as a value; only it turns an answer into a value or a failure.

mod call;
mod client;
mod curl;
pub mod experiments;
mod json;
pub mod models;
pub mod newer;
pub mod registry;
pub mod runs;
mod search;
mod version;

pub(crate) use call::refused;
pub use call::{Call, Root, objection};
pub use client::{Answer, ApiRequest, Client, Incoming};
pub use curl::as_curl;
pub(crate) use json::read as read_json;
pub use runs::SearchRuns;
pub use search::{Search, View};
pub use version::{Heard, Question, learn_version};
