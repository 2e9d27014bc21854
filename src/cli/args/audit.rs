//! The command line of the questions: who can, what can, why.

use clap::Args;

use crate::{access::audit::What, domain::Principal};

/// `who-can`
#[derive(Debug, Args)]
pub struct WhoCan {
    /// A permission (registered-models:register), a glob ("*:delete") or a route ("POST /api/2.0/mlflow/runs/create")
    pub what: What,
    /// Only people: leave out groups, roles and profiles
    #[arg(long, conflicts_with = "no_users")]
    pub users: bool,
    /// Only groups, roles and profiles: no user is read
    #[arg(long)]
    pub no_users: bool,
    /// List so many users at the most, and count the others; 0 lists all [default: 50 in a table, all elsewhere]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `can`
#[derive(Debug, Args)]
pub struct Can {
    /// user:EMAIL, group:NAME, "group:A B", role:NAME-or-ARN, profile:NAME or anonymous
    pub principal: Principal,
    /// Only this permission, a glob over permissions, or a route ("POST /…"): route by route
    pub what: Option<What>,
    /// As if the token carried these groups
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub groups: Option<Vec<String>>,
}

/// `why`
#[derive(Debug, Args)]
pub struct Why {
    /// user:EMAIL, group:NAME, "group:A B", role:NAME-or-ARN, profile:NAME or anonymous
    pub principal: Principal,
    /// A route, as METHOD PATH or "METHOD PATH", or a permission: each of its routes in brief
    #[arg(required = true, num_args = 1..=2, value_name = "METHOD PATH")]
    pub what: Vec<String>,
    /// As if the token carried these groups
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub groups: Option<Vec<String>>,
}
