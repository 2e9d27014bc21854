//! MLflow's REST API through one authentication scheme.
//!
//! A request is sent as it stands: the path is not encoded again, redirects are not
//! followed, nothing is retried. Who answered and what it means is for the caller to say;
//! only the typed calls turn an answer into a value or a failure.

mod client;
mod curl;
pub mod models;
mod search;
mod version;

pub use client::{Answer, ApiRequest, Client};
pub use curl::as_curl;
pub use search::{Search, SearchRuns};
pub use version::learn_version;
