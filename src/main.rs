//! Parse, dispatch, exit code.

fn main() -> std::process::ExitCode {
    mlwarden::cli::run()
}
