//! What will be done, shown before it is done.
//!
//! A lone Enter never starts anything that destroys: with [`Severity::YesNo`] the focus is on
//! "No", with [`Severity::TypeName`] nothing can be started before the name is typed.

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{Answer, Outcome, Prose, Room, Target, Text, controlled, prose, scrolling, typing};
use crate::app::tone::Tone;

/// How much it takes to go ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// Enter goes ahead: for what harms nobody and was asked for.
    Enter,
    /// `y`, or the button, which does not have the focus.
    #[default]
    YesNo,
    /// The name of what is lost must be typed, exactly.
    TypeName(String),
}

/// A call that will be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation: `cognito-idp:AdminDeleteUser`.
    pub call: String,
    /// What it does, and to whom: `deletes ada@example.com`.
    pub does: String,
}

impl Call {
    /// A call and what it does.
    pub fn new(call: impl Into<String>, does: impl Into<String>) -> Self {
        Self {
            call: call.into(),
            does: does.into(),
        }
    }
}

/// An option of what will be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toggle {
    /// Its key; not `y`, `n`, `q`, `j`, `k` or `g`.
    pub key: char,
    /// What it does when on.
    pub label: String,
    /// Whether it is on.
    pub on: bool,
    /// Why it cannot be changed, if it cannot.
    pub disabled: Option<String>,
    /// The calls made only while it is on.
    pub adds: Vec<Call>,
}

impl Toggle {
    /// An option that is off.
    pub fn new(key: char, label: impl Into<String>) -> Self {
        Self {
            key,
            label: label.into(),
            on: false,
            disabled: None,
            adds: Vec::new(),
        }
    }

    /// The same option, on unless it is turned off.
    #[must_use]
    pub fn turned_on(mut self) -> Self {
        self.on = true;
        self
    }

    /// The same option with the calls that it adds.
    #[must_use]
    pub fn adds(mut self, calls: Vec<Call>) -> Self {
        self.adds = calls;
        self
    }

    /// The same option, which cannot be changed because of `reason`.
    #[must_use]
    pub fn disabled(mut self, reason: impl Into<String>) -> Self {
        self.disabled = Some(reason.into());
        self
    }
}

/// One of the two buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Goes ahead.
    Yes,
    /// Closes and does nothing.
    No,
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The name being typed.
    Name,
    /// The toggle at this place.
    Toggle(usize),
    /// A button.
    Button(Button),
}

/// A preview that asks whether to go ahead.
#[derive(Debug)]
pub struct Confirm {
    /// The window's title, as a question: `Delete ada@example.com?`.
    pub title: String,
    /// What the button that goes ahead says: `Delete`.
    pub verb: String,
    severity: Severity,
    intro: Vec<Text>,
    calls: Vec<Call>,
    irreversible: Vec<String>,
    effects: Vec<Text>,
    toggles: Vec<Toggle>,
    name: Input,
    focus: Focus,
    body: Prose,
    room: Room,
}

impl Confirm {
    /// A preview with nothing in it yet.
    pub fn new(title: impl Into<String>, verb: impl Into<String>, severity: Severity) -> Self {
        let focus = match severity {
            Severity::Enter => Focus::Button(Button::Yes),
            Severity::YesNo => Focus::Button(Button::No),
            Severity::TypeName(_) => Focus::Name,
        };
        Self {
            title: title.into(),
            verb: verb.into(),
            severity,
            intro: Vec::new(),
            calls: Vec::new(),
            irreversible: Vec::new(),
            effects: Vec::new(),
            toggles: Vec::new(),
            name: Input::default(),
            focus,
            body: Prose::default(),
            room: Room::default(),
        }
    }

    /// The same preview with texts at its top.
    #[must_use]
    pub fn intro<T: Into<Text>>(mut self, intro: impl IntoIterator<Item = T>) -> Self {
        self.intro = intro.into_iter().map(Into::into).collect();
        self.lay();
        self
    }

    /// The same preview with the calls that will be made.
    #[must_use]
    pub fn calls(mut self, calls: Vec<Call>) -> Self {
        self.calls = calls;
        self.lay();
        self
    }

    /// The same preview with what cannot be undone.
    #[must_use]
    pub fn irreversible(mut self, lines: Vec<String>) -> Self {
        self.irreversible = lines;
        self.lay();
        self
    }

    /// The same preview with what follows from it.
    #[must_use]
    pub fn effects(mut self, effects: Vec<Text>) -> Self {
        self.effects = effects;
        self.lay();
        self
    }

    /// The same preview with options.
    #[must_use]
    pub fn toggles(mut self, toggles: Vec<Toggle>) -> Self {
        self.toggles = toggles;
        self.lay();
        self
    }

    /// How much it takes to go ahead.
    pub fn severity(&self) -> &Severity {
        &self.severity
    }

    /// The options.
    pub fn options(&self) -> &[Toggle] {
        &self.toggles
    }

    /// What is typed as the name.
    pub fn name(&self) -> &Input {
        &self.name
    }

    /// Where keys go.
    pub fn focus(&self) -> Focus {
        self.focus
    }

    /// The text, laid out for the room that it has.
    pub fn body(&self) -> &Prose {
        &self.body
    }

    /// The rows below the text: options, the name, the buttons.
    pub fn fixed_rows(&self) -> usize {
        let name = self.prompt();
        let input = usize::from(!name.is_empty());
        self.toggles.len() + name.len() + input + 1
    }

    /// What stands above the name being typed; nothing where none is asked for.
    pub fn prompt(&self) -> Vec<String> {
        match &self.severity {
            Severity::TypeName(expected) => prose::wrap(
                &format!("Type {expected} to go ahead:"),
                self.room.text_width(),
                "",
            ),
            Severity::Enter | Severity::YesNo => Vec::new(),
        }
    }

    /// Whether it may go ahead now.
    pub fn is_ready(&self) -> bool {
        match &self.severity {
            Severity::TypeName(expected) => self.name.value() == expected,
            Severity::Enter | Severity::YesNo => true,
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Esc => return Outcome::Cancelled,
            KeyCode::Tab => {
                self.step(true);
                return Outcome::Stay;
            }
            KeyCode::BackTab => {
                self.step(false);
                return Outcome::Stay;
            }
            KeyCode::Enter => return self.enter(),
            KeyCode::Down | KeyCode::Up | KeyCode::PageDown | KeyCode::PageUp => {
                return self.scroll(scrolling(key, self.rows()).unwrap_or_default());
            }
            _ => {}
        }
        match self.focus {
            Focus::Name => {
                typing::apply(&mut self.name, key);
                return Outcome::Stay;
            }
            Focus::Toggle(at) if key.code == KeyCode::Char(' ') => {
                self.turn(at);
                return Outcome::Stay;
            }
            Focus::Button(_) if key.code == KeyCode::Char(' ') => return self.enter(),
            Focus::Button(_) if matches!(key.code, KeyCode::Left | KeyCode::Right) => {
                self.focus = Focus::Button(match self.focus {
                    Focus::Button(Button::No) => Button::Yes,
                    _ => Button::No,
                });
                return Outcome::Stay;
            }
            _ => {}
        }
        let plain = matches!(self.severity, Severity::Enter | Severity::YesNo);
        match key.code {
            KeyCode::Char(_) if controlled(key) => Outcome::Stay,
            KeyCode::Char('n' | 'q') => Outcome::Cancelled,
            KeyCode::Char('y') if plain => self.go_ahead(),
            KeyCode::Char(letter) => {
                if let Some(at) = self.toggles.iter().position(|toggle| toggle.key == letter) {
                    self.turn(at);
                    return Outcome::Stay;
                }
                self.scroll(scrolling(key, self.rows()).unwrap_or_default())
            }
            _ => self.scroll(scrolling(key, self.rows()).unwrap_or_default()),
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Outcome {
        if self.focus == Focus::Name {
            typing::paste(&mut self.name, text);
        }
        Outcome::Stay
    }

    pub(super) fn click(&mut self, target: Target) -> Outcome {
        match target {
            Target::Accept => return self.go_ahead(),
            Target::Dismiss => return Outcome::Cancelled,
            Target::Toggle(at) if at < self.toggles.len() => self.turn(at),
            Target::Field(_) if matches!(self.severity, Severity::TypeName(_)) => {
                self.focus = Focus::Name;
            }
            _ => {}
        }
        Outcome::Stay
    }

    pub(super) fn scroll(&mut self, lines: i32) -> Outcome {
        let rows = self.rows();
        self.body.scroll(lines, rows);
        Outcome::Stay
    }

    pub(super) fn resize(&mut self, room: Room) {
        self.room = room;
        self.lay();
    }

    fn rows(&self) -> usize {
        // The last row says how much is below, where not all fits.
        let rows = prose::rows(self.room, self.fixed_rows());
        if self.body.lines().len() > rows {
            rows.saturating_sub(1)
        } else {
            rows
        }
    }

    fn go_ahead(&self) -> Outcome {
        if !self.is_ready() {
            return Outcome::Stay;
        }
        let toggles = self
            .toggles
            .iter()
            .map(|toggle| (toggle.key, toggle.on))
            .collect();
        Outcome::Done(Answer::Confirmed { toggles })
    }

    fn enter(&mut self) -> Outcome {
        match self.focus {
            Focus::Button(Button::No) => Outcome::Cancelled,
            Focus::Button(Button::Yes) | Focus::Name => self.go_ahead(),
            Focus::Toggle(at) => {
                self.turn(at);
                Outcome::Stay
            }
        }
    }

    fn turn(&mut self, at: usize) {
        if let Some(toggle) = self.toggles.get_mut(at)
            && toggle.disabled.is_none()
        {
            toggle.on = !toggle.on;
            self.lay();
        }
    }

    fn step(&mut self, forward: bool) {
        let named = matches!(self.severity, Severity::TypeName(_));
        let stops: Vec<Focus> = (0..self.toggles.len())
            .map(Focus::Toggle)
            .chain(named.then_some(Focus::Name))
            .chain([Focus::Button(Button::No), Focus::Button(Button::Yes)])
            .collect();
        let at = stops
            .iter()
            .position(|stop| *stop == self.focus)
            .unwrap_or(0);
        let step = if forward { 1 } else { stops.len() - 1 };
        if let Some(stop) = stops.get((at + step) % stops.len()) {
            self.focus = *stop;
        }
    }

    fn lay(&mut self) {
        let mut texts = self.intro.clone();
        let mut part = |head: Option<Text>, lines: Vec<Text>| {
            if lines.is_empty() {
                return;
            }
            if !texts.is_empty() {
                texts.push(Text::from(""));
            }
            texts.extend(head);
            texts.extend(lines);
        };
        let calls = self
            .calls
            .iter()
            .chain(
                self.toggles
                    .iter()
                    .filter(|toggle| toggle.on)
                    .flat_map(|toggle| &toggle.adds),
            )
            .flat_map(|call| {
                [
                    Text::new(Tone::Accent, call.call.clone()),
                    Text::new(Tone::Text, format!("  {}", call.does)),
                ]
            })
            .collect();
        part(None, calls);
        part(
            Some(Text::new(Tone::Danger, "This cannot be undone:")),
            self.irreversible
                .iter()
                .map(|line| Text::new(Tone::Warning, format!("- {line}")))
                .collect(),
        );
        part(None, self.effects.clone());
        self.body = Prose::lay(&texts, self.room.text_width()).at_top_of(&self.body);
    }
}
