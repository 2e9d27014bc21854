//! One key as it is written in a keymap and as the terminal reports it.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Names of keys that are no characters.
const NAMES: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("backspace", KeyCode::Backspace),
];

/// One key with what is held down. Shift is part of a character, never beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Key {
    /// The key of an event; none for a release and for keys that have no name here.
    pub fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        Self::new(event.code, event.modifiers)
    }

    /// The event that a terminal reports it by.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    fn new(code: KeyCode, modifiers: KeyModifiers) -> Option<Self> {
        let held = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let shift = modifiers.contains(KeyModifiers::SHIFT);
        match code {
            // Terminals differ in how they report shift with ctrl: the letter is what counts.
            KeyCode::Char(c) if held.contains(KeyModifiers::CONTROL) => Some(Self {
                code: KeyCode::Char(c.to_ascii_lowercase()),
                modifiers: held,
            }),
            KeyCode::Char(c) => {
                let c = if shift && c.is_ascii_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c
                };
                Some(Self {
                    code: KeyCode::Char(c),
                    modifiers: held,
                })
            }
            KeyCode::Tab if shift => Some(Self {
                code: KeyCode::BackTab,
                modifiers: held,
            }),
            KeyCode::BackTab => Some(Self {
                code,
                modifiers: held,
            }),
            KeyCode::F(_) => Some(Self {
                code,
                modifiers: modifiers
                    & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT),
            }),
            _ if NAMES.iter().any(|(_, named)| *named == code) => Some(Self {
                code,
                modifiers: modifiers
                    & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT),
            }),
            _ => None,
        }
    }

    /// Whether hands that page press it without looking.
    pub fn pages(&self) -> bool {
        let control = self.modifiers.contains(KeyModifiers::CONTROL);
        matches!(self.code, KeyCode::Char('d' | 'u' | 'f' | 'b') if control)
            || matches!(self.code, KeyCode::PageDown | KeyCode::PageUp)
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        loop {
            let held = [
                ("ctrl-", KeyModifiers::CONTROL),
                ("alt-", KeyModifiers::ALT),
                ("shift-", KeyModifiers::SHIFT),
            ]
            .into_iter()
            .find_map(|(name, held)| Some((rest.strip_prefix(name)?, held)));
            match held {
                Some((after, held)) if !after.is_empty() => {
                    rest = after;
                    modifiers |= held;
                }
                _ => break,
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(one), None) => KeyCode::Char(one),
            _ if rest == "space" => KeyCode::Char(' '),
            _ => named(rest).ok_or_else(|| {
                format!("there is no key {text:?}: write a character, or a name such as enter, esc, space, f5, ctrl-s")
            })?,
        };
        Self::new(code, modifiers).ok_or_else(|| format!("{text:?} cannot be pressed"))
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMES.iter().find(|(other, _)| *other == name) {
        return Some(*code);
    }
    let number: u8 = name.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.modifiers.contains(held) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            code => match NAMES.iter().find(|(_, named)| *named == code) {
                Some((name, _)) => f.write_str(name),
                None => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_key_however_a_terminal_reports_it() {
        let of = |code, modifiers| Key::of(KeyEvent::new(code, modifiers)).unwrap().to_string();
        assert_eq!(of(KeyCode::Char('g'), KeyModifiers::SHIFT), "G");
        assert_eq!(of(KeyCode::Char('G'), KeyModifiers::SHIFT), "G");
        assert_eq!(of(KeyCode::Char('G'), KeyModifiers::NONE), "G");
        assert_eq!(of(KeyCode::Char('?'), KeyModifiers::SHIFT), "?");
        assert_eq!(of(KeyCode::Char('D'), KeyModifiers::CONTROL), "ctrl-d");
        assert_eq!(of(KeyCode::Tab, KeyModifiers::SHIFT), "backtab");
        assert_eq!(of(KeyCode::BackTab, KeyModifiers::SHIFT), "backtab");
        let mut released = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        released.kind = KeyEventKind::Release;
        assert_eq!(Key::of(released), None);
    }

    #[test]
    fn only_ctrl_letters_and_page_keys_page() {
        for (text, pages) in [
            ("ctrl-d", true),
            ("pagedown", true),
            ("d", false),
            ("ctrl-k", false),
        ] {
            assert_eq!(text.parse::<Key>().unwrap().pages(), pages, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_written(text in "(ctrl-|alt-)?([ -~]|ä|enter|esc|f[1-9]|pageup|space)") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,12}") {
            let _ = text.parse::<Key>();
        }
    }
}
