//! What the console wants done: values, run by the executor alone.

use super::remote::Ticket;
use crate::probe::VerifyOptions;

/// Something to be done outside the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Find the deployment (and connect first, where there is no connection yet).
    Discover,
    /// Read the pool's users.
    LoadUsers(Ticket),
    /// Read the pool's groups and their members.
    LoadGroups(Ticket),
    /// Verify: live, or predicted only.
    Verify(VerifyOptions),
    /// Stop the live verify; it gives back first.
    CancelVerify,
    /// Put a text on the terminal's clipboard.
    Copy(String),
}
