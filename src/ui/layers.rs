//! Windows on top of a page.

use ratatui::{
    Frame,
    layout::{Constraint, Flex, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph},
};

use super::{
    Role, Seen, Theme, detail, dialogs,
    text::{clean, fit, wrapped},
    widgets::{comparison, plot, preview},
};
use crate::app::{
    State,
    actions::{Context, Section, TABLE},
    enabled,
    layer::Layer,
    palette::Palette,
};

/// The widest a window gets.
const WIDEST: u16 = 100;

/// Draws the windows, the last one on top.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    page: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    for layer in &state.layers {
        seen.dialog = None;
        seen.window = Some(match layer {
            Layer::Help { scroll } => help(frame, page, state, theme, *scroll),
            Layer::Palette(palette) => self::palette(frame, page, palette, theme),
            Layer::Detail { detail, .. } => {
                detail::draw(frame, page, detail, theme);
                page
            }
            Layer::Chart(chart) => {
                let inner = frame_of(frame, page, theme);
                plot::draw(chart, theme, frame.buffer_mut(), inner);
                page
            }
            Layer::Compare(compare) => {
                let inner = frame_of(frame, page, theme);
                seen.compare = Some(comparison::draw(compare, theme, frame.buffer_mut(), inner));
                page
            }
            Layer::Preview { preview, .. } => {
                preview::draw(preview, theme, frame, page);
                page
            }
            Layer::Dialog(dialog, _) => {
                seen.dialog = Some(dialogs::draw(frame, page, dialog, theme));
                page
            }
        });
    }
}

/// A frame as large as the page; what is within it.
fn frame_of(frame: &mut Frame<'_>, page: Rect, theme: &Theme) -> Rect {
    let block = Block::bordered()
        .border_type(if theme.is_ascii() {
            BorderType::Plain
        } else {
            BorderType::Rounded
        })
        .border_style(theme.get(Role::Border))
        .padding(Padding::horizontal(1));
    let inner = block.inner(page);
    frame.render_widget(Clear, page);
    frame.render_widget(block, page);
    inner
}

/// The keys of this page by what they have to do with; why those that do nothing now do not.
fn help(frame: &mut Frame<'_>, page: Rect, state: &State, theme: &Theme, scroll: usize) -> Rect {
    let contexts = Context::of(state.screen());
    // Less the frame.
    let room = usize::from(page.width.saturating_sub(2).min(WIDEST)).saturating_sub(4);
    let mut lines = Vec::new();
    for section in Section::ALL {
        let mut entries = TABLE
            .iter()
            .filter(|entry| entry.section == section && contexts.contains(&entry.context))
            .filter_map(|entry| {
                let keys = state.keymap.keys(entry.action, contexts);
                (!keys.is_empty()).then_some((entry, keys))
            })
            .peekable();
        if entries.peek().is_none() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(section.title(), theme.get(Role::Title)));
        for (entry, keys) in entries {
            let mut line = Line::from(Span::styled(
                format!("  {:<22}", keys.join("  ")),
                theme.get(Role::HintKey),
            ));
            match enabled(state, entry.action) {
                Ok(()) => line.push_span(Span::styled(entry.doc, theme.get(Role::Text))),
                Err(reason) => {
                    line.push_span(Span::styled(entry.doc, theme.get(Role::Dim)));
                    line.push_span(Span::styled(format!("  ({reason})"), theme.get(Role::Dim)));
                }
            }
            lines.extend(wrapped(&line, 24, room));
        }
    }
    let title = format!("Keys: {}", state.screen().title());
    window(
        frame,
        page,
        theme,
        &title,
        "j k scroll  any other key closes",
        lines,
        scroll,
    )
}

fn palette(frame: &mut Frame<'_>, page: Rect, palette: &Palette, theme: &Theme) -> Rect {
    let rows = usize::from(page.height.saturating_sub(4)).max(1);
    let first = (palette.cursor + 1).saturating_sub(rows);
    let mut lines = vec![Line::from(vec![
        Span::styled("> ", theme.get(Role::HintKey)),
        Span::styled(
            clean(palette.input.value()).into_owned(),
            theme.get(Role::Input),
        ),
    ])];
    for (place, item) in palette.found().enumerate().skip(first).take(rows) {
        let chosen = place == palette.cursor;
        let style = match (chosen, &item.disabled) {
            (true, _) => theme.get(Role::Selection),
            (false, None) => theme.get(Role::Text),
            (false, Some(_)) => theme.get(Role::Dim),
        };
        let words = match &item.disabled {
            None => item.doc.clone(),
            Some(reason) => format!("{} ({reason})", item.doc),
        };
        lines.push(Line::from(vec![
            Span::styled(
                if chosen { theme.sign("▌", ">") } else { " " },
                theme.get(Role::Title),
            ),
            Span::styled(format!("{:<20}", item.name), style),
            Span::styled(
                format!(" {:<13} ", fit(&item.keys, 13, theme.cut())),
                theme.get(Role::HintKey),
            ),
            Span::styled(words, theme.get(Role::Dim)),
        ]));
    }
    let count = format!("{} actions  enter does it  esc closes", palette.count());
    let area = window(frame, page, theme, "Actions", &count, lines, 0);
    let column = u16::try_from(palette.input.visual_cursor()).unwrap_or(u16::MAX);
    frame.set_cursor_position((
        (area.x + 4)
            .saturating_add(column)
            .min(area.right().saturating_sub(2)),
        area.y + 1,
    ));
    area
}

fn window(
    frame: &mut Frame<'_>,
    page: Rect,
    theme: &Theme,
    title: &str,
    keys: &str,
    lines: Vec<Line<'static>>,
    scroll: usize,
) -> Rect {
    let width = page.width.saturating_sub(2).min(WIDEST);
    let height = u16::try_from(lines.len() + 2)
        .unwrap_or(u16::MAX)
        .min(page.height);
    let [column] = Layout::horizontal([Constraint::Length(width)])
        .flex(Flex::Center)
        .areas(page);
    let [area] = Layout::vertical([Constraint::Length(height)])
        .flex(Flex::Center)
        .areas(column);
    let last = lines
        .len()
        .saturating_sub(usize::from(height.saturating_sub(2)));
    let scroll = u16::try_from(scroll.min(last)).unwrap_or(u16::MAX);
    let block = Block::bordered()
        .border_type(if theme.is_ascii() {
            BorderType::Plain
        } else {
            BorderType::Rounded
        })
        .border_style(theme.get(Role::Border))
        .padding(Padding::horizontal(1))
        .title(Line::styled(format!(" {title} "), theme.get(Role::Title)))
        .title_bottom(Line::styled(format!(" {keys} "), theme.get(Role::Hint)).right_aligned());
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block).scroll((scroll, 0)), area);
    area
}
