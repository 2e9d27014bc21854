//! The command line about people: users, groups, onboarding and offboarding.
#![expect(
    clippy::doc_markdown,
    reason = "the comments are the help texts, which a person reads as they stand"
)]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::Principal;

/// How somebody new learns how to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Welcome {
    /// Cognito writes an e-mail with a temporary password
    #[default]
    Mail,
    /// A temporary password is made and shown once
    Shown,
    /// Nobody is told
    Silent,
}

/// `users …`
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// All of them, with their groups
    List {
        /// Only the members of this group
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
    },
    /// One of them: attributes, groups, second factors, devices, profile, permissions
    Show {
        /// The user name or the e-mail address
        user: String,
    },
    /// Make users; the name is the e-mail address
    Create {
        /// E-mail addresses
        #[arg(required = true, value_name = "EMAIL")]
        users: Vec<String>,
        /// Put them into this group; again for more
        #[arg(short, long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// An attribute, as NAME=VALUE; again for more
        #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = attribute)]
        attributes: Vec<(String, String)>,
        /// How they learn how to sign in
        #[arg(long, value_enum, default_value_t)]
        welcome: Welcome,
        /// What the password is
        #[command(flatten)]
        password: Password,
    },
    /// Set a password: a temporary one, unless it is to stay
    SetPassword {
        /// The user
        user: String,
        /// What the password is
        #[command(flatten)]
        password: Password,
        /// Make one up and show it once
        #[arg(long, conflicts_with = "password_stdin")]
        generate: bool,
    },
    /// Make users choose a new password, by a code that Cognito sends
    ResetPassword(Users),
    /// Send the invitation again, with a new temporary password
    ResendInvite(Users),
    /// Confirm users who signed up
    Confirm(Users),
    /// Let users sign in
    Enable(Users),
    /// Stop users from signing in
    Disable(Users),
    /// End the sessions of users
    SignOut(Users),
    /// Delete users for good
    Delete(Users),
    /// Set and remove attributes
    Set {
        /// The users
        #[command(flatten)]
        users: Users,
        /// An attribute, as NAME=VALUE; again for more
        #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = attribute)]
        attributes: Vec<(String, String)>,
        /// An attribute to take away; again for more
        #[arg(long = "remove", value_name = "NAME")]
        remove: Vec<String>,
    },
    /// Mark the e-mail addresses of users as verified
    VerifyEmail(Users),
    /// Say which second factors users have
    Mfa {
        /// The users
        #[command(flatten)]
        users: Users,
        /// The authenticator app
        #[arg(long, value_name = "on|off", value_parser = switch)]
        software_token: Option<bool>,
        /// Codes by SMS
        #[arg(long, value_name = "on|off", value_parser = switch)]
        sms: Option<bool>,
        /// Codes by e-mail
        #[arg(long, value_name = "on|off", value_parser = switch)]
        email: Option<bool>,
    },
    /// Write every user with groups and attributes as CSV, which onboard --file reads
    Export {
        /// The file; standard output where none is named
        file: Option<PathBuf>,
    },
    /// Write users, groups and memberships to a file, as JSON; passwords cannot be carried
    Backup {
        /// The file; standard output where none is named
        file: Option<PathBuf>,
    },
    /// Make the groups, users and memberships of a backup that are missing
    Restore {
        /// The file
        file: PathBuf,
        /// How users who are made learn how to sign in
        #[arg(long, value_enum, default_value_t)]
        welcome: Welcome,
    },
}

/// Users by name.
#[derive(Clone, Debug, Args)]
pub struct Users {
    /// User names or e-mail addresses
    #[arg(required = true, value_name = "USER")]
    pub users: Vec<String>,
}

/// Where a password comes from, and how long it stays.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Password {
    /// Read the password from standard input [env: MLWARDEN_PASSWORD]
    #[arg(long)]
    pub password_stdin: bool,
    /// The password stays; else it must be changed at the first sign-in
    #[arg(long)]
    pub permanent: bool,
}

/// `groups …`
#[derive(Debug, Subcommand)]
pub enum GroupsCommand {
    /// All of them, with the number of their members
    List,
    /// One of them, with its members
    Show {
        /// Its name
        name: String,
    },
    /// Make a group
    Create {
        /// Its name
        name: String,
        /// Its settings
        #[command(flatten)]
        settings: GroupFlags,
    },
    /// Change a group's settings; what is not named stays
    Update {
        /// Its name
        name: String,
        /// Its settings
        #[command(flatten)]
        settings: GroupFlags,
    },
    /// Delete a group; its members lose what it gave
    Delete {
        /// Its name
        name: String,
    },
    /// Put users into a group
    Add {
        /// The group
        group: String,
        /// User names or e-mail addresses
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Take users out of a group
    Remove {
        /// The group
        group: String,
        /// User names or e-mail addresses
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
}

/// A group's settings.
#[derive(Clone, Debug, Default, Args)]
pub struct GroupFlags {
    /// The description
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Cognito's precedence; the authorizer ignores it
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub precedence: Option<i32>,
    /// The IAM role of the group, as an ARN
    #[arg(long, value_name = "ARN")]
    pub role: Option<String>,
}

/// `onboard`
#[derive(Debug, Args)]
pub struct Onboard {
    /// E-mail addresses
    #[arg(value_name = "EMAIL", required_unless_present = "file")]
    pub people: Vec<String>,
    /// Put them into this group; again for more
    #[arg(short, long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Make a Studio profile too, with the execution role of their group; a name other than
    /// the one of the address for one person only
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub studio_profile: Option<String>,
    /// An attribute, as NAME=VALUE; again for more
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = attribute)]
    pub attributes: Vec<(String, String)>,
    /// People from a CSV file: email, groups, profile, and attributes by their names
    #[arg(long, value_name = "FILE", conflicts_with_all = ["people", "groups", "studio_profile", "attributes"])]
    pub file: Option<PathBuf>,
    /// How they learn how to sign in
    #[arg(long, value_enum, default_value_t)]
    pub welcome: Welcome,
    /// Do not prove their permissions afterwards
    #[arg(long)]
    pub no_proof: bool,
    /// Write what came of each line to this file, as CSV; it holds no password
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
}

/// `offboard`
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub struct Offboard {
    /// User names, e-mail addresses, or names of Studio profiles
    #[arg(value_name = "PERSON", required_unless_present = "file")]
    pub people: Vec<String>,
    /// People from a CSV file, of which the addresses count
    #[arg(long, value_name = "FILE", conflicts_with = "people")]
    pub file: Option<PathBuf>,
    /// Take them out of their groups
    #[arg(long)]
    pub groups: bool,
    /// Delete their running apps
    #[arg(long)]
    pub apps: bool,
    /// Delete their spaces, and the apps
    #[arg(long)]
    pub spaces: bool,
    /// Delete their Studio profiles, and the apps and spaces
    #[arg(long)]
    pub studio_profile: bool,
    /// Delete the users
    #[arg(long)]
    pub user: bool,
    /// All of it
    #[arg(long)]
    pub everything: bool,
    /// Write what came of each person to this file, as CSV
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
}

/// `journal …`
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// All of it: what was planned, and what was borrowed
    List,
    /// One plan with each of its steps
    Show {
        /// The beginning of its id
        id: String,
    },
    /// Make what is left of a plan
    Resume {
        /// The beginning of its id
        id: String,
    },
    /// Take a plan back, last step first
    Undo {
        /// The beginning of its id
        id: String,
        /// As whom MLflow is called, instead of who changed it: who may register a model may
        /// not delete it everywhere
        #[arg(long = "as", value_name = "PRINCIPAL")]
        principal: Option<Principal>,
    },
    /// Forget what is left of a plan
    Dismiss {
        /// The beginning of its id
        id: String,
    },
}

/// `NAME=VALUE`
fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as name=Ada or custom:team=research".to_owned()),
    }
}

/// `on` or `off`
fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "yes" | "true" => Ok(true),
        "off" | "no" | "false" => Ok(false),
        _ => Err("write on or off".to_owned()),
    }
}
