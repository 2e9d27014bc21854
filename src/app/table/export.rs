//! Lists as files: the rows that the filter leaves, in the order shown.

use std::fmt::Write as _;

use super::{
    arrange::Input,
    column::{Align, Column, Record},
    listing::Format,
};
use crate::domain::spreadsheet::neutral;

/// Writes rows by their places.
pub(super) fn write<R: Record>(from: &Input<R>, order: &[u32], format: Format) -> String {
    let rows = order
        .iter()
        .filter_map(|row| from.rows.get(*row as usize))
        .map(|row| &**row);
    match format {
        Format::Json => json(rows),
        Format::Csv => csv(from, rows),
        Format::Markdown => markdown(from, rows),
    }
}

fn json<'a, R: Record>(rows: impl Iterator<Item = &'a R>) -> String {
    let values: Vec<_> = rows
        .filter_map(|row| serde_json::to_value(row).ok())
        .collect();
    let mut text = serde_json::to_string_pretty(&values).unwrap_or_default();
    text.push('\n');
    text
}

fn csv<'a, R: Record>(from: &Input<R>, rows: impl Iterator<Item = &'a R>) -> String {
    let columns = shown::<R>(from);
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every line has as many fields as the first.
    let _ = writer.write_record(columns.iter().map(|(title, _)| harmless(title)));
    for row in rows {
        let cells = columns
            .iter()
            .map(|(_, column)| (column.cell)(row, from.scope()));
        let _ = writer.write_record(cells.map(|cell| harmless(&visible(&cell.text))));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn markdown<'a, R: Record>(from: &Input<R>, rows: impl Iterator<Item = &'a R>) -> String {
    let columns = shown::<R>(from);
    let mut text = String::from("|");
    for (title, _) in &columns {
        let _ = write!(text, " {} |", escaped(title));
    }
    text.push_str("\n|");
    for (_, column) in &columns {
        text.push_str(match column.align {
            Align::Left => " --- |",
            Align::Right => " ---: |",
        });
    }
    text.push('\n');
    for row in rows {
        text.push('|');
        for (_, column) in &columns {
            let cell = (column.cell)(row, from.scope());
            let _ = write!(text, " {} |", escaped(&visible(&cell.text)));
        }
        text.push('\n');
    }
    text
}

/// The columns that are shown, with what they are headed by.
fn shown<R: Record>(from: &Input<R>) -> Vec<(String, &'static Column<R>)> {
    let columns = R::columns().iter().enumerate();
    columns
        .filter_map(|(place, column)| {
            let title = R::title(from.scope().context, place)?;
            Some((visible(&title), column))
        })
        .collect()
}

/// A field that no spreadsheet takes for a formula. Numbers stay numbers.
fn harmless(text: &str) -> String {
    if text.parse::<f64>().is_ok() {
        text.to_owned()
    } else {
        neutral(text)
    }
}

/// A text as one cell of a Markdown table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '|' | '\\' | '<' | '`' | '*' | '_' | '[' | ']' => {
                out.push('\\');
                out.push(char);
            }
            '\n' | '\r' | '\t' => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}

/// A text whose control characters a terminal shows and does not obey, should the file be
/// printed there. Line breaks and tabs stay.
fn visible(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\n' | '\r' | '\t' => char,
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)).unwrap_or('�'),
            '\u{7f}' => '␡',
            '\u{80}'..='\u{9f}' => '�',
            _ => char,
        })
        .collect()
}
