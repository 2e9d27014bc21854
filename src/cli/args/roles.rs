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
    /// The ways around the matrix that roles' policies leave open by their text; evaluated, never
    /// taken; exits 1 where there is one
    Doors {
        /// Only this one, by name or ARN
        role: Option<String>,
    },
    /// The policy that closes a role's side doors and keeps Studio working; shown, and written
    /// with --apply
    Guard {
        /// Its name or ARN
        role: String,
        /// Narrower policies in place of AmazonSageMakerFullAccess, rather than a policy that
        /// denies
        #[arg(long)]
        replace: bool,
        /// Write it
        #[arg(long)]
        apply: bool,
    },
}
