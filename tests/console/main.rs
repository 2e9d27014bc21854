//! The console: every screen as it is drawn, the whole of it on the sandbox, and the real
//! program in a real pty.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod any_input;
mod cells;
mod findings;
mod in_effect;
mod live;
mod matrix;
mod mlflow;
mod newer;
mod people;
mod questions;
mod scene;
mod screens;
mod search;
mod stories;
mod studio;
mod themes;
mod windows;
