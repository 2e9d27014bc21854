//! The command line: clap definitions and one file a command; prints, never decides.
//!
//! Data goes to standard output, messages and progress to standard error. A command returns
//! the exit code, or a failure that is told with its next step.

mod apps;
pub mod args;
mod ask;
mod backup;
mod calling;
mod can;
mod carry_out;
mod cleanup;
mod config;
mod console;
mod demo;
mod discover;
mod doctor;
mod doors;
mod findings;
mod groups;
mod iam_policy;
mod init;
mod interrupt;
mod joining;
mod journal;
mod known;
mod matrix;
mod mlflow;
mod offboard;
mod onboard;
mod output;
mod profiles;
mod results;
mod review;
mod roles;
mod sandbox;
mod session;
mod snapshot;
mod spaces;
mod story;
mod users;
mod verify;
mod who_can;
mod why;

use std::{io::Write, process::ExitCode};

use clap::{CommandFactory, Parser};

use self::args::{Cli, Command, ConfigCommand};
use crate::{
    domain::{ErrorClass, Failure},
    sandbox::Options,
};

/// As expected.
pub const OK: u8 = 0;
/// A mismatch or a finding.
pub const MISMATCH: u8 = 1;
/// Wrong usage or configuration.
pub const USAGE: u8 = 2;
/// Could not test or reach.
pub const UNREACHED: u8 = 3;
/// Partly done; the journal says what is left.
pub const PARTLY: u8 = 4;
/// Cancelled.
pub const CANCELLED: u8 = 130;

/// Parses the command line, runs the command and says how it ended.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe is nobody's.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    if let Err(failure) = log(&cli) {
        return tell(&failure);
    }
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => tell(&failure),
    }
}

fn dispatch(cli: Cli) -> Result<u8, Failure> {
    let global = cli.global;
    let Some(command) = cli.command else {
        return console::run(&global, &cli.console, cli.principal);
    };
    match command {
        Command::Demo { mlflow, users } => {
            demo::run(&global, mlflow, users, &cli.console, cli.principal)
        }
        Command::Sandbox {
            mlflow,
            addr,
            users,
            profiles,
            apps,
            faults,
        } => {
            let options = Options {
                addr,
                mlflow,
                users,
                profiles,
                apps,
                demo: true,
                ..Options::default()
            };
            block_on(sandbox::run(options, faults.as_deref()))
        }
        Command::Init { name } => block_on(init::run(&global, &name)),
        Command::Discover => block_on(discover::run(&global)),
        Command::Doctor => block_on(doctor::run(&global)),
        Command::Config(ConfigCommand::Show) => config::show(&global),
        Command::Users(command) => block_on(users::run(&global, command)),
        Command::Groups(command) => block_on(groups::run(&global, command)),
        Command::Onboard(onboard) => block_on(onboard::run(&global, onboard)),
        Command::Offboard(offboard) => block_on(offboard::run(&global, offboard)),
        Command::Profiles(command) => block_on(profiles::run(&global, command)),
        Command::Apps(command) => block_on(apps::run(&global, command)),
        Command::Spaces(command) => block_on(spaces::run(&global, command)),
        Command::Cleanup(cleanup) => block_on(cleanup::run(&global, cleanup)),
        Command::Roles(command) => block_on(roles::run(&global, command)),
        Command::Matrix(command) => block_on(matrix::run(&global, command)),
        Command::Verify(verify) => block_on(verify::run(&global, verify)),
        Command::Review(review) => block_on(review::run(&global, review)),
        Command::Findings(findings) => block_on(findings::run(&global, findings)),
        Command::Can(can) => block_on(can::run(&global, can)),
        Command::WhoCan(who_can) => block_on(who_can::run(&global, who_can)),
        Command::Why(why) => block_on(why::run(&global, why)),
        Command::Mlflow(command) => block_on(mlflow::run(&global, *command)),
        Command::Journal(command) => block_on(journal::run(&global, command)),
        Command::IamPolicy => iam_policy::print(&global),
        Command::Snapshot(snapshot) => snapshot::run(&global, &snapshot),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mlwarden", &mut text);
            output::print(&String::from_utf8_lossy(&text))
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(|error| Failure::invalid("writing the manual page", error.to_string()))?;
            output::print(&String::from_utf8_lossy(&page))
        }
    }
}

/// Runs a command on a runtime of its own.
fn block_on(command: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "starting the runtime",
                error.to_string(),
            )
        })?
        .block_on(command)
}

/// Tells a failure with its next step, and gives the exit code that goes with it.
fn tell(failure: &Failure) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "mlwarden: {failure}");
    let _ = writeln!(stderr, "  → {}", failure.next_step());
    if let Some(id) = &failure.request_id {
        let _ = writeln!(stderr, "  request id {id}");
    }
    ExitCode::from(match failure.class {
        // What is not found was named: on the command line, in the config, in the matrix.
        ErrorClass::Invalid | ErrorClass::ReadOnly | ErrorClass::NotFound => USAGE,
        ErrorClass::Cancelled => CANCELLED,
        _ => UNREACHED,
    })
}

/// Logs to the file that was asked for, and nowhere else.
fn log(cli: &Cli) -> Result<(), Failure> {
    let Some(path) = &cli.global.log_file else {
        return Ok(());
    };
    let file = std::fs::File::create(path).map_err(|error| {
        Failure::invalid(
            format!("opening the log file {}", path.display()),
            error.to_string(),
        )
    })?;
    let level = match cli.global.verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    // The SRP crate logs user names, and the SDK's wire logs hold tokens.
    let filter =
        format!("warn,mlwarden={level},aws_cognito_srp=warn,aws_smithy_runtime=warn,hyper=warn");
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file))
        .init();
    Ok(())
}
