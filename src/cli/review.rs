//! `mlwarden review`: the pack, whether it is as it was written, the decisions, and what
//! follows from them.

mod deciding;
mod making;
mod verifying;

use std::path::{Path, PathBuf};

use super::args::{Global, Review, ReviewCommand};
use crate::{
    domain::Failure,
    review::{self, Sealed, Verdicts, files},
};

/// Runs one of them.
pub(super) async fn run(global: &Global, review: Box<Review>) -> Result<u8, Failure> {
    if review.command.is_some() && review.make.is_given() {
        return Err(Failure::invalid(
            "reading the command line",
            "what a pack is made with stands before what is done with one",
        )
        .advise("make the pack by `mlwarden review` alone, then verify, decide, apply or close"));
    }
    match review.command {
        None => Box::pin(making::run(global, review.make)).await,
        Some(ReviewCommand::Verify { files, digest }) => {
            verifying::run(global, &files, digest.as_deref())
        }
        Some(ReviewCommand::Decide(decide)) => deciding::decide(global, &decide),
        Some(ReviewCommand::Apply(apply)) => Box::pin(deciding::apply(global, apply)).await,
        Some(ReviewCommand::Close(close)) => deciding::close(global, &close),
    }
}

/// A file's text.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::invalid(format!("reading {}", file.display()), error.to_string())
            .advise("name a file that `mlwarden review` wrote, or its folder")
    })
}

/// The pack in a file, or in the folder that it was written to; and its folder.
fn open(path: &Path) -> Result<(Sealed, PathBuf), Failure> {
    let file = if path.is_dir() {
        path.join(files::PACK)
    } else {
        path.to_owned()
    };
    let bytes = read(&file)?;
    let text = String::from_utf8_lossy(&bytes);
    let name = file.display().to_string();
    let data = match text.trim_start().strip_prefix('<') {
        Some(_) => review::data_of(&text).ok_or_else(|| {
            Failure::invalid(format!("reading {name}"), "the page does not carry a pack")
                .advise("give the review.json or review.html that `mlwarden review` wrote")
        })?,
        None => &text,
    };
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    Ok((Sealed::parse(data, &name)?, folder))
}

/// The sheet that belongs to a pack: the one named, else the one beside it.
fn sheet(folder: &Path, named: Option<&PathBuf>) -> PathBuf {
    named.map_or_else(|| folder.join(files::DECISIONS), Clone::clone)
}

/// The decisions of a sheet.
fn decided(sealed: &Sealed, file: &Path) -> Result<Verdicts, Failure> {
    review::read(&read(file)?, &file.display().to_string(), sealed)
}
