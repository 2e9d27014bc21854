//! The cells as CSV, safe to open in a spreadsheet.

use super::{COLUMNS, columns};
use crate::{
    domain::{ErrorClass, Failure, spreadsheet::neutral},
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
