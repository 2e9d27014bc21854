use std::collections::HashMap;

use ratatui::style::Modifier;

use super::{
    contrast::contrast,
    file::{self, Look, resolve},
    *,
};
use crate::config::Problem;

fn looks(name: &str) -> (HashMap<String, Look>, Vec<Problem>) {
    let mut problems = Vec::new();
    let looks = file::looks(name, &file::embedded, &mut problems);
    (looks, problems)
}

/// Roles that are drawn on the page's own ground.
const ON_GROUND: &[Role] = &[
    Role::Text,
    Role::Dim,
    Role::Title,
    Role::Label,
    Role::Tab,
    Role::Column,
    Role::Match,
    Role::Input,
    Role::Invalid,
    Role::HintKey,
    Role::Hint,
    Role::Toast,
    Role::Border,
    Role::Scrollbar,
    Role::Accent,
    Role::Ok,
    Role::Denied,
    Role::Danger,
    Role::Warning,
    Role::Unknown,
    Role::Marked,
    Role::Series1,
    Role::Series2,
    Role::Series3,
    Role::Series4,
    Role::Series5,
    Role::Series6,
];

/// What texts of a row keep when the cursor is on it.
const IN_ROWS: &[Role] = &[
    Role::Text,
    Role::Dim,
    Role::Accent,
    Role::Ok,
    Role::Denied,
    Role::Danger,
    Role::Warning,
    Role::Unknown,
    Role::Marked,
    Role::Match,
];

fn is_quiet(role: Role) -> bool {
    matches!(
        role,
        Role::Dim
            | Role::Hint
            | Role::Tab
            | Role::Label
            | Role::Border
            | Role::Scrollbar
            | Role::Denied
    )
}

#[test]
fn every_theme_is_whole_and_without_a_mistake() {
    for name in file::NAMES {
        let (looks, problems) = looks(name);
        assert_eq!(problems, [], "{name}");
        for role in Role::ALL {
            let look = resolve(&looks, *role);
            assert_ne!(look, Look::default(), "{name}: {}", role.name());
        }
    }
}

#[test]
fn every_text_can_be_read_on_its_ground_in_every_theme() {
    let mut bad = Vec::new();
    for name in file::NAMES {
        let (looks, _) = looks(name);
        let look = |role| resolve(&looks, role);
        let ground = look(Role::Background).bg.unwrap();
        let needed = |role| match (is_quiet(role), *name) {
            (true, "high-contrast") => 4.5,
            (false, "high-contrast") => 7.0,
            (true, _) => 3.0,
            (false, _) => 4.5,
        };
        let mut check = |role: Role, on: [u8; 3], place: &str| {
            let Some(fg) = look(role).fg else { return };
            let ratio = contrast(fg, on);
            if ratio < needed(role) {
                bad.push(format!("{name}: {} on {place}: {ratio:.2}", role.name()));
            }
        };
        for role in ON_GROUND {
            check(*role, look(*role).bg.unwrap_or(ground), "ground");
        }
        let cursor = look(Role::Cursor).bg.unwrap_or(ground);
        for role in IN_ROWS {
            check(*role, look(*role).bg.unwrap_or(cursor), "cursor");
        }
        for role in [
            Role::Header,
            Role::HeaderKey,
            Role::TabActive,
            Role::Selection,
            Role::ReadOnly,
            Role::EnvRed,
            Role::EnvYellow,
            Role::EnvGreen,
        ] {
            let header = look(Role::Header).bg.unwrap_or(ground);
            check(role, look(role).bg.unwrap_or(header), "its own ground");
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn mono_has_no_hue() {
    let (looks, _) = looks("mono");
    for role in Role::ALL {
        let look = resolve(&looks, *role);
        for [red, green, blue] in [look.fg, look.bg].into_iter().flatten() {
            assert!(red == green && green == blue, "{}", role.name());
        }
    }
}

#[test]
fn no_text_is_lost_in_its_ground_at_any_depth() {
    for name in file::NAMES {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = Theme::embedded(name, depth, false);
            for role in Role::ALL {
                let style = theme.get(*role);
                assert!(
                    style.fg.is_none() || style.fg != style.bg,
                    "{name} {depth:?} {}",
                    role.name()
                );
            }
        }
    }
}

#[test]
fn without_colours_emphasis_stays() {
    let theme = Theme::ascii();
    let has = |role, modifier| theme.get(role).add_modifier.contains(modifier);
    assert_eq!(theme.get(Role::Danger).fg, None);
    assert!(has(Role::Danger, Modifier::BOLD));
    assert!(has(Role::Cursor, Modifier::REVERSED));
    assert!(has(Role::TabActive, Modifier::REVERSED));
    assert!(!has(Role::Background, Modifier::REVERSED));
}

#[test]
fn marks_are_told_apart_without_any_colour() {
    let theme = Theme::ascii();
    let mut signs: Vec<_> = [
        Mark::OverGranted,
        Mark::Drift,
        Mark::UnderGranted,
        Mark::Inconclusive,
        Mark::Unknown,
        Mark::Allowed,
        Mark::Denied,
    ]
    .map(|mark| theme.mark(mark).0)
    .to_vec();
    signs.sort_unstable();
    signs.dedup();
    assert_eq!(signs.len(), 7);
}

#[test]
fn the_lines_of_a_chart_are_told_apart_without_any_colour() {
    for theme in [Theme::plain(), Theme::ascii()] {
        let mut signs: Vec<_> = (0..12).map(|place| theme.series(place).0).collect();
        signs.sort_unstable();
        signs.dedup();
        assert_eq!(signs.len(), 12);
        assert!(signs.iter().all(|sign| sign.is_ascii() == theme.is_ascii()));
    }
}

#[test]
fn a_users_theme_says_only_what_is_different() {
    let find = |name: &str| {
        match name {
        "mine" => Some((
            "mine.toml".to_owned(),
            "inherits = \"nord\"\n[palette]\nred = \"#ff0000\"\n[styles]\ndanger = { fg = \"red\" }\n".to_owned(),
        )),
        name => file::embedded(name),
    }
    };
    let (theme, problems) = file::load("mine", &find, Depth::True, false);
    let nord = Theme::embedded("nord", Depth::True, false);
    assert_eq!(problems, []);
    assert_eq!(theme.get(Role::Text), nord.get(Role::Text));
    assert_ne!(theme.get(Role::Danger), nord.get(Role::Danger));
}

#[test]
fn every_mistake_in_a_users_theme_is_named_and_costs_its_line_alone() {
    let find = |name: &str| match name {
        "mine" => Some((
            "mine.toml".to_owned(),
            "[styles]\ntext = \"puce\"\ntitel = \"#ffffff\"\nok = \"#00ff00\"\n".to_owned(),
        )),
        "loop" => Some(("loop.toml".to_owned(), "inherits = \"loop\"\n".to_owned())),
        "broken" => Some(("broken.toml".to_owned(), "[styles]\ntext = \n".to_owned())),
        name => file::embedded(name),
    };
    let dark = Theme::plain();
    let load = |name| file::load(name, &find, Depth::True, false);
    let (theme, problems) = load("mine");
    let mut lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, [2, 3]);
    assert_eq!(theme.get(Role::Text), dark.get(Role::Text));
    assert_ne!(theme.get(Role::Ok), dark.get(Role::Ok));
    for (name, line) in [("loop", 1), ("broken", 2), ("nowhere", 0)] {
        let (theme, problems) = load(name);
        assert_eq!(problems.len(), 1, "{name}");
        assert_eq!(problems[0].line, line, "{name}");
        assert_eq!(theme.get(Role::Danger), dark.get(Role::Danger));
    }
}
