//! Who may do what: routes, permissions, the matrix, policy evaluation, decisions, findings.
//!
//! Pure: values in, values out. Nothing here reads a file, a clock or the network, and
//! nothing here knows how a decision is shown.

pub mod adopt;
pub mod api;
pub mod audit;
pub mod authorizer;
pub mod catalog;
mod compile;
mod cover;
pub mod decision;
pub mod door;
pub mod explain;
pub mod finding;
pub mod impact;
pub mod inference;
pub mod matrix;
mod overlap;
pub mod pairs;
pub mod permission;
pub mod policy;
pub mod role_policy;
pub mod route;
#[cfg(test)]
mod sample;
pub mod trust;
pub mod upgrade;

pub use adopt::{Deployed, adopted};
pub use api::{Api, INVOKE, policy_set, policy_set_by};
pub use authorizer::{Caller, Contract, Nobody, Pick, method_arn};
pub use catalog::Catalog;
pub use compile::contract_of;
pub use decision::{Basis, Decision, Effect};
pub use finding::{Finding, Severity};
pub use impact::{Impact, impact};
pub use matrix::{Entry, Matrix, MatrixRow};
pub use policy::{
    AccessRequest, ActionView, Compiler, Context, Estimate, PartialContext, PolicyFault, PolicySet,
    PolicyText,
};
pub use route::{Kind, Method, Probe, Route, SafeRequest};
pub use upgrade::{Preflight, preflight};
