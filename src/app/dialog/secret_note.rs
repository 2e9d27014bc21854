//! A secret that is shown once.

use crossterm::event::{KeyCode, KeyEvent};
use secrecy::{ExposeSecret, SecretString};

use super::{Answer, Outcome, Target, Text, controlled};

/// A secret, masked until the user reveals it, wiped from memory when the window closes.
#[derive(Debug)]
pub struct SecretNote {
    /// The window's title.
    pub title: String,
    /// What the secret is: `temporary password of ada@example.com`.
    pub label: String,
    /// What else the user should know.
    pub notes: Vec<Text>,
    secret: SecretString,
    revealed: bool,
    copied: bool,
}

impl SecretNote {
    /// A masked secret.
    pub fn new(title: impl Into<String>, label: impl Into<String>, secret: SecretString) -> Self {
        Self {
            title: title.into(),
            label: label.into(),
            notes: Vec::new(),
            secret,
            revealed: false,
            copied: false,
        }
    }

    /// The same secret with what else the user should know.
    #[must_use]
    pub fn notes(mut self, notes: Vec<Text>) -> Self {
        self.notes = notes;
        self
    }

    /// The secret, while it is revealed.
    pub fn shown(&self) -> Option<&str> {
        self.revealed.then(|| self.secret.expose_secret())
    }

    /// Whether it was copied.
    pub fn is_copied(&self) -> bool {
        self.copied
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Char(_) if controlled(key) => Outcome::Stay,
            KeyCode::Char('v') => self.reveal(),
            KeyCode::Char('c') => self.copy(),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => {
                Outcome::Done(Answer::Acknowledged)
            }
            _ => Outcome::Stay,
        }
    }

    pub(super) fn click(&mut self, target: Target) -> Outcome {
        match target {
            Target::Reveal => self.reveal(),
            Target::Copy => self.copy(),
            Target::Dismiss => Outcome::Done(Answer::Acknowledged),
            _ => Outcome::Stay,
        }
    }

    fn reveal(&mut self) -> Outcome {
        self.revealed = !self.revealed;
        Outcome::Stay
    }

    fn copy(&mut self) -> Outcome {
        self.copied = true;
        Outcome::CopySecret(self.secret.clone())
    }
}
