//! The command line about access reviews.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::domain::Principal;

/// `review`
#[derive(Debug, Args)]
pub struct Review {
    /// What is done with a pack; none makes one.
    #[command(subcommand)]
    pub command: Option<ReviewCommand>,
    /// How a pack is made.
    #[command(flatten)]
    pub make: MakeReview,
}

/// How a pack is made.
#[derive(Clone, Debug, Default, Args)]
pub struct MakeReview {
    /// The folder to write, which must not hold anything; review-DATE where none is named
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Whose access is tested; every group, every set of groups that somebody has, every execution role and anonymous where none is named
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub principals: Vec<Principal>,
    /// Send nothing, make nobody: only what the deployed policies compute to
    #[arg(long)]
    pub predicted_only: bool,
    /// Where a role's trust refuses you, let you alone in for minutes
    #[arg(long)]
    pub grant_trust: bool,
    /// Requests a second at most
    #[arg(long, value_name = "N")]
    pub rate: Option<u32>,
    /// Requests under way at once, at most 50
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub concurrency: u8,
}

impl MakeReview {
    /// Whether any of it is asked for, besides what has a default.
    pub fn is_given(&self) -> bool {
        self.out.is_some()
            || !self.principals.is_empty()
            || self.predicted_only
            || self.grant_trust
            || self.rate.is_some()
    }
}

/// `review …`
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Whether the files of a review are as they were written
    ///
    /// 0 where they are, 1 where one was altered, 3 where one cannot be compared.
    Verify {
        /// review.html, review.json, or the folder with all of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The digest that was kept apart from the files: they must have this one
        #[arg(long, value_name = "SHA256")]
        digest: Option<String>,
    },
    /// Write decisions into the sheet, as a spreadsheet would
    Decide(Decide),
    /// Put the decisions into effect, as one plan
    Apply(ApplyReview),
    /// Write the pack with its decisions: the end of the review
    Close(CloseReview),
}

/// `review decide`
#[derive(Debug, Args)]
pub struct Decide {
    /// The pack: review.json, or its folder
    pub pack: PathBuf,
    /// Whose access stays: user name, address or profile; again for more
    #[arg(long, value_name = "PERSON")]
    pub keep: Vec<String>,
    /// Whose access goes; again for more
    #[arg(long, value_name = "PERSON")]
    pub remove: Vec<String>,
    /// Who leaves some groups; again for more
    #[arg(long, value_name = "PERSON=GROUP,GROUP", value_parser = change)]
    pub change: Vec<(String, Vec<String>)>,
    /// Why; removals and changes need it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Who decides; the name that you are logged in by where none is given
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The sheet; decisions.csv beside the pack where none is named
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
}

/// `review apply`
#[derive(Debug, Args)]
pub struct ApplyReview {
    /// The pack: review.json, or its folder
    pub pack: PathBuf,
    /// The sheet; decisions.csv beside the pack where none is named
    pub decisions: Option<PathBuf>,
    /// Change nothing unless everybody is decided on
    #[arg(long)]
    pub complete: bool,
    /// Delete the Studio profiles of those who are removed too, and the apps and spaces
    #[arg(long)]
    pub studio_profile: bool,
    /// Write what came of each person to this file, as CSV
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
}

/// `review close`
#[derive(Debug, Args)]
pub struct CloseReview {
    /// The pack: review.json, or its folder
    pub pack: PathBuf,
    /// The sheet; decisions.csv beside the pack where none is named
    pub decisions: Option<PathBuf>,
    /// What to write: a file that ends in .html, .json or .md, else a folder with all of them
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Who closes it; the name that you are logged in by where none is given
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The plan that put the decisions into effect, by the beginning of its id: what the journal says of it is recorded
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
    /// Write nothing unless everybody is decided on
    #[arg(long)]
    pub complete: bool,
}

/// `PERSON=GROUP,GROUP`
fn change(text: &str) -> Result<(String, Vec<String>), String> {
    let groups = |text: &str| -> Vec<String> {
        text.split(',')
            .map(str::trim)
            .filter(|group| !group.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    };
    match text.rsplit_once('=') {
        Some((person, list)) if !person.is_empty() && !groups(list).is_empty() => {
            Ok((person.to_owned(), groups(list)))
        }
        _ => Err("write PERSON=GROUP, such as ada@example.com=admins".to_owned()),
    }
}
