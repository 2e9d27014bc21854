//! A writer of HTML that is XML as well: every text is escaped, every element is closed.

use std::fmt::Write;

use crate::{domain::markup::escaped, review::shown::visible};

/// A page being written.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// An element with what stands in it.
    pub fn element(
        &mut self,
        tag: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.start(tag, attributes);
        self.out.push('>');
        inside(self);
        // Writing to a text cannot fail.
        let _ = write!(self.out, "</{tag}>");
    }

    /// An element with a text in it.
    pub fn leaf(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) {
        self.element(tag, attributes, |page| page.text(text));
    }

    /// An element without anything in it.
    pub fn void(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.start(tag, attributes);
        self.out.push_str("/>");
    }

    /// A text: nothing in it is markup, nothing in it is hidden.
    pub fn text(&mut self, text: &str) {
        self.out.push_str(&escaped(&visible(text)));
    }

    /// A text of this program's own that is no markup's business: a style sheet, a script, or
    /// JSON as [`in_script`] makes it.
    pub fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A line break in the source, for whoever reads that.
    pub fn newline(&mut self) {
        self.out.push('\n');
    }

    fn start(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            self.out.push_str(&escaped(&visible(value)));
            self.out.push('"');
        }
    }
}

/// JSON text that neither ends a script element nor is markup: the same JSON, since these
/// characters stand in its strings only.
pub(super) fn in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for char in json.chars() {
        match char {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_or_a_value_is_markup() {
        let mut page = Markup::default();
        page.leaf(
            "p",
            &[("title", "\"><b>")],
            "</p><script>x</script>\u{202e}",
        );
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;‹U+202E›</p>"
        );
    }

    #[test]
    fn json_in_a_script_is_the_same_json_and_ends_nothing() {
        let value = serde_json::json!({"a</script><!--": "&\u{2028}\u{202e}\u{85}é"});
        let text = in_script(&value.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{202e}']));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
