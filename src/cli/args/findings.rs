//! The command line about findings.

use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::access::Severity;

/// `findings`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Findings {
    /// Only of this severity or worse: high, medium, low or info
    #[arg(long)]
    pub severity: Option<Severity>,
    /// Only of kinds that match, such as side-door-*
    #[arg(long, value_name = "GLOB")]
    pub id: Option<String>,
    /// Show the suppressed ones too; JSON, SARIF and JUnit always have them
    #[arg(long)]
    pub suppressed: bool,
    /// What to do with them
    #[command(subcommand)]
    pub command: Option<FindingsCommand>,
}

/// `findings …`
#[derive(Debug, Subcommand)]
pub enum FindingsCommand {
    /// Leave findings as they are for a while: adds a suppression to the config file
    Suppress {
        /// Their kind, or a glob over kinds
        id: String,
        /// Their subject, or a glob over subjects, such as user:ada*
        subject: String,
        /// Only those whose detail matches, such as "bearer *:write"
        #[arg(long, value_name = "GLOB")]
        detail: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The last day on which it holds, such as 2027-03-01
        #[arg(long, value_name = "DAY")]
        until: Date,
    },
}
