//! The clipboard of the terminal that the user sits at.
//!
//! OSC 52 goes through ssh and multiplexers to the user's own terminal. Not every terminal
//! knows it, and none says so: on a desktop the system's clipboard gets the text as well.

use std::{
    env,
    io::{self, Write, stdout},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::domain::Failure;

/// What terminals take at most, in bytes before encoding.
const LONGEST: usize = 74_000;

/// The clipboards that there are.
#[derive(Default)]
pub struct Clipboard {
    /// The desktop's, opened when it is first needed: on X11 and Wayland what was copied is
    /// gone with it.
    desktop: Option<arboard::Clipboard>,
}

impl Clipboard {
    /// Puts a text on the clipboard.
    ///
    /// # Errors
    /// `Invalid` where it is longer than terminals take and there is no desktop.
    pub fn copy(&mut self, text: &str) -> Result<(), Failure> {
        let on_desktop = self.give_desktop(text);
        let sequence = match osc52(text, Multiplexer::around()) {
            Err(_) if on_desktop => return Ok(()),
            sequence => sequence?,
        };
        let mut stdout = stdout();
        let written = stdout
            .write_all(sequence.as_bytes())
            .and_then(|()| stdout.flush());
        written.map_err(|error: io::Error| Failure::invalid("copying", error.to_string()))
    }

    fn give_desktop(&mut self, text: &str) -> bool {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        // Over ssh the desktop is somebody else's.
        let is_remote = set("SSH_CONNECTION") || set("SSH_TTY");
        let has_desktop =
            cfg!(any(target_os = "macos", windows)) || set("WAYLAND_DISPLAY") || set("DISPLAY");
        if is_remote || !has_desktop {
            return false;
        }
        if self.desktop.is_none() {
            self.desktop = arboard::Clipboard::new().ok();
        }
        self.desktop
            .as_mut()
            .is_some_and(|desktop| desktop.set_text(text).is_ok())
    }
}

/// What lies between the program and the terminal, and must be told to let a sequence through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
    fn around() -> Self {
        if env::var_os("TMUX").is_some() {
            Self::Tmux
        } else if env::var("TERM").is_ok_and(|term| term.starts_with("screen")) {
            Self::Screen
        } else {
            Self::None
        }
    }
}

fn osc52(text: &str, around: Multiplexer) -> Result<String, Failure> {
    if text.len() > LONGEST {
        return Err(Failure::invalid(
            "copying",
            format!(
                "{} kB are more than a terminal's clipboard takes",
                text.len() / 1_000
            ),
        )
        .advise("save it to a file instead: ctrl-s"));
    }
    let encoded = BASE64_STANDARD.encode(text);
    Ok(match around {
        Multiplexer::None => format!("\x1b]52;c;{encoded}\x07"),
        Multiplexer::Tmux => format!("\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\"),
        Multiplexer::Screen => format!("\x1bP\x1b]52;c;{encoded}\x07\x1b\\"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_travels_as_data_and_never_as_a_sequence() {
        let sequence = osc52("\x1b]0;owned\x07 ä", Multiplexer::None).unwrap();
        assert_eq!(sequence.matches('\x1b').count(), 1);
        assert!(
            osc52("x", Multiplexer::Tmux)
                .unwrap()
                .starts_with("\x1bPtmux;")
        );
        assert!(osc52("x", Multiplexer::Screen).unwrap().ends_with("\x1b\\"));
    }

    #[test]
    fn what_is_too_long_is_refused_with_a_way_out() {
        let error = osc52(&"x".repeat(LONGEST + 1), Multiplexer::None).unwrap_err();
        assert!(error.next_step().contains("ctrl-s"));
    }
}
