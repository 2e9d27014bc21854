//! Who can do what, and how: people, groups, roles and Studio profiles against routes.
//!
//! A token is decided about by its groups and a signature by its role, so that everything is
//! decided once for each combination of groups and once for each role, and never once a user.

mod can;
mod decider;
mod house;
mod standing;
mod what;
mod who;

pub use can::{Extent, PermissionRights, Rights};
pub use decider::Decider;
pub use house::{Authorizer, House, KnownRole, Means, Resident, Subject};
pub use standing::Standing;
pub use what::What;
pub use who::{Answer, Around, Holder, Way, Who};

#[cfg(test)]
pub(in crate::access) mod fixture;
#[cfg(test)]
mod tests;
