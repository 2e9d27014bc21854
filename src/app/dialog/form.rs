//! A form: fields one below the other, checked while they are filled in.

use std::{fmt, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    Answer, Field, Item, Kind, Outcome, Picker, Room, Target, Text, Values, controlled, typing,
};

/// Says what the values will lead to; asked whenever one changes.
pub type Consequence = Arc<dyn Fn(&Values) -> Vec<Text> + Send + Sync>;

/// A form that is being filled in.
pub struct Form {
    /// The window's title.
    pub title: String,
    /// What stands above the fields.
    pub note: Option<Text>,
    /// What the button that sends it says.
    pub verb: String,
    fields: Vec<Field>,
    focus: usize,
    list: Option<Picker>,
    consequence: Option<Consequence>,
    consequences: Vec<Text>,
    room: Room,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("title", &self.title)
            .field("fields", &self.fields)
            .field("focus", &self.focus)
            .finish_non_exhaustive()
    }
}

impl Form {
    /// A form with its focus on the first field.
    pub fn new(title: impl Into<String>, fields: Vec<Field>) -> Self {
        let mut form = Self {
            title: title.into(),
            note: None,
            verb: "Continue".to_owned(),
            fields,
            focus: 0,
            list: None,
            consequence: None,
            consequences: Vec::new(),
            room: Room::default(),
        };
        form.changed();
        form
    }

    /// The same form with a text above the fields.
    #[must_use]
    pub fn note(mut self, note: impl Into<Text>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same form with another word on the button that sends it.
    #[must_use]
    pub fn verb(mut self, verb: impl Into<String>) -> Self {
        self.verb = verb.into();
        self
    }

    /// The same form, which says below the fields what the values will lead to.
    #[must_use]
    pub fn consequence(
        mut self,
        consequence: impl Fn(&Values) -> Vec<Text> + Send + Sync + 'static,
    ) -> Self {
        self.consequence = Some(Arc::new(consequence));
        self.changed();
        self
    }

    /// The same form with its focus on the field `name`.
    #[must_use]
    pub fn focused(mut self, name: &str) -> Self {
        if let Some(at) = self.fields.iter().position(|field| field.name == name) {
            self.focus = at;
        }
        self
    }

    /// The fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The place of the field with the focus; the number of fields stands for the button.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// The list of options that is open over the form.
    pub fn list(&self) -> Option<&Picker> {
        self.list.as_ref()
    }

    /// What the values will lead to.
    pub fn consequences(&self) -> &[Text] {
        &self.consequences
    }

    /// The values as they are, valid or not.
    pub fn values(&self) -> Values {
        let mut values = Values::default();
        for field in &self.fields {
            values.insert(&field.name, field.current());
        }
        values
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Outcome {
        if let Some(list) = &mut self.list {
            let outcome = list.key(key);
            return self.listed(outcome);
        }
        let on_button = self.focus >= self.fields.len();
        match key.code {
            KeyCode::Esc => return Outcome::Cancelled,
            KeyCode::Char('s') if controlled(key) => return self.submit(),
            KeyCode::Enter if controlled(key) || self.focus + 1 >= self.fields.len() => {
                return self.submit();
            }
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.go(true),
            KeyCode::BackTab | KeyCode::Up => self.go(false),
            KeyCode::Char(' ') if on_button => return self.submit(),
            KeyCode::Char(letter) if self.has_list() && !controlled(key) => {
                self.open_list();
                if let (Some(list), true) = (&mut self.list, letter != ' ') {
                    // Typing searches the options at once.
                    let outcome = list.key(key);
                    return self.listed(outcome);
                }
            }
            _ => {
                if let Some(field) = self.fields.get_mut(self.focus)
                    && field.key(key)
                {
                    self.edited();
                }
            }
        }
        Outcome::Stay
    }

    pub(super) fn paste(&mut self, text: &str) -> Outcome {
        if let Some(list) = &mut self.list {
            let outcome = list.paste(text);
            return self.listed(outcome);
        }
        match self.fields.get_mut(self.focus).map(|field| &mut field.kind) {
            Some(Kind::Text(input)) => typing::paste(input, text),
            Some(Kind::Secret(input)) => input.paste(text),
            _ => return Outcome::Stay,
        }
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.look();
        }
        self.edited();
        Outcome::Stay
    }

    pub(super) fn click(&mut self, target: Target) -> Outcome {
        if let Some(list) = &mut self.list {
            let outcome = list.click(target);
            return self.listed(outcome);
        }
        match target {
            Target::Accept => return self.submit(),
            Target::Dismiss => return Outcome::Cancelled,
            Target::Field(at) if at < self.fields.len() => {
                let again = at == self.focus;
                self.leave(at);
                match self.fields.get_mut(at).map(|field| &mut field.kind) {
                    Some(Kind::Flag(on)) => {
                        *on = !*on;
                        self.edited();
                    }
                    Some(Kind::Many { .. }) => self.open_list(),
                    Some(Kind::Choice { .. }) if again => self.open_list(),
                    _ => {}
                }
            }
            Target::NextOption(at) | Target::PreviousOption(at) if at < self.fields.len() => {
                self.leave(at);
                if let Some(field) = self.fields.get_mut(at) {
                    field.turn(matches!(target, Target::NextOption(_)));
                }
                self.edited();
            }
            Target::Offer(at) => {
                let field = self.fields.get_mut(self.focus);
                if field.is_some_and(|field| field.take(at)) {
                    self.edited();
                }
            }
            _ => {}
        }
        Outcome::Stay
    }

    pub(super) fn scroll(&mut self, lines: i32) -> Outcome {
        if let Some(list) = &mut self.list {
            let outcome = list.scroll(lines);
            return self.listed(outcome);
        }
        let last = self.fields.len();
        let to = if lines < 0 {
            self.focus.saturating_sub(1)
        } else {
            (self.focus + 1).min(last)
        };
        self.leave(to);
        Outcome::Stay
    }

    pub(super) fn resize(&mut self, room: Room) {
        self.room = room;
        if let Some(list) = &mut self.list {
            list.resize(room);
        }
    }

    fn go(&mut self, forward: bool) {
        let stops = self.fields.len() + 1;
        let step = if forward { 1 } else { stops - 1 };
        self.leave((self.focus + step) % stops);
    }

    /// Moves the focus. A field that was left with something wrong in it says so.
    fn leave(&mut self, to: usize) {
        if to != self.focus
            && let Some(field) = self.fields.get_mut(self.focus)
        {
            field.touch();
        }
        self.focus = to;
    }

    fn edited(&mut self) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.touch();
        }
        self.changed();
    }

    fn changed(&mut self) {
        if let Some(consequence) = &self.consequence {
            self.consequences = consequence(&self.values());
        }
    }

    fn submit(&mut self) -> Outcome {
        for field in &mut self.fields {
            field.touch();
        }
        match self.fields.iter().position(Field::invalid) {
            Some(at) => {
                self.focus = at;
                Outcome::Stay
            }
            None => Outcome::Done(Answer::Form(self.values())),
        }
    }

    fn has_list(&self) -> bool {
        self.fields
            .get(self.focus)
            .is_some_and(|field| matches!(field.kind, Kind::Choice { .. } | Kind::Many { .. }))
    }

    fn open_list(&mut self) {
        let Some(field) = self.fields.get(self.focus) else {
            return;
        };
        let id = |at: usize, options: &[Item]| options.get(at).map(|option| option.id.clone());
        let mut list = match &field.kind {
            Kind::Choice { options, chosen } => {
                let list = Picker::new(&field.label, options.clone());
                match chosen.and_then(|at| id(at, options)) {
                    Some(current) => list.current(&current),
                    None => list,
                }
            }
            Kind::Many { options, marked } => {
                let marks = marked
                    .iter()
                    .enumerate()
                    .filter(|(_, marked)| **marked)
                    .filter_map(|(at, _)| id(at, options));
                Picker::new(&field.label, options.clone()).exactly(marks)
            }
            _ => return,
        };
        list.resize(self.room);
        self.list = Some(list);
    }

    /// Takes what came of the list over the form.
    fn listed(&mut self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Cancelled => self.list = None,
            Outcome::Done(Answer::Picked(ids)) => {
                self.list = None;
                match self.fields.get_mut(self.focus).map(|field| &mut field.kind) {
                    Some(Kind::Choice { options, chosen }) => {
                        *chosen = options.iter().position(|option| ids.contains(&option.id));
                    }
                    Some(Kind::Many { options, marked }) => {
                        *marked = options
                            .iter()
                            .map(|option| ids.contains(&option.id))
                            .collect();
                    }
                    _ => {}
                }
                self.edited();
            }
            _ => {}
        }
        Outcome::Stay
    }
}
