//! Plans on the sandbox, over the wire: cut off anywhere and gone on with, disturbed, killed,
//! taken back.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod boundaries;
mod disturbed;
mod interleaved;
mod killed;
mod others;
mod roles;
mod stage;
mod studio;
mod two;
