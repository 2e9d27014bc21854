//! The command line about the matrix.

use std::path::PathBuf;

use clap::Subcommand;

/// `matrix …`
#[derive(Debug, Subcommand)]
pub enum MatrixCommand {
    /// Rows and what each may do
    Show,
    /// Check the file alone
    Check,
    /// Where the file, what is deployed, and the last live verify differ; 1 where they do
    Diff {
        /// Only permissions that match
        #[arg(long, value_name = "GLOB")]
        permission: Option<String>,
    },
    /// Declare what is deployed instead: rewrites the rows of the file, comments stay
    Adopt {
        /// The file to write; the context's where none is named
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say in the file that a row may do something
    Allow {
        /// The row
        row: String,
        /// Permissions, globs over them, or routes as "METHOD /path"
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<String>,
    },
    /// Say in the file that a row may not do something
    Deny {
        /// The row
        row: String,
        /// Permissions, globs over them, or routes as "METHOD /path"
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<String>,
    },
    /// Give every execution role what the file declares; publish does so for the groups
    Apply {
        /// Do not prove afterwards what the roles may do
        #[arg(long)]
        no_proof: bool,
    },
    /// Give every group what the file declares: puts the drop-in authorizer into effect, proves
    /// it, and puts back what was there where anything got worse
    Publish,
    /// The authorizer's packages of before; with a version or a hash, puts that one back
    Rollback {
        /// A version, or how the package's hash begins
        #[arg(value_name = "VERSION|SHA")]
        package: Option<String>,
    },
    /// What an upgrade of MLflow takes from whom and opens for whom; 1 where it does
    Upgrade {
        /// The version to upgrade to; the newest known where none is named
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// Make the proposed changes in the file
        #[arg(long)]
        write: bool,
    },
}
