//! A text file that somebody wrote, and where in it something is wrong.

use std::ops::Range;

use super::Failure;

/// A file's text with the file's name.
#[derive(Clone, Copy, Debug)]
pub struct SourceText<'a> {
    /// The text.
    pub text: &'a str,
    /// The file, as the user knows it.
    pub file: &'a str,
}

impl SourceText<'_> {
    /// A mistake at a span of the text, in a field.
    pub fn error(&self, span: &Range<usize>, field: &str, message: &str) -> Failure {
        let place = self.place(span);
        Failure::invalid(
            format!("reading {}", self.file),
            format!("{place}: {field}: {message}"),
        )
    }

    /// The text cannot be read as TOML at all, or not as what it is meant to be.
    pub fn unreadable(&self, error: &toml::de::Error) -> Failure {
        let place = self.place(&error.span().unwrap_or_default());
        Failure::invalid(
            format!("reading {}", self.file),
            format!("{place}: {}", error.message().trim_end()),
        )
    }

    /// The line and the column, both from 1, in which a span begins.
    pub fn place(&self, span: &Range<usize>) -> String {
        let before = self.before(span);
        let column = 1 + before.rsplit('\n').next().unwrap_or(before).chars().count();
        format!("line {}, column {column}", self.line(span))
    }

    /// The line, from 1, in which a span begins.
    pub fn line(&self, span: &Range<usize>) -> usize {
        1 + self.before(span).matches('\n').count()
    }

    fn before(&self, span: &Range<usize>) -> &str {
        self.text.get(..span.start).unwrap_or_default()
    }
}
