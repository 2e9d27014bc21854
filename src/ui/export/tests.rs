use proptest::prelude::*;
use ratatui::{
    layout::Rect,
    style::{Color, Modifier, Style},
};

use super::*;

const GROUND: ([u8; 3], [u8; 3]) = ([16, 18, 24], [220, 220, 220]);

fn screen(lines: &[&str]) -> Buffer {
    Buffer::with_lines(lines.iter().copied())
}

fn drawn(format: Format, screen: &Buffer) -> String {
    render(format, screen, GROUND, "mlwarden")
}

/// The pieces of text of a drawing: from the left, how wide, what.
fn pieces(svg: &str) -> Vec<(String, String, String)> {
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut pieces, mut open) = (Vec::new(), None);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "text" => {
                let value = |name: &str| {
                    tag.try_get_attribute(name)
                        .unwrap()
                        .map(|found| found.value.into_owned())
                };
                if let (Some(x), Some(length)) = (value("x"), value("textLength")) {
                    open = Some((x, length, String::new()));
                }
            }
            quick_xml::events::Event::Text(text) => {
                if let Some((_, _, open)) = &mut open {
                    open.push_str(&text);
                }
            }
            quick_xml::events::Event::GeneralRef(name) => {
                if let Some((_, _, open)) = &mut open {
                    open.push('&');
                    open.push_str(&name);
                    open.push(';');
                }
            }
            quick_xml::events::Event::End(tag) if tag.name().as_ref() == "text" => {
                pieces.extend(open.take());
            }
            quick_xml::events::Event::Eof => return pieces,
            _ => {}
        }
    }
}

#[test]
fn the_ending_says_the_format() {
    let screen = screen(&["ready"]);
    let picture = |name: &str| picture(Path::new(name), &screen, GROUND, "mlwarden");
    assert!(picture("a.svg").unwrap().starts_with("<svg "));
    assert!(picture("a.HTML").unwrap().starts_with("<!DOCTYPE html>"));
    assert!(picture("b.htm").unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(picture("a.txt").unwrap(), "ready\n");
    for name in ["a.png", "svg", ""] {
        let failure = picture(name).unwrap_err();
        for ending in [".svg", ".html", ".htm", ".txt"] {
            assert!(failure.next_step().contains(ending), "{failure}");
        }
    }
}

#[test]
fn columns_start_where_their_cells_are_in_any_font() {
    let svg = drawn(Format::Svg, &screen(&["User     State", "日本語 x  y"]));
    let pieces = pieces(&svg);
    let pieces: Vec<_> = pieces
        .iter()
        .map(|(x, width, text)| (x.as_str(), width.as_str(), text.as_str()))
        .collect();
    assert_eq!(
        pieces,
        [
            ("14", "33.6", "User"),
            ("89.6", "42", "State"),
            ("14", "16.8", "日"),
            ("30.8", "16.8", "本"),
            ("47.6", "16.8", "語"),
            ("72.8", "8.4", "x"),
            ("98", "8.4", "y"),
        ]
    );
}

#[test]
fn a_combining_mark_stays_with_its_letter_and_a_lone_one_takes_no_other_s() {
    let mut screen = screen(&["Zoe\u{301}!", "ab"]);
    screen[(1, 1)].set_symbol("\u{301}");
    assert_eq!(drawn(Format::Text, &screen), "Zoe\u{301}!\na\n");
    assert!(drawn(Format::Svg, &screen).contains(">e\u{301}<"));
}

#[test]
fn styles_are_seen() {
    let mut screen = screen(&["plain bold red dim back line"]);
    let mut style = |x, width, style: Style| screen.set_style(Rect::new(x, 0, width, 1), style);
    style(6, 4, Style::new().add_modifier(Modifier::BOLD));
    style(11, 3, Style::new().fg(Color::Rgb(255, 0, 1)));
    style(15, 3, Style::new().add_modifier(Modifier::DIM));
    style(19, 4, Style::new().add_modifier(Modifier::REVERSED));
    style(24, 4, Style::new().add_modifier(Modifier::UNDERLINED));
    let html = drawn(Format::Html, &screen);
    for part in [
        "plain <span style=\"font-weight:bold\">bold</span> ",
        "<span style=\"color:#ff0001\">red</span>",
        "<span style=\"color:#8a8b8e\">dim</span>",
        "<span style=\"color:#101218;background:#dcdcdc\">back</span>",
        "<span style=\"text-decoration:underline\">line</span>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let svg = drawn(Format::Svg, &screen);
    for part in [
        " font-weight=\"bold\">bold<",
        " fill=\"#ff0001\">red<",
        " fill=\"#8a8b8e\">dim<",
        " fill=\"#101218\">back<",
        "width=\"33.6\" height=\"18\" fill=\"#dcdcdc\"",
        "y=\"49.2\" width=\"33.6\" height=\"1\" fill=\"#dcdcdc\"",
    ] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
}

#[test]
fn what_is_hidden_on_the_screen_is_not_in_the_picture() {
    let mut screen = screen(&["secret"]);
    screen.set_style(screen.area, Style::new().add_modifier(Modifier::HIDDEN));
    for format in [Format::Svg, Format::Html, Format::Text] {
        assert!(!drawn(format, &screen).contains("secret"));
    }
}

#[test]
fn text_that_is_markup_elsewhere_is_text() {
    let hostile = "<script>alert(\"1\")</script>&amp;'--></pre>]]>";
    let screen = screen(&[hostile]);
    let title = "</title><script>";
    for format in [Format::Svg, Format::Html] {
        let picture = render(format, &screen, GROUND, title);
        assert!(!picture.contains("<script"), "{picture}");
        assert!(picture.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
        assert!(picture.contains("&amp;amp;&#39;--&gt;&lt;/pre&gt;]]&gt;"));
        assert!(picture.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"));
    }
    assert_eq!(drawn(Format::Text, &screen), format!("{hostile}\n"));
}

#[test]
fn what_a_terminal_obeys_or_a_reader_does_not_see_is_shown() {
    let mut screen = screen(&["......"]);
    for (at, symbol) in (0..).zip(["\u{1b}", "\u{9b}", "\u{202e}", "\0", "\n", "\u{200b}"]) {
        screen[(at, 0)].set_symbol(symbol);
    }
    assert_eq!(
        drawn(Format::Text, &screen),
        "␛\u{fffd}\u{fffd}␀␊\u{fffd}\n"
    );
    for format in [Format::Svg, Format::Html] {
        let picture = drawn(format, &screen);
        assert!(!picture.contains(|char: char| char.is_control() && char != '\n'));
        assert!(!picture.contains('\u{202e}'));
    }
}

#[test]
fn the_lines_of_a_frame_meet() {
    let svg = drawn(Format::Svg, &screen(&["┌─┐", "│a│", "└─┘"]));
    assert!(!svg.contains('│'), "drawn, not written");
    // The left edge, row by row: from the corner's middle to the bottom, through, to the middle.
    for edge in ["M17.7 42.5h1v9.5", "M17.7 52h1v18", "M17.7 70h1v9.5"] {
        assert!(svg.contains(edge), "{edge} in {svg}");
    }
    assert_eq!(drawn(Format::Text, &screen(&["┌─┐", "└─┘"])), "┌─┐\n└─┘\n");
}

#[test]
fn no_screen_is_a_picture_too() {
    let screen = Buffer::empty(Rect::new(0, 0, 0, 0));
    assert_eq!(drawn(Format::Text, &screen), "");
    assert!(pieces(&drawn(Format::Svg, &screen)).is_empty());
}

proptest! {
    #[test]
    fn any_cells_make_a_picture_that_is_well_formed_and_harmless(
        symbols in prop::collection::vec("\\PC{0,3}|.{0,3}|[\u{0}-\u{9f}<>&\"']{0,3}", 1..40),
    ) {
        let mut screen = Buffer::empty(Rect::new(0, 0, 10, 4));
        for (cell, symbol) in screen.content.iter_mut().zip(&symbols) {
            cell.set_symbol(symbol);
        }
        let text = drawn(Format::Text, &screen);
        prop_assert_eq!(text.lines().count(), 4);
        for line in text.lines() {
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(crate::ui::text::width(line) <= 10);
        }
        let svg = drawn(Format::Svg, &screen);
        pieces(&svg);
        prop_assert_eq!(svg, drawn(Format::Svg, &screen));
    }
}
