//! Windows and the detail pane, as a user works them: keys, pastes and clicks in, what is drawn
//! and what comes of it out.

mod any_input;
mod assist;
mod confirm;
mod detail;
mod form;
mod harness;
mod notes;
mod picker;
