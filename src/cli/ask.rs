//! Questions to the person at the terminal. Without a terminal nothing is asked.

use std::io::{IsTerminal, Read, Write};

use secrecy::SecretString;

use crate::domain::Failure;

/// Asks for a yes; anything else is a no.
///
/// # Errors
/// `Invalid` where there is no terminal to ask on.
pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::invalid(
            "asking whether to go on",
            "this changes something, and there is no terminal to ask on",
        )
        .advise("add --yes to go on without being asked, or --dry-run to see what would be done"));
    }
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Asks for a text to be typed out; anything else is a no.
///
/// # Errors
/// `Invalid` where there is no terminal to ask on.
pub(super) fn typed(phrase: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::invalid(
            "asking whether to go on",
            "this must be typed out to be meant, and there is no terminal to type on",
        )
        .advise(format!(
            "add --confirm {}",
            crate::plan::shell_quoted(phrase)
        )));
    }
    let answer = line(&format!("Type {phrase} to go on: "))?;
    Ok(answer.trim() == phrase)
}

/// One line of the person's.
fn line(question: &str) -> Result<String, Failure> {
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{question}");
    let _ = stderr.flush();
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::invalid("reading the answer", error.to_string()))?;
    Ok(answer)
}

/// A password: from standard input, else from `MLWARDEN_PASSWORD`, else asked for.
///
/// # Errors
/// `Invalid` where there is nowhere to get it from.
pub(super) fn password(user: &str, from_stdin: bool) -> Result<SecretString, Failure> {
    let doing = format!("reading the password of {user}");
    if from_stdin {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::invalid(&doing, error.to_string()))?;
        return Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])));
    }
    if let Ok(password) = std::env::var("MLWARDEN_PASSWORD") {
        return Ok(SecretString::from(password));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::invalid(doing, "there is no terminal to ask on")
            .advise("give it by --password-stdin or in MLWARDEN_PASSWORD"));
    }
    rpassword::prompt_password(format!("Password of {user}: "))
        .map(SecretString::from)
        .map_err(|error| Failure::invalid(doing, error.to_string()))
}
