//! Whether the files of a review are as they were written.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{open, read};
use crate::{
    cli::{MISMATCH, OK, UNREACHED, args::Global, output::Listing},
    domain::Failure,
    review::{self, Checked, Sealed, files},
};

/// What a look at a file says.
struct Seen {
    file: PathBuf,
    result: &'static str,
    why: String,
    checked: Checked,
}

const INTACT: &str = "intact";
const ALTERED: &str = "altered";
const NOT_COMPARED: &str = "not compared";

/// Looks at the files. `kept` is the digest that they must have.
pub(super) fn run(global: &Global, paths: &[PathBuf], kept: Option<&str>) -> Result<u8, Failure> {
    let mut seen = Vec::new();
    for path in paths {
        if path.is_dir() {
            let names = files::FILES.map(|(name, _)| path.join(name));
            let there = names.into_iter().filter(|file| file.exists());
            for file in there {
                seen.push(look(&file)?);
            }
        } else {
            seen.push(look(path)?);
        }
    }
    if let Some(kept) = kept {
        let kept = kept.trim().to_lowercase();
        for one in &mut seen {
            if one.result != ALTERED && one.checked.computed != kept {
                one.result = ALTERED;
                one.why = format!("its digest is another than the one that was kept, {kept}");
            }
        }
    }
    if seen.is_empty() {
        return Err(
            Failure::invalid("verifying the review", "there is no file of a review")
                .advise("name review.html, review.json, or the folder with them"),
        );
    }
    let any = |result: &str| seen.iter().any(|one| one.result == result);
    let code = if any(ALTERED) {
        MISMATCH
    } else if any(NOT_COMPARED) {
        UNREACHED
    } else {
        OK
    };
    Listing {
        noun: "files",
        context: Value::Null,
        columns: &["file", "result", "what", "sha256"],
        rows: seen
            .iter()
            .map(|one| {
                vec![
                    one.file.display().to_string(),
                    one.result.to_owned(),
                    one.why.clone(),
                    one.checked.computed.clone(),
                ]
            })
            .collect(),
        values: seen
            .iter()
            .map(|one| {
                json!({
                    "file": one.file, "result": one.result, "why": one.why,
                    "sha256": one.checked.computed, "stated": one.checked.stated,
                    "altered": one.checked.altered, "first": one.checked.first,
                })
            })
            .collect(),
    }
    .print(global.output)?;
    Ok(code)
}

fn look(file: &Path) -> Result<Seen, Failure> {
    let bytes = read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let seen = |result, why: String, checked| Seen {
        file: file.to_owned(),
        result,
        why,
        checked,
    };
    let name = file.display().to_string();
    if text.starts_with('{') {
        let checked = Checked::of(&review::parse(&text, &name)?);
        let (result, why) = told(&checked);
        return Ok(seen(result, why, checked));
    }
    if !text.starts_with("<!DOCTYPE html>") {
        return beside(file, &text);
    }
    let Some(data) = review::data_of(&text) else {
        let why = "the page does not carry exactly one pack".to_owned();
        return Ok(seen(ALTERED, why, Checked::default()));
    };
    let checked = Checked::of(&review::parse(data, &name)?);
    if !checked.is_intact() {
        let (result, why) = told(&checked);
        return Ok(seen(result, why, checked));
    }
    let sealed = Sealed::parse(data, &name)?;
    let (result, why) = compared(&sealed, &review::to_html(&sealed)?, &text);
    Ok(seen(result, why, checked))
}

/// A file that carries no data of its own, compared with the pack beside it.
fn beside(file: &Path, text: &str) -> Result<Seen, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let pack = file.with_file_name(files::PACK);
    let (sealed, _) = open(&pack).map_err(|failure| {
        failure.advise(format!(
            "{} is compared with the intact review.json beside it",
            file.display()
        ))
    })?;
    let Some(wanted) = files::text(&sealed, &name)? else {
        return Err(Failure::invalid(
            format!("verifying {}", file.display()),
            "it is no file of a review that stays as it was written",
        )
        .advise("name review.html, review.json, or the folder with them"));
    };
    let (result, why) = compared(&sealed, &wanted, text);
    let checked = Checked::of(&sealed.to_json()?);
    Ok(Seen {
        file: file.to_owned(),
        result,
        why,
        checked,
    })
}

fn told(checked: &Checked) -> (&'static str, String) {
    if checked.is_intact() {
        let first = checked.first.as_ref();
        let why = first.map(|first| format!("closed; holds all of {first}"));
        (INTACT, why.unwrap_or_default())
    } else {
        (ALTERED, checked.in_words())
    }
}

/// Compares what a file shows with what this program would write of its pack.
fn compared(sealed: &Sealed, wanted: &str, text: &str) -> (&'static str, String) {
    let version = env!("CARGO_PKG_VERSION");
    let by = &sealed.pack.run.version;
    if wanted == text {
        let first = sealed.pack.closure.as_ref().map(|closure| &closure.first);
        let why = first.map(|first| format!("closed; holds all of {first}"));
        (INTACT, why.unwrap_or_default())
    } else if by == version {
        let why = "altered: what it shows is not what its data says".to_owned();
        (ALTERED, why)
    } else {
        let why = format!(
            "its data is intact; what it shows was written by mlwarden {by} and this is {version}"
        );
        (NOT_COMPARED, why)
    }
}
