//! `mlwarden matrix allow` and `matrix deny`: entries of a row, in the file.

use serde_json::json;

use super::catalog;
use crate::{
    access::{
        Effect, Impact, impact,
        matrix::{Change, MatrixText},
    },
    cli::{
        CANCELLED, OK,
        args::{Global, Output},
        ask, output,
        session::Effective,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure},
};

/// What must be typed where nobody may do everything any more.
const NOBODY: &str = "no administrator";

/// Changes the entries, shows what that means, and writes the file.
pub(super) fn run(
    global: &Global,
    row: &str,
    entries: &[String],
    effect: Effect,
) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let file = effective.matrix_file(global)?;
    let before = file.matrix()?;
    let mut text = MatrixText::parse(&file.text, &file.name())?;
    for entry in entries {
        text.change(&Change {
            row: row.to_owned(),
            entry: entry.clone(),
            effect,
        })?;
    }
    let impact = impact(&before, &text.matrix()?, &catalog(&effective));
    write(global, &effective, file, &text.text(), &impact)
}

/// Shows what another text means, asks, and writes it.
pub(super) fn write(
    global: &Global,
    effective: &Effective,
    mut file: MatrixFile,
    text: &str,
    impact: &Impact,
) -> Result<u8, Failure> {
    if file.there && file.text == text {
        output::note("the file says so already");
        return Ok(OK);
    }
    tell(impact);
    let diff = similar::TextDiff::from_lines(file.text.as_str(), text)
        .unified_diff()
        .context_radius(2)
        .header(&file.name(), "as it is to be")
        .to_string();
    let json = global.output == Output::Json;
    if !json {
        output::print(&diff)?;
    }
    let told = |written: bool| -> Result<(), Failure> {
        if json {
            let change =
                json!({"file": file.file, "written": written, "impact": impact, "diff": diff});
            output::object(json!({"name": effective.name}), "change", change)?;
        }
        Ok(())
    };
    if global.dry_run {
        told(false)?;
        return Ok(OK);
    }
    if effective.read_only {
        return Err(Failure::new(
            ErrorClass::ReadOnly,
            format!("writing {}", file.name()),
            "this run, or this context, is read-only",
        ));
    }
    let guarded = impact.nobody_left && !global.confirm.iter().any(|text| text == NOBODY);
    if guarded && !ask::typed(NOBODY)? {
        return Ok(CANCELLED);
    }
    if !global.yes && !ask::yes(&format!("Write {}?", file.name()))? {
        output::note("nothing was changed");
        return Ok(CANCELLED);
    }
    told(true)?;
    file.write(text)?;
    output::note(&format!(
        "wrote {}; `mlwarden matrix apply` and `matrix publish` put it into effect",
        file.name()
    ));
    Ok(OK)
}

/// What changes for whom, beside the data.
fn tell(impact: &Impact) {
    if impact.nobody_left {
        output::note("✗ no group may do everything any more");
    }
    if let Some((before, after)) = impact.rule {
        output::note(&format!(
            "! who is in several groups: {} instead of {}",
            after.as_str(),
            before.as_str()
        ));
    }
    if impact.order {
        output::note(
            "! the groups are looked for in another order: it matters to who is in several",
        );
    }
    for row in &impact.rows {
        for (word, shifts) in [("gains", &row.gains), ("loses", &row.loses)] {
            for shift in shifts {
                output::note(&format!("· {} {word} {}", row.row, shift.in_words()));
            }
        }
    }
}
