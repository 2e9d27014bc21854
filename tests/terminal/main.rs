//! The real program in real terminals: good ones, poor ones, and ones that go away.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod kept;
mod looks;
mod session;
mod use_it;
