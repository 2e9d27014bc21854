//! One file a screen.

pub(super) mod groups;
pub(super) mod matrix;
pub(super) mod overview;
pub(super) mod users;
