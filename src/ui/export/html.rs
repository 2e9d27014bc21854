//! A screen as a page of HTML that needs nothing else: no script, no style sheet, no font.

use std::fmt::Write;

use ratatui::style::Modifier;

use super::{
    hex,
    lines::{Look, Run},
};
use crate::{domain::markup::escaped, ui::text};

/// Fonts whose characters are all as wide as each other.
pub(super) const FONTS: &str = "ui-monospace,'Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// The page.
pub fn draw(lines: &[Vec<Run>], ground: ([u8; 3], [u8; 3]), title: &str) -> String {
    let (behind, plain) = (hex(ground.0), hex(ground.1));
    let title = text::clean(title);
    let title = escaped(&title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n</head>\n\
         <body style=\"margin:0;padding:1.5em;background:{behind};color:{plain}\">\n\
         <pre style=\"margin:0;font:14px/1.3 {FONTS};unicode-bidi:bidi-override;direction:ltr\">"
    );
    // Without it a first line without text would be taken for no line.
    out.push('\n');
    for line in lines {
        for run in line {
            span(&mut out, run, ground);
        }
        out.push('\n');
    }
    out.push_str("</pre>\n</body>\n</html>\n");
    out
}

fn span(out: &mut String, run: &Run, ground: ([u8; 3], [u8; 3])) {
    let style = style(run.look, ground);
    let text: String = run
        .glyphs
        .iter()
        .map(|glyph| {
            let text = escaped(&glyph.text);
            if glyph.width == 1 {
                text.into_owned()
            } else {
                // Not every font has them as wide as the cells that they take.
                let width = glyph.width;
                format!("<span style=\"display:inline-block;width:{width}ch\">{text}</span>")
            }
        })
        .collect();
    // Writing to a text cannot fail.
    let _ = if style.is_empty() {
        write!(out, "{text}")
    } else {
        write!(out, "<span style=\"{style}\">{text}</span>")
    };
}

fn style(look: Look, (ground, plain): ([u8; 3], [u8; 3])) -> String {
    let mut rules = Vec::new();
    if look.text != plain {
        rules.push(format!("color:{}", hex(look.text)));
    }
    if look.ground != ground {
        rules.push(format!("background:{}", hex(look.ground)));
    }
    if look.is(Modifier::BOLD) {
        rules.push("font-weight:bold".to_owned());
    }
    if look.is(Modifier::ITALIC) {
        rules.push("font-style:italic".to_owned());
    }
    match (
        look.is(Modifier::UNDERLINED),
        look.is(Modifier::CROSSED_OUT),
    ) {
        (true, true) => rules.push("text-decoration:underline line-through".to_owned()),
        (true, false) => rules.push("text-decoration:underline".to_owned()),
        (false, true) => rules.push("text-decoration:line-through".to_owned()),
        (false, false) => {}
    }
    rules.join(";")
}
