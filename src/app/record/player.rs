//! A recording, taken in again: the same state and the same frames, without anybody being
//! asked for anything.

use std::{fs, path::Path, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;

use super::{Head, Line, SCHEMA, What};
use crate::{
    app::{
        Effect, Msg, Screen, State,
        dialog::{Dialog, Kind},
        headless::Canvas,
        layer::Layer,
        state::Prompt,
        table::Arrangement,
        update::{settle, update},
    },
    domain::Failure,
    ui::{Theme, ThemeSource},
};

/// What a file of a recording holds.
#[derive(Debug)]
pub struct Recording {
    head: Head,
    lines: Vec<Line>,
}

impl Recording {
    /// Reads it. A last line that was not written whole is passed over.
    ///
    /// # Errors
    /// `Invalid` where the file cannot be read or is no recording.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let doing = format!("replaying {}", file.display());
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::invalid(&doing, error.to_string()))?;
        Self::parse(&text, &doing)
    }

    /// The same from its text; `doing` is said where it is none.
    ///
    /// # Errors
    /// `Invalid` where it is no recording.
    pub fn parse(text: &str, doing: &str) -> Result<Self, Failure> {
        let advice = "name a file that `mlwarden --record FILE` has written";
        let mut numbered = (1..).zip(text.lines()).peekable();
        let first = numbered.next().map_or("", |(_, line)| line);
        let schema = serde_json::from_str::<serde_json::Value>(first)
            .ok()
            .and_then(|value| value.get("mlwarden_recording")?.as_u64());
        match schema {
            None => {
                return Err(
                    Failure::invalid(doing, "it is no recording of mlwarden's").advise(advice)
                );
            }
            Some(schema) if schema != u64::from(SCHEMA) => {
                let message = format!("it has the shape {schema}, and this program reads {SCHEMA}");
                return Err(Failure::invalid(doing, message)
                    .advise("replay it with the version of mlwarden that has written it"));
            }
            Some(_) => {}
        }
        let wrong = |number: u64, error: &serde_json::Error| {
            Failure::invalid(doing, format!("line {number}: {error}")).advise(advice)
        };
        let head = serde_json::from_str(first).map_err(|error| wrong(1, &error))?;
        let mut lines = Vec::new();
        while let Some((number, line)) = numbered.next() {
            match serde_json::from_str(line) {
                Ok(line) => lines.push(line),
                // The program or the machine did not live to write it.
                Err(_) if numbered.peek().is_none() => break,
                Err(error) => return Err(wrong(number, &error)),
            }
        }
        Ok(Self { head, lines })
    }

    /// How many frames it has.
    pub fn frames(&self) -> usize {
        let is_frame = |line: &&Line| matches!(line.what, What::Frame(..));
        self.lines.iter().filter(is_frame).count()
    }
}

/// Takes a recording in.
pub struct Player {
    state: State,
    theme: Theme,
    themes: ThemeSource,
    canvas: Canvas,
    begun: Timestamp,
    lines: std::vec::IntoIter<Line>,
    /// Orders of long lists that were asked for.
    orders: Vec<(Screen, Arrangement)>,
    shown: usize,
}

impl Player {
    /// The state as it was before anything had happened.
    pub fn new(recording: Recording, themes: ThemeSource) -> Self {
        let head = recording.head;
        let mut state = State::new(head.label, head.matrix, head.screen);
        state.now = head.at;
        state.principal = head.principal;
        state.theme = head.theme;
        state.themes = themes.names();
        if let Some(text) = &head.keymap {
            let problems = state.keymap.overlay(text, "keymap.toml");
            state.tell_problems(&problems);
        }
        let (theme, _) = themes.load(&state.theme);
        Self {
            state,
            theme,
            themes,
            canvas: Canvas::new((80, 24)),
            begun: head.at,
            lines: recording.lines.into_iter(),
            orders: Vec::new(),
            shown: 0,
        }
    }

    /// Takes in what happened up to the next frame and draws it. How long after the start that
    /// was; none at the end.
    pub fn frame(&mut self) -> Option<Duration> {
        while let Some(line) = self.lines.next() {
            let since = Duration::from_millis(line.ms);
            let passed = SignedDuration::try_from(since).unwrap_or_default();
            self.state.now = self.begun.saturating_add(passed).unwrap_or(self.begun);
            match line.what {
                What::Msg(msg) => self.take(*msg),
                What::Letter => {}
                What::Typed(text) => self.write(&text),
                What::Arranged(screen, generation) => self.arrange(screen, generation),
                What::Frame(width, height) => {
                    let effects = settle(&mut self.state);
                    self.keep(effects);
                    self.canvas
                        .resize((width.clamp(1, 1_000), height.clamp(1, 1_000)));
                    self.canvas.draw(&mut self.state, &self.theme);
                    self.shown += 1;
                    return Some(since);
                }
            }
        }
        None
    }

    /// What is on the screen.
    pub fn screen(&self) -> &Buffer {
        self.canvas.screen()
    }

    /// The theme in effect.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How many frames were shown.
    pub fn shown(&self) -> usize {
        self.shown
    }

    fn take(&mut self, msg: Msg) {
        if let Msg::Theme(name, _) = &msg {
            self.theme = self.themes.load(name).0;
        }
        let effects = update(&mut self.state, msg);
        self.keep(effects);
    }

    /// Nobody does anything: but a list has to be put in order again.
    fn keep(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Arrange(_, screen, arrangement) = effect {
                self.orders.push((screen, arrangement));
            }
        }
    }

    fn arrange(&mut self, screen: Screen, generation: u64) {
        let is =
            |order: &(Screen, Arrangement)| order.0 == screen && order.1.generation == generation;
        if let Some(at) = self.orders.iter().position(is) {
            let (_, arrangement) = self.orders.swap_remove(at);
            let arranged = (arrangement.work)();
            self.take(Msg::Arranged(
                self.state.epoch,
                screen,
                generation,
                arranged,
            ));
        }
    }

    /// Makes the line that is being typed this one.
    fn write(&mut self, text: &str) {
        let plain = |code| Msg::Key(KeyEvent::new(code, KeyModifiers::NONE));
        self.take(plain(KeyCode::End));
        for _ in 0..length(&self.state) {
            self.take(plain(KeyCode::Backspace));
        }
        for letter in text.chars() {
            self.take(plain(KeyCode::Char(letter)));
        }
    }
}

/// How many letters the line that is being typed has.
fn length(state: &State) -> usize {
    let count = |text: &str| text.chars().count();
    match &state.prompt {
        Some(
            Prompt::Filter { input, .. } | Prompt::Command { input, .. } | Prompt::Search(input),
        ) => return count(input.value()),
        None => {}
    }
    match state.layers.last() {
        Some(Layer::Palette(palette)) => count(palette.input.value()),
        Some(Layer::Dialog(dialog, _)) => match dialog.as_ref() {
            Dialog::Form(form) => match (form.list(), form.fields().get(form.focus())) {
                (Some(list), _) => count(list.query().value()),
                (None, Some(field)) => match &field.kind {
                    Kind::Text(input) => count(input.value()),
                    Kind::Secret(input) => input.len(),
                    _ => 0,
                },
                (None, None) => 0,
            },
            Dialog::Picker(picker) => count(picker.query().value()),
            Dialog::Confirm(confirm) => count(confirm.name().value()),
            Dialog::Secret(_) | Dialog::Message(_) => 0,
        },
        _ => 0,
    }
}
