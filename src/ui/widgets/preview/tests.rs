use std::io::Cursor;

use image::{ImageFormat, Rgba, RgbaImage};
use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    style::Color,
};
use rstest::rstest;

use super::*;
use crate::{app::dialog::Room, ui::Depth};

fn drawn(preview: &mut Preview, theme: &Theme, width: u16, height: u16) -> (Buffer, String) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    preview.resize(Room { width, height });
    terminal
        .draw(|frame| {
            draw(preview, theme, frame, frame.area());
        })
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let lines = buffer.content().chunks(usize::from(width)).map(|line| {
        // A wide character owns the cell after it.
        let mut text = String::new();
        let mut skip = 0;
        for cell in line {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = text::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        text.trim_end().to_owned()
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    (buffer, text)
}

fn of(path: &str, bytes: &[u8]) -> Preview {
    Preview::of(path, bytes, bytes.len() as u64)
}

/// Red to the right, green downwards, with a round hole.
fn png() -> Vec<u8> {
    let picture = RgbaImage::from_fn(64, 48, |x, y| {
        let (from_x, from_y) = (i64::from(x) - 32, i64::from(y) - 24);
        let hole = from_x * from_x + from_y * from_y < 100;
        let part = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
        Rgba([part(x, 64), part(y, 48), 90, if hole { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

const CSV: &str = "city,price,a note\nZürich,12.5,first\n\"a,b\",-3,\"two\nlines\"\n日本,100000,\u{1b}[31mred\nשלום,0,\u{202e}evil\n";

#[rstest]
fn they_look_like_this(
    #[values((80, 24), (120, 40))] (width, height): (u16, u16),
    #[values(false, true)] ascii: bool,
) {
    let theme = if ascii {
        Theme::ascii()
    } else {
        Theme::plain()
    };
    let text = "plain \u{1b}[31mred\u{1b}[0m text\n\ttabs\n日本語 and שלום\n\u{202e}gpj.exe\n";
    let model = "run_id: abc\nmlflow_version: 3.17.2\nsignature:\n  inputs: '[{\"type\": \"double\", \"name\": \"area\"}]'\n  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float64\", \"shape\": [-1]}}]'\nflavors:\n  sklearn:\n    sklearn_version: 1.4.2\n";
    let bytes: Vec<u8> = (0..=255).collect();
    let signs = if ascii { "ascii" } else { "plain" };
    for (name, mut preview) in [
        ("text", of("logs/\u{1b}odd.txt", text.as_bytes())),
        ("csv", of("data/table.csv", CSV.as_bytes())),
        (
            "json",
            of(
                "metrics.json",
                br#"{"auc": 0.9, "nested": {"deep": [1, 2]}}"#,
            ),
        ),
        ("model", of("model/MLmodel", model.as_bytes())),
        ("bytes", Preview::of("model.pkl", &bytes, 9_000)),
        ("picture", of("plots/plot.png", &png())),
    ] {
        let (buffer, text) = drawn(&mut preview, &theme, width, height);
        assert_snapshot!(format!("preview_{name}_{signs}_{width}x{height}"), text);
        let harmless = |cell: &Cell| !cell.symbol().chars().any(char::is_control);
        assert!(buffer.content().iter().all(harmless), "{name}");
    }
}

#[test]
fn a_picture_has_two_colours_a_cell_and_shades_where_there_are_none() {
    let (buffer, _) = drawn(&mut of("a.png", &png()), &Theme::plain(), 80, 24);
    let cell = &buffer[(60, 3)];
    assert_eq!(cell.symbol(), "▀");
    assert!(matches!(
        (cell.fg, cell.bg),
        (Color::Rgb(..), Color::Rgb(..))
    ));
    let indexed = Theme::embedded("dark", Depth::Indexed, false);
    let (buffer, _) = drawn(&mut of("a.png", &png()), &indexed, 80, 24);
    assert!(matches!(buffer[(60, 3)].fg, Color::Indexed(_)));
    let none = Theme::embedded("dark", Depth::None, false);
    let (buffer, text) = drawn(&mut of("a.png", &png()), &none, 80, 24);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset));
    assert!(text.contains('░') && text.contains('▓') && !text.contains('▀'));
}

#[test]
fn further_to_the_right_a_wide_character_is_not_halved() {
    let text = format!("{}end\n{}", "日".repeat(60), "x".repeat(99));
    let mut preview = of("a.txt", text.as_bytes());
    drawn(&mut preview, &Theme::plain(), 40, 6);
    preview.go_right();
    let line = scrolled("日日日日", 3, 10, &Theme::plain());
    assert_eq!(line, " 日日");
    let (_, text) = drawn(&mut preview, &Theme::plain(), 40, 6);
    assert!(text.lines().nth(1).unwrap().starts_with("│ 日日"), "{text}");
}

#[test]
fn no_size_breaks_it() {
    for width in 1..30 {
        for height in 1..8 {
            for mut preview in [
                of("a.csv", CSV.as_bytes()),
                of("a.png", &png()),
                of("a.json", b"[1]"),
                Preview::of("a.bin", b"\0\x01", 9),
            ] {
                drawn(&mut preview, &Theme::plain(), width, height);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_content_reaches_the_terminal_as_a_command(
        name in "a\\.(txt|csv|json|yaml|md|bin)|MLmodel|[\u{0}-\u{ff}]{0,9}",
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "([\u{0}-\u{2ff}\u{200b}-\u{2069}日,:\n]){0,80}".prop_map(String::into_bytes),
        ],
        left in 0_usize..4,
        ascii: bool,
    ) {
        let theme = if ascii { Theme::ascii() } else { Theme::plain() };
        let mut preview = of(&name, &bytes);
        for _ in 0..left {
            preview.go_right();
        }
        let (buffer, _) = drawn(&mut preview, &theme, 60, 12);
        for cell in buffer.content() {
            prop_assert!(!cell.symbol().chars().any(char::is_control));
        }
    }
}
