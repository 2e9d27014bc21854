//! A terminal console for the administrators of *MLflow behind Amazon API Gateway*.
//!
//! The library holds everything but the dispatch of `main.rs`, so that tests and
//! benches drive the same code as the program. Arrows run downward only:
//! [`ui`], [`cli`] → [`app`] → [`probe`], [`plan`] → [`aws`], [`identity`],
//! [`mlflow`] → [`access`] → [`domain`]. [`config`] is read at the top and handed
//! down as values. Nothing but `main`, `cli/demo` and `cli/sandbox` names
//! [`sandbox`].

pub mod access;
pub mod app;
pub mod aws;
pub mod browse;
pub mod cli;
pub mod config;
pub mod domain;
pub mod identity;
pub mod mlflow;
pub mod plan;
pub mod probe;
pub mod review;
pub mod sandbox;
pub mod story;
pub mod ui;
