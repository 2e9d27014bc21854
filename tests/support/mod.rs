//! What the tests and benches with real peers share: pinned Python environments
//! and server processes that end with their owner.

pub mod aws_servers;
pub mod mlflow_server;
pub mod process;
pub mod sandboxed;
pub mod venv;
