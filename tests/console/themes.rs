//! Every theme on one page, with its styles, so that no theme changes unseen.

use std::fmt::Write as _;

use mlwarden::{
    app::{Screen, State},
    domain::Environment,
    ui::{Depth, Theme},
};
use ratatui::{buffer::Buffer, style::Style};

use crate::scene::{found, keys, shown, start, users};

const NAMES: [&str; 9] = [
    "catppuccin",
    "dark",
    "gruvbox",
    "high-contrast",
    "light",
    "mono",
    "nord",
    "solarized-dark",
    "solarized-light",
];

/// The cells by style: for each line what stands there and how it looks, run by run.
fn styled(buffer: &Buffer) -> String {
    let mut dump = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut runs: Vec<(Style, String)> = Vec::new();
        for x in buffer.area.left()..buffer.area.right() {
            let cell = &buffer[(x, y)];
            match runs.last_mut() {
                Some((style, text)) if *style == cell.style() => text.push_str(cell.symbol()),
                _ => runs.push((cell.style(), cell.symbol().to_owned())),
            }
        }
        for (style, text) in runs {
            let color = |color: Option<ratatui::style::Color>| {
                color.map_or_else(|| "-".to_owned(), |color| color.to_string())
            };
            let _ = writeln!(
                dump,
                "{y:>2} {:>8} on {:<8} {:<12} {:?}",
                color(style.fg),
                color(style.bg),
                format!("{:?}", style.add_modifier).to_lowercase(),
                text.trim_end()
            );
        }
    }
    dump
}

/// Users with a mark, a filter with what it found, the cursor.
fn page() -> State {
    let mut state = users();
    keys(&mut state, " /example\n");
    state
}

#[test]
fn every_theme_in_full_colour() {
    for name in NAMES {
        let theme = Theme::embedded(name, Depth::True, false);
        let (buffer, _) = shown(&mut page(), 80, 12, &theme);
        insta::assert_snapshot!(format!("theme_{name}"), styled(&buffer));
    }
}

#[test]
fn the_dark_theme_where_colours_are_fewer() {
    for (name, depth) in [
        ("256", Depth::Indexed),
        ("16", Depth::Sixteen),
        ("none", Depth::None),
    ] {
        let theme = Theme::embedded("dark", depth, false);
        let (buffer, _) = shown(&mut page(), 80, 12, &theme);
        insta::assert_snapshot!(format!("depth_{name}"), styled(&buffer));
    }
}

#[test]
fn the_environment_has_its_colour_in_the_header() {
    for (name, environment) in [
        ("plain", Environment::Plain),
        ("red", Environment::Red),
        ("yellow", Environment::Yellow),
        ("green", Environment::Green),
    ] {
        let mut state = start(Screen::Overview);
        state.data.label.environment = environment;
        state.data.label.read_only = name == "yellow";
        found(&mut state);
        let (buffer, _) = shown(&mut state, 100, 10, &Theme::plain());
        let header: String = styled(&buffer)
            .lines()
            .filter(|line| line.starts_with(" 0"))
            .fold(String::new(), |all, line| all + line + "\n");
        insta::assert_snapshot!(format!("environment_{name}"), header);
    }
}
