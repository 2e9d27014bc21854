//! The command line about execution roles.

use clap::Subcommand;

/// `roles …`
#[derive(Debug, Subcommand)]
pub enum RolesCommand {
    /// All of them: profiles, trust, and what they are worth in MLflow
    List,
    /// One with its trust in words, its policies, and what it may do in MLflow
    Show {
        /// Its name or ARN
        role: String,
    },
    /// The least inline policy that gives a role what the matrix declares; shown, and written
    /// with --apply
    Policy {
        /// Its name or ARN
        role: String,
        /// Another row of the matrix than the role's own
        #[arg(long, value_name = "ROW")]
        level: Option<String>,
        /// Write it
        #[arg(long)]
        apply: bool,
        /// Do not prove afterwards what the role may do
        #[arg(long)]
        no_proof: bool,
    },
}
