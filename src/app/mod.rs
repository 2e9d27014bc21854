//! The application: event loop, messages, effects, remote data, jobs, navigation.
//!
//! One task owns all state; everything that happens is a [`Msg`] on one queue; [`update()`] is
//! pure and returns [`Effect`]s; one executor runs them. Nothing here draws.

pub mod action;
mod effect;
mod event_loop;
pub mod executor;
mod findings;
pub mod matrix;
mod message;
pub mod remote;
mod start;
pub mod state;
mod update;

pub use effect::Effect;
pub use event_loop::run;
pub use message::Msg;
pub use start::{ColorChoice, Connect, Connection, Screen, Start};
pub use state::State;
pub(crate) use update::in_mlflow;
pub use update::{begin, update};
