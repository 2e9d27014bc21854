//! Something to read: an error with its next step, or any text.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Answer, Outcome, Prose, Room, Target, Text, controlled, prose, scrolling};
use crate::{app::tone::Tone, domain::Failure};

/// A text in a window.
#[derive(Debug)]
pub struct Message {
    /// The window's title.
    pub title: String,
    /// The title's tone.
    pub tone: Tone,
    texts: Vec<Text>,
    body: Prose,
    room: Room,
}

impl Message {
    /// The rows below the text: the button.
    pub const FIXED_ROWS: usize = 1;

    /// A text under a title.
    pub fn new(title: impl Into<String>, tone: Tone, texts: Vec<Text>) -> Self {
        let mut message = Self {
            title: title.into(),
            tone,
            texts,
            body: Prose::default(),
            room: Room::default(),
        };
        message.lay();
        message
    }

    /// A failure: what was being done, what was said, what to do, and the request's id.
    pub fn failure(failure: &Failure) -> Self {
        let mut texts = vec![
            Text::new(Tone::Text, format!("While {}:", failure.doing)),
            Text::new(Tone::Danger, failure.message.clone()),
        ];
        if let crate::domain::ErrorClass::Denied {
            action: Some(action),
        } = &failure.class
        {
            texts.push(Text::new(Tone::Warning, format!("missing {action}")));
        }
        texts.push(Text::from(""));
        texts.push(Text::new(
            Tone::Accent,
            format!("Next: {}", failure.next_step()),
        ));
        if let Some(id) = &failure.request_id {
            texts.push(Text::new(Tone::Dim, format!("Request id: {id}")));
        }
        Self::new("Failed", Tone::Danger, texts)
    }

    /// The same message with more lines at its end.
    #[must_use]
    pub fn and(mut self, texts: impl IntoIterator<Item = Text>) -> Self {
        self.texts.extend(texts);
        self.lay();
        self
    }

    /// The text, laid out for the room that it has.
    pub fn body(&self) -> &Prose {
        &self.body
    }

    /// The whole text, to copy.
    pub fn whole(&self) -> String {
        let lines: Vec<&str> = self.texts.iter().map(|text| text.text.as_str()).collect();
        lines.join("\n")
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Char(_) if controlled(key) => Outcome::Stay,
            KeyCode::Char('c') => Outcome::Copy(self.whole()),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => {
                Outcome::Done(Answer::Acknowledged)
            }
            _ => self.scroll(scrolling(key, self.rows()).unwrap_or_default()),
        }
    }

    pub(super) fn click(&mut self, target: Target) -> Outcome {
        match target {
            Target::Copy => Outcome::Copy(self.whole()),
            Target::Dismiss => Outcome::Done(Answer::Acknowledged),
            _ => Outcome::Stay,
        }
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
        let rows = prose::rows(self.room, Self::FIXED_ROWS);
        if self.body.lines().len() > rows {
            rows.saturating_sub(1)
        } else {
            rows
        }
    }

    fn lay(&mut self) {
        self.body = Prose::lay(&self.texts, self.room.text_width()).at_top_of(&self.body);
    }
}
