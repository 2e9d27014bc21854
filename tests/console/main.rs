//! The console: every screen as it is drawn, the whole of it on the sandbox, and the real
//! program in a real pty.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod live;
mod pty;
mod scene;
mod screens;
