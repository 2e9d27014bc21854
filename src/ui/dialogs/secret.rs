//! A secret that is shown once.

use ratatui::{Frame, layout::Rect};

use super::window::{Areas, Button, Head, Window, cells};
use crate::{
    app::{
        dialog::{Prose, Room, SecretNote, Target, Text},
        tone::Tone,
    },
    ui::{Role, Theme},
};

/// The bullets that stand for a secret, whatever its length.
const BULLETS: usize = 12;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, note: &SecretNote, theme: &Theme) -> Areas {
    let shown = note.shown();
    let reveal = if shown.is_some() { "hide" } else { "reveal" };
    let head = Head {
        title: &note.title,
        tone: None,
        keys: &[("v", reveal), ("c", "copy"), ("esc", "close for good")],
    };
    let width = Room::new(area.width, area.height).text_width();
    let mut texts = vec![Text::new(Tone::Dim, note.label.clone())];
    match shown {
        // Broken at the width and nowhere else: a blank may be part of it.
        Some(secret) => texts.extend(
            secret
                .chars()
                .collect::<Vec<_>>()
                .chunks((width / 2).max(1))
                .map(|part| Text::new(Tone::Accent, part.iter().collect::<String>())),
        ),
        None => texts.push(Text::new(
            Tone::Accent,
            theme.sign("•", "*").repeat(BULLETS),
        )),
    }
    if note.is_copied() {
        let sign = theme.sign("✓", "+");
        texts.push(Text::new(Tone::Good, format!("{sign} copied")));
    }
    let mut after: Vec<Text> = note.notes.clone();
    after.push(Text::new(
        Tone::Warning,
        "It is not stored. Once this window closes it will not be shown again.",
    ));
    let after = Prose::lay(&after, width);
    let wanted = texts.len() + after.lines().len() + 3;
    let mut window = Window::open(frame, area, theme, &head, wanted);
    let rows = usize::from(window.inner.height).saturating_sub(1);
    let spare = rows >= wanted - 1;
    for (row, text) in texts.iter().enumerate().take(rows) {
        window.text(row, text);
    }
    let from = texts.len() + usize::from(spare);
    for (row, text) in after.lines().iter().enumerate() {
        if from + row < rows {
            window.text(from + row, text);
        }
    }
    let plain = theme.get(Role::Text);
    let button = |label, target| Button {
        label,
        target,
        focused: target == Target::Dismiss,
        style: plain,
    };
    let reveal = if shown.is_some() { "Hide" } else { "Reveal" };
    window.buttons(
        usize::from(window.inner.height.saturating_sub(1).min(cells(rows))),
        &[
            button(reveal, Target::Reveal),
            button("Copy", Target::Copy),
            button("Close", Target::Dismiss),
        ],
    );
    window.areas
}
