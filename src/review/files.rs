//! The files that a pack is written as. Each is made from the pack alone, so that a file can be
//! compared with what the pack says.

use super::{
    csv::{matrix_csv, people_csv},
    decision::Verdicts,
    html::to_html,
    markdown::to_markdown,
    pack::Sealed,
    sheet,
};
use crate::domain::{ErrorClass, Failure};

/// The pack itself.
pub const PACK: &str = "review.json";
/// The sheet that decisions are written into.
pub const DECISIONS: &str = "decisions.csv";
/// Every file but the sheet, with what it is for.
pub const FILES: [(&str, &str); 5] = [
    ("review.html", "to read, to print, to hand on"),
    (PACK, "the pack itself, for programs"),
    ("review.md", "for a ticket"),
    ("people.csv", "the people"),
    ("matrix.csv", "every request with its evidence"),
];

/// The text of one of the files; none where there is none of this name.
///
/// # Errors
/// It cannot be written, which only a fault of this program can cause.
pub fn text(sealed: &Sealed, name: &str) -> Result<Option<String>, Failure> {
    Ok(Some(match name {
        "review.html" => to_html(sealed)?,
        PACK => json(sealed)?,
        "review.md" => to_markdown(sealed),
        "people.csv" => people_csv(sealed)?,
        "matrix.csv" => matrix_csv(sealed)?,
        _ => return Ok(None),
    }))
}

/// Every file of a pack by its name; the sheet, with what is decided, is the last.
///
/// # Errors
/// As of [`text`].
pub fn all(sealed: &Sealed) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut files = Vec::new();
    for (name, _) in FILES {
        files.extend(text(sealed, name)?.map(|text| (name, text)));
    }
    let mut decided = Verdicts::default();
    for decision in &sealed.pack.decisions {
        decided.record(decision.clone());
    }
    files.push((DECISIONS, sheet::to_csv(sealed, &decided)?));
    Ok(files)
}

fn json(sealed: &Sealed) -> Result<String, Failure> {
    let value = sealed.to_json()?;
    serde_json::to_string_pretty(&value)
        .map(|text| text + "\n")
        .map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "writing the review pack",
                error.to_string(),
            )
        })
}
