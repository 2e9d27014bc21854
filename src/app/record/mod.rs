//! What happened in the console, written to a file as it happens: for bug reports and tests.
//!
//! One JSON object a line: first what the session started with, then everything that was taken
//! in and every frame that was drawn, each with the milliseconds since the start. Names,
//! addresses, ids and secrets are replaced before anything is written (see [`Names`]), each by
//! the same pseudonym throughout, so that a replay makes sense.

mod names;
mod pattern;
mod player;
mod typed;

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use names::Names;
pub use player::{Player, Recording};

use super::{
    Effect, Msg, Screen, Start, message::News, start::Label, state::State, update::update,
};
use crate::{
    access::Matrix,
    domain::{ErrorClass, Failure, Principal},
};

/// The version of the file's shape.
const SCHEMA: u32 = 1;

/// The first line: what the session started with.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// The version of the shape; nobody else's file has a field of this name.
    mlwarden_recording: u32,
    /// The program's version.
    version: String,
    at: Timestamp,
    screen: Screen,
    theme: String,
    label: Label,
    matrix: Matrix,
    principal: Option<Principal>,
    /// The user's own keys.
    keymap: Option<String>,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Milliseconds since the start.
    ms: u64,
    #[serde(flatten)]
    what: What,
}

/// What happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// Something was taken in.
    Msg(Box<Msg>),
    /// A letter goes into a line that is being typed; what came of it follows. It stands alone
    /// where the program did not survive it.
    Letter,
    /// The line being typed is now this.
    Typed(String),
    /// A long list is in order: its page and which of its orders.
    Arranged(Screen, u64),
    /// A frame was drawn, of this size.
    Frame(u16, u16),
}

/// What everything that happens goes through: recorded, where that is wanted.
#[derive(Default)]
pub struct Tape(Option<Recorder>);

impl Tape {
    /// Starts a recording, where the console is started with one, with the state as it is
    /// before anything has happened.
    ///
    /// # Errors
    /// `Invalid` where the file is there already or cannot be written to.
    pub fn start(start: &Start, state: &State) -> Result<Self, Failure> {
        let Some(file) = &start.record else {
            return Ok(Self::default());
        };
        let keymap = start
            .config_dir
            .as_ref()
            .and_then(|folder| std::fs::read_to_string(folder.join("keymap.toml")).ok());
        Recorder::start(file, state, keymap).map(|recorder| Self(Some(recorder)))
    }

    /// Starts a recording with the keys as they come.
    ///
    /// # Errors
    /// `Invalid` where the file is there already or cannot be written to.
    pub fn record(file: &Path, state: &State) -> Result<Self, Failure> {
        Recorder::start(file, state, None).map(|recorder| Self(Some(recorder)))
    }

    /// Has the state take something in.
    pub fn hear(&mut self, state: &mut State, msg: Msg) -> Vec<Effect> {
        let Some(recorder) = &mut self.0 else {
            return update(state, msg);
        };
        let pending = recorder.before(state, &msg);
        let effects = update(state, msg);
        let written = pending.and_then(|pending| recorder.after(state, pending));
        self.went(written, state);
        effects
    }

    /// A frame was drawn, of this size.
    pub fn frame(&mut self, state: &mut State, size: (u16, u16)) {
        if let Some(recorder) = &mut self.0 {
            let written = recorder.frame(state, size);
            self.went(written, state);
        }
    }

    /// A recording that cannot go on ends, and says so once.
    fn went(&mut self, written: std::io::Result<()>, state: &mut State) {
        if let Err(error) = written {
            self.0 = None;
            let failure = Failure::new(ErrorClass::Unavailable, "recording", error.to_string())
                .advise("what was recorded so far is kept; free some space and start anew");
            state.fail(&failure);
        }
    }
}

/// Writes what happens.
struct Recorder {
    file: File,
    /// When it started, and the time of what is written now.
    started: Timestamp,
    now: Timestamp,
    names: Names,
}

/// What is known of a message before it is taken in, and needed afterwards.
#[derive(Default)]
struct Pending {
    /// The text being typed before.
    text: Option<String>,
    /// A letter that was held back.
    letter: Option<KeyEvent>,
}

impl Recorder {
    /// Starts a recording with the state as it is before anything has happened.
    ///
    /// # Errors
    /// `Invalid` where the file is there already or cannot be written to.
    fn start(file: &Path, state: &State, keymap: Option<String>) -> Result<Self, Failure> {
        let doing = format!("recording to {}", file.display());
        let open = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(file)
            .map_err(|error| {
                Failure::invalid(&doing, error.to_string())
                    .advise("give another name; a file that is there is not written over")
            })?;
        let mut names = Names::new(&state.data.declared);
        let head = Head {
            mlwarden_recording: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at: state.now,
            screen: state.screen(),
            theme: state.theme.clone(),
            label: state.data.label.clone(),
            matrix: state.data.declared.clone(),
            principal: state.principal.clone(),
            keymap,
        };
        let mut recorder = Self {
            file: open,
            started: state.now,
            now: state.now,
            names: {
                names.learn_label(&state.data.label);
                names
            },
        };
        let mut value = serde_json::to_value(head)
            .map_err(|error| Failure::invalid(&doing, error.to_string()))?;
        recorder.names.redact(&mut value);
        recorder.write(&value).map_err(|error| {
            Failure::new(ErrorClass::Unavailable, &doing, error.to_string())
                .advise("free some space, or record elsewhere")
        })?;
        Ok(recorder)
    }

    /// Something is about to be taken in: written first, so that a crash keeps it.
    fn before(&mut self, state: &State, msg: &Msg) -> std::io::Result<Pending> {
        self.now = state.now;
        let without_devices;
        let msg = match msg {
            Msg::News(epoch, News::Account(name, Ok(found))) => {
                let found = Box::new((found.0.clone(), Vec::new()));
                without_devices = Msg::News(*epoch, News::Account(name.clone(), Ok(found)));
                &without_devices
            }
            other => other,
        };
        let text = typed::line(state, &mut self.names).map(|typed| typed.raw);
        let pending = match msg {
            Msg::Key(key) if text.is_some() && is_letter(*key) => Pending {
                text,
                letter: Some(*key),
            },
            Msg::Paste(_) => {
                self.tell(&What::Letter)?;
                return Ok(Pending { text, letter: None });
            }
            // A secret is for nobody's eyes, under no name.
            // What MLflow holds is not the console's to show elsewhere.
            Msg::News(
                _,
                News::Secret(..)
                | News::Became(..)
                | News::Looked(..)
                | News::MlflowVersion(..)
                | News::History(..)
                | News::Previewed(..)
                | News::Offered(..)
                | News::Wished(..)
                | News::Who(..)
                | News::Exchanged(..)
                | News::StoryExchanged(..),
            ) => {
                return Ok(Pending { text, letter: None });
            }
            Msg::Arranged(_, screen, generation, _) => {
                self.tell(&What::Arranged(*screen, *generation))?;
                return Ok(Pending::default());
            }
            msg => {
                self.names.learn(msg);
                let mut value = serde_json::to_value(msg).map_err(std::io::Error::other)?;
                if names_somebody(msg) {
                    self.names.redact(&mut value);
                }
                let ms = self.ms();
                self.write(&serde_json::json!({"ms": ms, "msg": value}))?;
                return Ok(Pending { text, letter: None });
            }
        };
        self.tell(&What::Letter)?;
        Ok(pending)
    }

    /// The same was taken in: what came of a text being typed is written.
    fn after(&mut self, state: &State, pending: Pending) -> std::io::Result<()> {
        let Some(before) = pending.text else {
            return Ok(());
        };
        match (typed::line(state, &mut self.names), pending.letter) {
            (Some(typed), _) if typed.raw != before => self.tell(&What::Typed(typed.shown)),
            // It was for the window and not for the line: it marked something, for example.
            (_, Some(key)) if !typed::is_secret(state) => {
                self.tell(&What::Msg(Box::new(Msg::Key(key))))
            }
            _ => Ok(()),
        }
    }

    /// A frame was drawn.
    fn frame(&mut self, state: &State, (width, height): (u16, u16)) -> std::io::Result<()> {
        self.now = state.now;
        self.tell(&What::Frame(width, height))
    }

    fn ms(&self) -> u64 {
        let passed = self.now.duration_since(self.started).as_millis();
        u64::try_from(passed).unwrap_or_default()
    }

    fn tell(&mut self, what: &What) -> std::io::Result<()> {
        let mut value = serde_json::to_value(what).map_err(std::io::Error::other)?;
        // A field that holds nothing is written as its name alone.
        if let serde_json::Value::String(name) = value {
            value = serde_json::json!({ name: null });
        }
        if let serde_json::Value::Object(fields) = &mut value {
            fields.insert("ms".to_owned(), self.ms().into());
        }
        self.write(&value)
    }

    /// Writes a line in one piece, past every buffer of this process.
    fn write(&mut self, value: &serde_json::Value) -> std::io::Result<()> {
        let mut line = value.to_string();
        line.push('\n');
        self.file.write_all(line.as_bytes())
    }
}

/// Whether a message comes from elsewhere: keys and clicks name nobody.
fn names_somebody(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::News(..)
            | Msg::Places(_)
            | Msg::Judged(..)
            | Msg::Done(_)
            | Msg::MatrixWritten(..)
            | Msg::Theme(..)
    )
}

fn is_letter(key: KeyEvent) -> bool {
    let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    // AltGr arrives as both together.
    let plain = held.is_empty() || held == (KeyModifiers::CONTROL | KeyModifiers::ALT);
    plain && matches!(key.code, KeyCode::Char(_))
}
