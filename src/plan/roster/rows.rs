//! Fields of a CSV text, row by row.
//!
//! Read here and not by the `csv` crate, which cannot say in which line a row starts after
//! blank lines and remarks, keeps quotes that stand after a blank, and takes everything after
//! a quote that is not closed for one field: one slip of the hand, and the rest of 50,000
//! lines would be gone without a word.

use memchr::memchr;

use super::{RowProblem, columns::Columns};

/// How long a quoted field may be, in bytes: more than the longest value of an attribute. A
/// quote that is not closed by then was not meant as one.
const MAX_QUOTED: usize = 16 * 1024;
/// How many rows are looked at to find what separates fields.
const SNIFFED: usize = 20;
/// What may separate fields.
const DELIMITERS: [char; 3] = ['\t', ',', ';'];

/// One row: its line, from 1, and its fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub line: u64,
    pub fields: Vec<String>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    rest: &'a str,
    line: u64,
}

/// The rows of a text.
pub(crate) struct Rows<'a> {
    at: Place<'a>,
    delimiter: char,
}

/// Where the rows of a text start, and what separates fields: what its first line says
/// (`sep=;`, as spreadsheets write it), else what the first rows make the most sense with.
pub(super) fn open(text: &str) -> (Place<'_>, char) {
    let (start, said) = start(text);
    if let Some(delimiter) = said {
        return (start, delimiter);
    }
    let sense = |delimiter: char| {
        let (mut sense, mut count) = (0, 0);
        for (at, row) in Rows::new(start, delimiter).take(SNIFFED).enumerate() {
            let fields = match row {
                Ok(row) => row.fields,
                // Quotes or not: they may be wrong because this separates nothing.
                Err(problem) => problem
                    .value
                    .unwrap_or_default()
                    .split(delimiter)
                    .map(ToOwned::to_owned)
                    .collect(),
            };
            sense += Columns::sense(&fields, at == 0);
            count += fields.len();
        }
        (sense, count)
    };
    // The first of the best: commas where nothing speaks for anything.
    let mut best = (',', sense(','));
    for delimiter in DELIMITERS {
        let sense = sense(delimiter);
        if sense > best.1 {
            best = (delimiter, sense);
        }
    }
    (start, best.0)
}

/// Where the rows of a text start, and what its first line says separates fields.
fn start(text: &str) -> (Place<'_>, Option<char>) {
    let mut start = Place {
        rest: text,
        line: 1,
    };
    let (first, after) = line(text);
    let mut said = first.trim_end().chars();
    let name: String = said.by_ref().take(4).collect();
    if name.eq_ignore_ascii_case("sep=")
        && let (Some(delimiter), None) = (said.next(), said.next())
        && DELIMITERS.contains(&delimiter)
    {
        start.step_to(after);
        return (start, Some(delimiter));
    }
    (start, None)
}

/// The rows of a table that starts with a header, of whatever it is: fields are separated by
/// what its first line says, else by what makes the most of the header.
pub(crate) fn rows_of(text: &str) -> Rows<'_> {
    let (start, said) = start(text);
    let columns = |delimiter: char| match Rows::new(start, delimiter).next() {
        Some(Ok(row)) => row.fields.len(),
        _ => 0,
    };
    let best = || DELIMITERS.into_iter().max_by_key(|one| columns(*one));
    Rows::new(start, said.or_else(best).unwrap_or(','))
}

impl<'a> Rows<'a> {
    pub(super) fn new(at: Place<'a>, delimiter: char) -> Self {
        Self { at, delimiter }
    }

    /// A field, and what comes after it: what separates fields, the end of the line, or
    /// nothing.
    fn field(&self, text: &'a str) -> Result<(String, &'a str), &'static str> {
        let blank = |char: char| char.is_whitespace() && !self.ends(char);
        let text = text.trim_start_matches(blank);
        let Some(mut rest) = text.strip_prefix('"') else {
            let end = text.find(|char| self.ends(char)).unwrap_or(text.len());
            let (field, after) = text.split_at_checked(end).unwrap_or((text, ""));
            return Ok((field.trim_end().to_owned(), after));
        };
        let mut field = String::new();
        loop {
            let room = rest.len().min(MAX_QUOTED - field.len());
            let inside = rest.as_bytes().get(..room).unwrap_or_default();
            let parts = memchr(b'"', inside).and_then(|end| rest.split_at_checked(end));
            let Some((part, after)) = parts else {
                return Err("a quote is opened and not closed");
            };
            field.push_str(part);
            rest = after.strip_prefix('"').unwrap_or_default();
            match rest.strip_prefix('"') {
                Some(more) if field.len() < MAX_QUOTED => {
                    field.push('"');
                    rest = more;
                }
                _ => break,
            }
        }
        let rest = rest.trim_start_matches(blank);
        if rest.is_empty() || rest.starts_with(|char| self.ends(char)) {
            Ok((field, rest))
        } else {
            Err("text stands after a closing quote; a quote inside quotes is written twice")
        }
    }

    fn ends(&self, char: char) -> bool {
        char == self.delimiter || char == '\n' || char == '\r'
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            if start.rest.is_empty() {
                return None;
            }
            let (first, next_line) = line(start.rest);
            if first.trim().is_empty() || first.trim_start().starts_with('#') {
                self.at.step_to(next_line);
                continue;
            }
            let mut fields = Vec::new();
            let mut rest = start.rest;
            loop {
                match self.field(rest) {
                    Ok((field, after)) => {
                        fields.push(field);
                        if let Some(more) = after.strip_prefix(self.delimiter) {
                            rest = more;
                        } else {
                            rest = after;
                            break;
                        }
                    }
                    Err(message) => {
                        // The next line may be good again.
                        self.at.step_to(next_line);
                        return Some(Err(RowProblem {
                            field: None,
                            ..RowProblem::of_field(start.line, "", first.trim(), message)
                        }));
                    }
                }
            }
            self.at.step_to(line(rest).1);
            if fields.iter().any(|field| !field.is_empty()) {
                return Some(Ok(Row {
                    line: start.line,
                    fields,
                }));
            }
        }
    }
}

impl<'a> Place<'a> {
    /// Goes on to where only `rest`, the end of this text, is left.
    fn step_to(&mut self, rest: &'a str) {
        let length = self.rest.len().saturating_sub(rest.len());
        let mut passed = self.rest.get(..length).unwrap_or_default();
        while !passed.is_empty() {
            let (_, after) = line(passed);
            self.line += 1;
            passed = after;
        }
        self.rest = rest;
    }
}

/// A line without its end, and what comes after it. Lines end with LF, CRLF or, from old
/// Macs, CR.
fn line(text: &str) -> (&str, &str) {
    let Some(end) = text.find(['\n', '\r']) else {
        return (text, "");
    };
    let (line, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let after = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix(['\n', '\r']));
    (line, after.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn all(text: &str) -> Vec<(u64, Result<Vec<String>, String>)> {
        let (at, delimiter) = open(text);
        Rows::new(at, delimiter)
            .map(|row| match row {
                Ok(row) => (row.line, Ok(row.fields)),
                Err(problem) => (problem.line, Err(problem.message)),
            })
            .collect()
    }

    fn good(text: &str) -> Vec<(u64, Vec<String>)> {
        all(text)
            .into_iter()
            .map(|(line, row)| (line, row.unwrap()))
            .collect()
    }

    #[rstest]
    #[case("a@b.de,readers", &["a@b.de", "readers"])]
    #[case("a@b.de;readers,approvers;yes", &["a@b.de", "readers,approvers", "yes"])]
    #[case("a@b.de,readers;approvers", &["a@b.de", "readers;approvers"])]
    #[case("a@b.de\treaders;approvers", &["a@b.de", "readers;approvers"])]
    #[case("a@b.de\nc@b.de;readers", &["a@b.de"])]
    #[case("groups;email", &["groups", "email"])]
    #[case("sep=;\r\na@b.de;x", &["a@b.de", "x"])]
    #[case("no-address;readers", &["no-address", "readers"])]
    #[case(" a@b.de , \"x, \"\"y\"\"\" , z ", &["a@b.de", "x, \"y\"", "z"])]
    #[case("a@b.de,,", &["a@b.de", "", ""])]
    #[case("a@b.de,\" x \"", &["a@b.de", " x "])]
    #[case("a@b.de,5\" disk", &["a@b.de", "5\" disk"])]
    fn fields_are_found_whatever_separates_them(#[case] text: &str, #[case] fields: &[&str]) {
        let rows = good(text);
        assert_eq!(rows[0].1, fields);
    }

    #[rstest]
    #[case("\n")]
    #[case("\r\n")]
    #[case("\r")]
    fn a_rows_line_is_the_one_in_the_file(#[case] end: &str) {
        let lines = [
            "# people",
            "",
            "a@b.de,\"one",
            "two\"",
            "   ",
            ",,",
            "  # more",
            "c@b.de,x",
            "d@b.de,y",
        ];
        let rows = good(&lines.join(end));
        let places: Vec<_> = rows
            .iter()
            .map(|(line, row)| (*line, row[0].as_str()))
            .collect();
        assert_eq!(places, [(3, "a@b.de"), (8, "c@b.de"), (9, "d@b.de")]);
        assert_eq!(rows[0].1[1], format!("one{end}two"));
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_own_line_only() {
        let rows = all("a@b.de,\"x\nb@b.de,y\nc@b.de,\"z\"\nd@b.de,\"");
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0].0, 1);
        assert!(rows[0].1.as_ref().unwrap_err().contains("quote"));
        assert_eq!(rows[1], (2, Ok(vec!["b@b.de".into(), "y".into()])));
        assert_eq!(rows[2], (3, Ok(vec!["c@b.de".into(), "z".into()])));
        assert!(rows[3].1.as_ref().unwrap_err().contains("not closed"));
        let far = format!("a@b.de,\"x\n{}", "b@b.de,y\n".repeat(5_000));
        let rows = all(&far);
        assert_eq!(rows.len(), 5_001);
        assert!(rows[0].1.is_err() && rows[5_000] == (5_001, rows[1].1.clone()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[ab@.,;\"\n\r\t# é🦊]{0,60}") {
            let lines = text.replace("\r\n", "\n").replace('\r', "\n");
            let lines = u64::try_from(lines.split('\n').count()).unwrap();
            let mut last = 0;
            for (line, row) in all(&text) {
                prop_assert!(line > last && line <= lines);
                prop_assert!(row.is_err() || row.is_ok_and(|row| !row.is_empty()));
                last = line;
            }
        }
    }
}
