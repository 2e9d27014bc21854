//! What surrounds every page: where one is, what happens, what one can do.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{Role, Theme};
use crate::{
    app::{
        Screen, State,
        action::{Place, TABLE},
        state::{Discovery, Prompt},
    },
    domain::Found,
};

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠋", "⠏"];
const PLAIN_SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// The picture of the spinner that is next.
pub(super) fn spinner(state: &State, theme: &Theme) -> &'static str {
    let at = state.spin;
    let sign = SPINNER.get(at % SPINNER.len()).copied().unwrap_or(" ");
    let plain = PLAIN_SPINNER
        .get(at % PLAIN_SPINNER.len())
        .copied()
        .unwrap_or(" ");
    theme.sign(sign, plain)
}

/// Which deployment, as whom.
pub(super) fn header(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let deployment = &state.deployment;
    let text = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
    let caller = text(&deployment.caller_arn)
        .map(|arn| arn.rsplit(':').next().unwrap_or_default().to_owned());
    let mut line = Line::default().style(theme.get(Role::Header));
    line.push_span(Span::styled(" mlwarden ", theme.get(Role::HeaderKey)));
    if state.read_only {
        line.push_span(Span::styled(" READ-ONLY ", theme.get(Role::ReadOnly)));
        line.push_span(" ");
    }
    for (name, value) in [
        ("ctx", Some(state.context.clone())),
        ("account", text(&deployment.account)),
        ("region", text(&deployment.region)),
        ("as", caller),
        ("pool", text(&deployment.user_pool_id)),
        ("stage", text(&deployment.stage)),
    ] {
        if let Some(value) = value {
            line.push_span(Span::styled(format!("{name} "), theme.get(Role::HeaderKey)));
            line.push_span(Span::styled(format!("{value}  "), theme.get(Role::Header)));
        }
    }
    frame.render_widget(Paragraph::new(line).style(theme.get(Role::Header)), area);
}

/// The screens, and the age of the data at the right.
pub(super) fn tabs(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let mut line = Line::default();
    for (number, screen) in (1..).zip(Screen::ALL) {
        let role = if screen == state.screen {
            Role::TabActive
        } else {
            Role::Tab
        };
        line.push_span(Span::styled(
            format!(" {number} {} ", screen.title()),
            theme.get(role),
        ));
        line.push_span(" ");
    }
    frame.render_widget(Paragraph::new(line), area);
    let at = match state.screen {
        Screen::Overview => match &state.discovery {
            Discovery::Done(at) => Some(*at),
            _ => None,
        },
        Screen::Users => state.users.at(),
        Screen::Groups => state.groups.at(),
        Screen::Matrix => None,
    };
    if let Some(at) = at {
        let text = format!("as of {} UTC ", at.strftime("%H:%M:%S"));
        frame.render_widget(
            Paragraph::new(Line::styled(text, theme.get(Role::Dim)).right_aligned()),
            area,
        );
    }
}

/// What is being typed, else what happened, else what the filter leaves.
pub(super) fn status(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let line = match &state.prompt {
        Some(Prompt::Filter(input)) => prompt(frame, area, '/', input),
        Some(Prompt::Command(input)) => prompt(frame, area, ':', input),
        None => match &state.toast {
            Some(toast) => Line::styled(format!(" {toast}"), theme.get(Role::Toast)),
            None if !state.filter().is_empty() => Line::styled(
                format!(" filter: {} (esc clears it)", state.filter()),
                theme.get(Role::Dim),
            ),
            None => Line::default(),
        },
    };
    frame.render_widget(Paragraph::new(line), area);
}

fn prompt(
    frame: &mut Frame<'_>,
    area: Rect,
    sign: char,
    input: &tui_input::Input,
) -> Line<'static> {
    let column = u16::try_from(input.visual_cursor()).unwrap_or(u16::MAX);
    frame.set_cursor_position((
        area.x
            .saturating_add(2)
            .saturating_add(column)
            .min(area.right().saturating_sub(1)),
        area.y,
    ));
    Line::raw(format!(" {sign}{}", input.value()))
}

/// The keys of this screen, as many as fit.
pub(super) fn hints(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let mut line = Line::raw(" ");
    let modal = state.modal.is_some();
    let entries = TABLE.iter().filter(|entry| {
        !entry.hint.is_empty()
            && !modal
            && entry.place != Place::Modal
            && entry.applies(state.screen)
    });
    for entry in entries {
        let key = entry.keys.first().copied().unwrap_or_default();
        let room = usize::from(area.width).saturating_sub(line.width());
        if key.len() + entry.hint.len() + 3 > room {
            break;
        }
        line.push_span(Span::styled(key, theme.get(Role::HintKey)));
        line.push_span(Span::styled(
            format!(" {}  ", entry.hint),
            theme.get(Role::Hint),
        ));
    }
    frame.render_widget(Paragraph::new(line), area);
}
