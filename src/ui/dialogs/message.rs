//! Something to read.

use ratatui::{Frame, layout::Rect};

use super::window::{Areas, Button, Head, Window};
use crate::{
    app::dialog::{Message, Target},
    ui::{Role, Theme},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, message: &Message, theme: &Theme) -> Areas {
    let head = Head {
        title: &message.title,
        tone: Some(message.tone),
        keys: &[("j k", "scroll"), ("c", "copy"), ("esc", "close")],
    };
    let body = message.body();
    let wanted = body.lines().len() + 1 + Message::FIXED_ROWS;
    let mut window = Window::open(frame, area, theme, &head, wanted);
    let rows = usize::from(window.inner.height);
    let rows = rows.saturating_sub(Message::FIXED_ROWS);
    window.prose(body, rows);
    window.buttons(
        rows,
        &[
            Button {
                label: "Close",
                target: Target::Dismiss,
                focused: true,
                style: theme.get(Role::Text),
            },
            Button {
                label: "Copy",
                target: Target::Copy,
                focused: false,
                style: theme.get(Role::Text),
            },
        ],
    );
    window.areas
}
