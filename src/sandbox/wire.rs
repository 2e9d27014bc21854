//! The pieces of the wire formats that no library writes: XML in Amazon's style and
//! times as awsJson carries them. Knows no service.

use jiff::Timestamp;
use serde_json::Value;

/// XML under construction; text is escaped, names are trusted.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// `<name>value</name>`.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.node(name, |xml| {
            xml.0.push_str(&quick_xml::escape::escape(value));
        });
    }

    /// `<name>…</name>` around what `inside` writes.
    pub(crate) fn node(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.node_with(name, &[], inside);
    }

    /// The same with attributes.
    pub(crate) fn node_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.0.push('<');
        self.0.push_str(name);
        for (key, value) in attributes {
            self.0.push(' ');
            self.0.push_str(key);
            self.0.push_str("=\"");
            self.0.push_str(&quick_xml::escape::escape(*value));
            self.0.push('"');
        }
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// Adds finished XML.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// The text.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// A time as awsJson 1.1 carries it: seconds since 1970 with milliseconds as fraction.
pub(crate) fn epoch(time: Timestamp) -> Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 stay far below 2^53"
    )]
    let seconds = time.as_millisecond() as f64 / 1000.0;
    Value::from(seconds)
}
