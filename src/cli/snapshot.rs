//! `mlwarden snapshot`: a page of the console as a picture, drawn without a terminal.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{
    OK, UNREACHED,
    args::{Global, Picture, Snapshot},
    console, demo, output,
};
use crate::{
    app::{
        Headless, Start,
        keymap::Key,
        record::{Player, Recording},
    },
    domain::{ErrorClass, Failure},
    ui::{
        ThemeSource,
        export::{self, Format},
    },
};

/// What stands in the bar of a picture's window.
const TITLE: &str = "mlwarden";
/// When the README's pictures are taken.
const MOMENT: Timestamp = Timestamp::constant(1_795_428_000, 0);
/// The README's pictures: the file's name, the page, the keys, the lines. All have as many columns.
const PICTURES: [(&str, &str, &str, u16); 7] = [
    ("overview", "overview", "", 34),
    ("users", "users", "", 20),
    ("matrix", "matrix", "V t enter", 34),
    (
        "explained",
        "matrix",
        "V t enter x j enter j l l l l enter",
        34,
    ),
    ("cleanup", "cleanup", "delete", 26),
    ("role", "roles", "j e", 40),
    ("delete", "users", "j j space j j space delete", 22),
];
/// Their columns.
const WIDTH: u16 = 120;

/// Draws the page and writes it. 3 where nothing of the deployment could be reached; the
/// picture, which then says so, is written all the same.
pub(super) fn run(global: &Global, snapshot: &Snapshot) -> Result<u8, Failure> {
    if let Some(folder) = &snapshot.pictures {
        return pictures(global, folder);
    }
    let format = match (snapshot.format, &snapshot.out) {
        (Some(Picture::Svg), _) => Format::Svg,
        (Some(Picture::Html), _) => Format::Html,
        (Some(Picture::Text), _) | (None, None) => Format::Text,
        (None, Some(file)) => Format::of(file)?,
    };
    if let Some(file) = &snapshot.recording {
        let text = replayed(file, format)?;
        write(snapshot.out.as_deref(), &text)?;
        return Ok(OK);
    }
    let keys = keys(&snapshot.keys)?;
    let mut start = if snapshot.demo {
        demo::start(global, demo::place(None, 0, global.read_only)?)
    } else {
        console::unused(global)?
    };
    start.screen = console::screen(snapshot.page.as_deref())?;
    if snapshot.theme.is_some() {
        start.theme.clone_from(&snapshot.theme);
    }
    let drawn = drawn(start, snapshot.size, &keys, None)?;
    write(snapshot.out.as_deref(), &rendered(&drawn, format))?;
    Ok(match drawn.unreached() {
        Some(failure) => {
            output::note(&format!("{failure}\n  → {}", failure.next_step()));
            UNREACHED
        }
        None => OK,
    })
}

/// The last screen of a recording, in the theme that it was in.
fn replayed(file: &Path, format: Format) -> Result<String, Failure> {
    let recording = Recording::read(file)?;
    let mut player = Player::new(recording, ThemeSource::full(None));
    while player.frame().is_some() {}
    let (theme, screen) = (player.theme().ground(), player.screen());
    Ok(export::render(format, screen, theme, TITLE))
}

/// Makes the README's pictures anew. What comes by chance is made the same in every run.
fn pictures(global: &Global, folder: &Path) -> Result<u8, Failure> {
    fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    for (name, page, pressed, height) in PICTURES {
        let mut start = demo::start(global, demo::place(None, 0, false)?);
        start.screen = console::screen(Some(page))?;
        start.theme = Some("dark".to_owned());
        let drawn = drawn(start, (WIDTH, height), &keys(pressed)?, Some(MOMENT))?;
        let file = folder.join(name).with_extension("svg");
        write(Some(&file), &rendered(&drawn, Format::Svg))?;
    }
    Ok(OK)
}

fn drawn(
    start: Start,
    size: (u16, u16),
    keys: &[KeyEvent],
    steady: Option<Timestamp>,
) -> Result<Headless, Failure> {
    let mut headless = Headless::start(start, size, steady)?;
    for key in keys {
        headless.press(*key)?;
    }
    Ok(headless)
}

fn rendered(drawn: &Headless, format: Format) -> String {
    export::render(format, drawn.screen(), drawn.theme().ground(), TITLE)
}

fn write(file: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(file) = file else {
        output::print(text)?;
        return Ok(());
    };
    fs::write(file, text).map_err(|error| not_written(file, &error))
}

fn not_written(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        ErrorClass::Invalid,
        format!("writing {}", PathBuf::from(file).display()),
        error.to_string(),
    )
    .advise("name a file that can be written to")
}

/// The keys of a text: names as in a keymap, and texts to type in double quotes.
fn keys(text: &str) -> Result<Vec<KeyEvent>, Failure> {
    let wrong = |message: String| {
        Failure::invalid("reading --keys", message)
            .advise("write keys with spaces between them, and what is typed in double quotes: '/ \"ada\" enter'")
    };
    let mut keys = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"')
            // The key itself stands alone.
            && !quoted.is_empty()
            && !quoted.starts_with(' ')
        {
            let (typed, after) = quoted
                .split_once('"')
                .ok_or_else(|| wrong(format!("{rest:?} has no end")))?;
            let events = typed
                .chars()
                .map(|char| KeyEvent::new(KeyCode::Char(char), KeyModifiers::NONE));
            keys.extend(events);
            rest = after;
        } else {
            let (name, after) = rest.split_once(' ').unwrap_or((rest, ""));
            keys.push(name.parse::<Key>().map_err(wrong)?.event());
            rest = after;
        }
        rest = rest.trim_start();
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let keys = keys(text).unwrap();
        let names: Vec<String> = keys
            .into_iter()
            .map(|key| Key::of(key).unwrap().to_string())
            .collect();
        names.join(" ")
    }

    #[test]
    fn keys_are_named_and_texts_are_typed() {
        assert_eq!(read("V  t enter"), "V t enter");
        assert_eq!(
            read("/ \"ada l\" enter ctrl-s"),
            "/ a d a space l enter ctrl-s"
        );
        assert_eq!(read(""), "");
        let failure = keys("V hit").unwrap_err();
        assert!(failure.to_string().contains("\"hit\""), "{failure}");
        assert!(keys("/ \"ada").is_err());
    }
}
