//! Everything that happens to the console, on one queue.

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use super::remote::Ticket;
use crate::{
    aws::discovery::Discovered,
    domain::{Failure, Group, User},
    probe::{self, Report},
};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has another size.
    Resized,
    /// Time passed, while something on the screen moves.
    Tick,
    /// The system asks the console to end.
    Terminate,
    /// Connecting failed.
    NotConnected(Failure),
    /// An item of the deployment is known.
    Discovered(Discovered),
    /// What earlier runs left behind in the deployment, as phrases.
    LeftBehind(Vec<String>),
    /// Nothing more will be discovered.
    DiscoveryDone(Timestamp),
    /// A page of users.
    Users(Ticket, Vec<User>),
    /// All users are there, or not.
    UsersDone(Ticket, Result<Timestamp, Failure>),
    /// A group with the user names of its members.
    Group(Ticket, Group, Vec<String>),
    /// All groups are there, or not.
    GroupsDone(Ticket, Result<Timestamp, Failure>),
    /// News of a verify; whether it is a live one.
    Verify {
        /// Whether requests are sent.
        live: bool,
        /// What happened.
        event: Box<probe::Event>,
    },
    /// A verify is over.
    Verified {
        /// Whether requests were sent.
        live: bool,
        /// What it found.
        result: Result<Box<Report>, Failure>,
    },
}
