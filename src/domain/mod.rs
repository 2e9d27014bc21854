//! Plain types of the field: no I/O, no terminal, no wire format.

pub mod app;
pub mod attributes;
pub mod deployment;
pub mod email;
pub mod environment;
pub mod failure;
pub mod group;
pub mod person;
pub mod price;
pub mod principal;
pub mod profile;
pub mod role;
pub mod scheme;
pub mod shell;
pub mod space;
pub mod span;
pub mod spreadsheet;
pub mod user;
pub mod whole;

pub use app::{App, AppId, AppOwner, AppStatus};
pub use attributes::Attributes;
pub use deployment::{Deployment, Found, Origin, Problem};
pub use environment::Environment;
pub use failure::{ErrorClass, Failure};
pub use group::Group;
pub use person::{MatchRule, Mismatch, Person};
pub use price::{Bill, Cost, Prices, Usd};
pub use principal::Principal;
pub use profile::Profile;
pub use role::{ExecutionRole, PolicySource, Role, RolePolicy};
pub use scheme::AuthScheme;
pub use shell::shell_quoted;
pub use space::Space;
pub use span::Span;
pub use user::{User, UserStatus};
