//! The cells as CSV, safe to open in a spreadsheet.

use super::{COLUMNS, columns};
use crate::{
    domain::{ErrorClass, Failure},
    probe::Report,
};

/// One line a cell, after a line of headers.
pub fn to_csv(report: &Report) -> Result<String, Failure> {
    write(report).map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the report as CSV",
            error.to_string(),
        )
    })
}

fn write(report: &Report) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for cell in &report.cells {
        writer.write_record(columns(cell).map(|text| neutral(&text)))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A text that a spreadsheet would take for a formula gets a leading apostrophe.
pub fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_no_formula_any_more() {
        assert_eq!(neutral("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(neutral("group:readers"), "group:readers");
    }
}
