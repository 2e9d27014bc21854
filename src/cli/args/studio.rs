//! The command line about Studio: profiles, apps, spaces, clean-up.
#![expect(
    clippy::doc_markdown,
    reason = "the comments are the help texts, which a person reads as they stand"
)]

use clap::{Args, Subcommand};

use crate::domain::{AppStatus, Span};

/// `profiles …`
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// All of them: owner, execution role, what runs, what it costs
    List,
    /// One with everything that belongs to it
    Show {
        /// Its name
        profile: String,
    },
    /// Make a profile
    Create {
        /// Its name: letters, digits and hyphens
        profile: String,
        /// The execution role, by name or ARN; the domain's default where none is given
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        /// A tag, as KEY=VALUE; again for more
        #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
        tags: Vec<(String, String)>,
    },
    /// Give a profile another execution role
    SetRole {
        /// Its name
        profile: String,
        /// The execution role, by name or ARN
        role: String,
    },
    /// Delete profiles with their apps and spaces
    Delete {
        /// Their names
        #[arg(required = true, value_name = "PROFILE")]
        profiles: Vec<String>,
    },
}

/// `apps …`
#[derive(Debug, Subcommand)]
pub enum AppsCommand {
    /// Those that are there; with --all also those that failed, or were deleted today
    List {
        /// Which
        #[command(flatten)]
        filter: AppFilter,
        /// Also those that failed or are deleted
        #[arg(long)]
        all: bool,
    },
    /// Delete apps: those named, or those that the filters leave
    Delete {
        /// As apps list -o json tells them: OWNER/TYPE/NAME
        #[arg(value_name = "APP", required_unless_present_any = ["types", "older_than", "idle_over", "owner", "status"])]
        apps: Vec<String>,
        /// Which
        #[command(flatten)]
        filter: AppFilter,
    },
}

/// Which apps.
#[derive(Clone, Debug, Default, Args)]
pub struct AppFilter {
    /// Of this type, such as KernelGateway or JupyterLab; again for more
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// There for at least so long: 90m, 4h, 2d
    #[arg(long, value_name = "SPAN")]
    pub older_than: Option<Span>,
    /// Its user inactive for at least so long; apps of which that is not known are left out
    #[arg(long, value_name = "SPAN")]
    pub idle_over: Option<Span>,
    /// Of this profile or space
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Of this status, such as InService
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
}

impl AppFilter {
    /// Whether an app of this status is wanted.
    pub fn takes(&self, status: &AppStatus) -> bool {
        let wanted = self.status.as_ref();
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(status.as_str()))
    }
}

/// `spaces …`
#[derive(Debug, Subcommand)]
pub enum SpacesCommand {
    /// All of them
    List,
    /// Delete spaces with their apps
    Delete {
        /// Their names
        #[arg(required = true, value_name = "SPACE")]
        spaces: Vec<String>,
    },
}

/// `cleanup`
#[derive(Debug, Args)]
pub struct Cleanup {
    /// Apps of this type; KernelGateway where none is given, any for every one; again for more
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// There for at least so long: 90m, 4h, 2d
    #[arg(long, value_name = "SPAN")]
    pub older_than: Option<Span>,
    /// Its user inactive for at least so long; an app of which that is not known stays
    #[arg(long, value_name = "SPAN")]
    pub idle_over: Option<Span>,
    /// Of this profile or space
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// What this rule of the config file is about; again for more
    #[arg(long = "policy", value_name = "NAME", conflicts_with_all = ["types", "older_than", "idle_over", "owner"])]
    pub policies: Vec<String>,
    /// Everything that blocks deleting the domain, and with it the stack: apps, spaces, profiles
    #[arg(long, conflicts_with_all = ["types", "older_than", "idle_over", "owner", "policies"])]
    pub for_destroy: bool,
}

/// `KEY=VALUE`
fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as team=research".to_owned()),
    }
}
