//! Where a downloaded file goes: into the chosen folder and nowhere else, whatever it is called.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::part::PREFIX;
use crate::domain::Failure;

/// The file below `folder` that an artifact's path names. Nothing is made.
///
/// # Errors
/// `Invalid` where the path would lead out of the folder, or is none that every system takes.
pub fn place(folder: &Path, artifact: &str) -> Result<PathBuf, Failure> {
    if let Some(why) = fault(artifact) {
        return Err(Failure::invalid(
            format!("finding a place for the artifact {artifact:?}"),
            format!("{why}: it is not written"),
        )
        .advise("rename the artifact, or read it by `mlwarden mlflow request GET`"));
    }
    Ok(artifact
        .split('/')
        .fold(folder.to_owned(), |file, part| file.join(part)))
}

/// Why an artifact's path cannot be a file's below a folder.
fn fault(artifact: &str) -> Option<&'static str> {
    if artifact.starts_with('/') {
        return Some("its path is absolute");
    }
    if artifact.contains('\\') {
        return Some("its path has a backslash");
    }
    let mut letters = artifact.chars();
    if letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.next() == Some(':')
    {
        return Some("its path names a drive");
    }
    if artifact.chars().any(char::is_control) {
        return Some("its path has a control character");
    }
    artifact.split('/').find_map(|part| match part {
        "" => Some("a part of its path is empty"),
        "." | ".." => Some("its path leads elsewhere"),
        _ if part.starts_with(PREFIX) => Some("its name is one of a download under way"),
        _ => None,
    })
}

/// Makes the folders above `file` that are missing, below `folder`.
///
/// # Errors
/// `Invalid` where one of them is a link or a file: a link could lead anywhere.
pub(super) fn make_room(folder: &Path, file: &Path) -> Result<(), Failure> {
    let doing = || format!("making a place for {}", file.display());
    let failed = |error: io::Error| Failure::invalid(doing(), error.to_string());
    fs::create_dir_all(folder).map_err(failed)?;
    let inside = file.strip_prefix(folder).unwrap_or(file);
    let mut at = folder.to_owned();
    for part in inside.parent().into_iter().flat_map(Path::components) {
        at.push(part);
        match fs::create_dir(&at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        let found = fs::symlink_metadata(&at).map_err(failed)?;
        if !found.is_dir() {
            let what = if found.is_symlink() {
                "a link"
            } else {
                "no folder"
            };
            return Err(
                Failure::invalid(doing(), format!("{} is {what}", at.display()))
                    .advise("choose another folder, or move it away"),
            );
        }
    }
    Ok(())
}

/// What stands where a file is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or what may be replaced.
    Room,
    /// A file of just the size that is expected.
    Same,
}

/// Refuses a place where something else stands, unless it may be overwritten; what is no plain
/// file never may.
///
/// # Errors
/// `Invalid` where a file of another size, a folder or a link stands there.
pub(super) fn look_at(file: &Path, size: i64, overwrite: bool) -> Result<Found, Failure> {
    let refused = |why: String| Failure::invalid(format!("writing {}", file.display()), why);
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Room),
        Err(error) => Err(refused(error.to_string())),
        Ok(found) if !found.is_file() => Err(refused(
            "a folder or a link stands there already".to_owned(),
        )
        .advise("choose another folder")),
        Ok(_) if overwrite => Ok(Found::Room),
        Ok(found) if i64::try_from(found.len()) == Ok(size) => Ok(Found::Same),
        Ok(found) => Err(
            refused(format!("a file of {} bytes is there already", found.len()))
                .advise("add --overwrite to replace it, or choose another folder"),
        ),
    }
}
