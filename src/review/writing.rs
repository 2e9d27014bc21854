//! Files of a review on the disk: readable to their owner alone, never over something that is
//! there, and all of them or none.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::domain::Failure;

fn failed(path: &Path, error: &impl ToString) -> Failure {
    Failure::invalid(format!("writing {}", path.display()), error.to_string())
        .advise("name what is not there yet, in a folder that can be written to")
}

/// The folder that something is in.
fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or(Path::new("."))
}

/// Refuses a folder that holds something, or that cannot be made.
///
/// # Errors
/// `Invalid`, with what is in the way.
pub fn must_be_free(folder: &Path) -> Result<(), Failure> {
    let is_empty = fs::read_dir(folder).map(|mut entries| entries.next().is_none());
    match is_empty {
        Ok(false) => Err(failed(folder, &"it holds files already")),
        Err(_) if folder.exists() => Err(failed(folder, &"it is no folder")),
        Err(_) if !parent(folder).is_dir() => Err(failed(folder, &"its folder is not there")),
        // What cannot be written is known before anything is read or tested for it.
        Ok(true) | Err(_) => beside(folder).map(drop),
    }
}

/// A folder of one's own beside this one, taken away again unless it is kept.
fn beside(folder: &Path) -> Result<tempfile::TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".review-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
        .tempdir_in(parent(folder))
        .map_err(|error| failed(folder, &error))
}

/// What the folder of a pack is called where nobody says otherwise.
pub fn usual_name(now: Timestamp) -> String {
    format!("review-{}", now.strftime("%Y-%m-%d"))
}

/// The first of `name`, `name-2`, `name-3`, … that is not there.
pub fn free(name: &str) -> PathBuf {
    let mut path = PathBuf::from(name);
    let mut number = 2_usize;
    while path.exists() {
        path = PathBuf::from(format!("{name}-{number}"));
        number += 1;
    }
    path
}

/// Writes files into a folder that is made for them.
///
/// # Errors
/// As [`must_be_free`]; they cannot be written.
pub fn folder(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    must_be_free(folder)?;
    // Made beside it and moved when all is written: nobody sees half a pack.
    let made = beside(folder)?;
    for (name, text) in files {
        file(&made.path().join(name), text)?;
    }
    fs::rename(made.path(), folder).map_err(|error| failed(folder, &error))?;
    // What was moved is nobody's to clean up.
    let _ = made.keep();
    Ok(())
}

/// Writes a file that is not there yet.
///
/// # Errors
/// `Invalid` where it is there, or cannot be written.
pub fn file(path: &Path, text: &str) -> Result<(), Failure> {
    let made = written(path, text)?;
    made.persist_noclobber(path)
        .map(drop)
        .map_err(|error| failed(path, &error.error))
}

/// Writes a file in the place of what was there.
///
/// # Errors
/// `Invalid` where it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let made = written(path, text)?;
    made.persist(path)
        .map(drop)
        .map_err(|error| failed(path, &error.error))
}

/// A file with this text, beside where it belongs; its owner's alone.
fn written(path: &Path, text: &str) -> Result<tempfile::NamedTempFile, Failure> {
    let mut made =
        tempfile::NamedTempFile::new_in(parent(path)).map_err(|error| failed(path, &error))?;
    made.write_all(text.as_bytes())
        .and_then(|()| made.as_file().sync_all())
        .map_err(|error| failed(path, &error))?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_folder_stays_as_it_is_and_one_that_cannot_be_made_is_refused() {
        let home = tempfile::tempdir().unwrap();
        must_be_free(&home.path().join("review")).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        let failure = must_be_free(Path::new("/proc/review")).unwrap_err();
        let text = format!("{failure}; {}", failure.next_step());
        assert!(text.starts_with("writing /proc/review: "), "{text}");
        assert!(
            text.contains("in a folder that can be written to"),
            "{text}"
        );
    }
}
