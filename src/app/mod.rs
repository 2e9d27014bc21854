//! The application: event loop, messages, effects, remote data, jobs, navigation.
//!
//! One task owns all state; everything that happens is a [`Msg`] on one queue; [`update()`] is
//! pure and returns [`Effect`]s; one executor runs them. Nothing here draws.

pub mod actions;
pub mod command;
pub mod data;
pub mod detail;
pub mod dialog;
pub mod draft;
pub mod effect;
mod event_loop;
pub mod executor;
pub mod findings;
pub mod headless;
pub mod hit;
pub mod inquiry;
pub mod job;
pub mod kept;
pub mod keymap;
pub mod layer;
pub mod lists;
pub mod log;
pub mod matrix;
pub mod message;
pub mod mlflow;
pub mod nav;
pub mod palette;
pub mod record;
pub mod remote;
mod replay;
pub mod rules;
mod screen;
pub mod start;
pub mod state;
mod steady;
pub mod table;
pub mod terminal;
pub mod tone;
mod update;

pub use effect::Effect;
pub use event_loop::run;
pub use headless::Headless;
pub use message::Msg;
pub use replay::replay;
pub use screen::Screen;
pub use start::{Atlas, Choice, ColorChoice, Connect, Connection, Label, Place, Places, Start};
pub use state::State;
pub(crate) use update::offered;
pub use update::{begin, enabled, settle, update};
