//! A file under way: what there is of it, beside the place where it will stand, with a note of
//! what it is a part of. Both outlive the process.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use crate::domain::{ErrorClass, Failure};

/// How the names of files under way begin.
pub(super) const PREFIX: &str = ".mlwarden-";

/// What a part is a part of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The run.
    pub run: String,
    /// The artifact's path.
    pub path: String,
    /// The server's mark of the file's state.
    pub etag: Option<String>,
    /// The whole file's size in bytes.
    pub size: Option<u64>,
}

/// A file under way. Nobody else writes to it as long as this is held.
#[derive(Debug)]
pub(super) struct Part {
    file: PathBuf,
    note_file: PathBuf,
    /// What it is a part of.
    pub note: Note,
    /// How many bytes there are.
    pub have: u64,
    open: tokio::fs::File,
}

impl Part {
    /// The part of an artifact beside `target`: what an earlier try left, else an empty one.
    pub fn open(target: &Path, run: &str, path: &str) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::invalid(
                format!("writing beside {}", target.display()),
                error.to_string(),
            )
        };
        let name = format!("{PREFIX}{}", key(run, path));
        let beside = |ending| target.with_file_name(format!("{name}.{ending}"));
        let (file, note_file) = (beside("part"), beside("json"));
        for path in [&file, &note_file] {
            if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
                return Err(failed(&format!("{} is no file", path.display())));
            }
        }
        let mut open = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .map_err(|error| failed(&error))?;
        match open.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(
                    ErrorClass::Conflict,
                    format!("writing beside {}", target.display()),
                    "another download of this artifact is under way",
                )
                .advise("wait for it, or choose another folder"));
            }
            // A file system without locks has to do without.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let there = open.metadata().map_err(|error| failed(&error))?.len();
        let wanted = Note {
            run: run.to_owned(),
            path: path.to_owned(),
            ..Note::default()
        };
        let noted = fs::read(&note_file)
            .ok()
            .and_then(|text| serde_json::from_slice::<Note>(&text).ok())
            .filter(|note| note.run == wanted.run && note.path == wanted.path)
            // More than the whole is no part of it.
            .filter(|note| note.size.is_none_or(|size| there <= size));
        let have = if noted.is_some() { there } else { 0 };
        open.set_len(have).map_err(|error| failed(&error))?;
        open.seek(SeekFrom::End(0))
            .map_err(|error| failed(&error))?;
        Ok(Self {
            file,
            note_file,
            have,
            note: noted.unwrap_or(wanted),
            open: tokio::fs::File::from_std(open),
        })
    }

    /// Keeps the note beside the part.
    pub fn keep_note(&self) -> Result<(), Failure> {
        let text = serde_json::to_vec(&self.note).unwrap_or_default();
        fs::write(&self.note_file, text).map_err(|error| self.failed(&error))
    }

    /// The last `number` bytes.
    pub fn tail(&self, number: u64) -> Result<Vec<u8>, Failure> {
        let read = || {
            let mut file = File::open(&self.file)?;
            file.seek(SeekFrom::Start(self.have - number))?;
            let mut bytes = Vec::new();
            file.take(number).read_to_end(&mut bytes)?;
            Ok::<_, io::Error>(bytes)
        };
        read().map_err(|error| self.failed(&error))
    }

    /// Adds bytes at the end.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.open.write_all(bytes).await;
        written.map_err(|error| self.failed(&error))?;
        self.have += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
    }

    /// Waits until all that was added is in the file.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        let settled = self.open.flush().await;
        settled.map_err(|error| self.failed(&error))
    }

    /// Begins anew: the file is another than the one this was a part of.
    pub async fn begin_anew(&mut self) -> Result<(), Failure> {
        let emptied = async {
            self.open.set_len(0).await?;
            self.open.rewind().await
        };
        emptied.await.map_err(|error| self.failed(&error))?;
        self.have = 0;
        self.note.etag = None;
        self.note.size = None;
        Ok(())
    }

    /// Puts the whole file in its place. Where somebody else made one there meanwhile, that one
    /// stays, unless it may be overwritten.
    pub async fn finish(self, target: &Path, overwrite: bool) -> Result<(), Failure> {
        let synced = self.open.sync_all().await;
        synced.map_err(|error| self.failed(&error))?;
        let placed = if overwrite {
            fs::rename(&self.file, target)
        } else {
            put(&self.file, target)
        };
        placed.map_err(|error| {
            Failure::new(
                ErrorClass::Conflict,
                format!("writing {}", target.display()),
                error.to_string(),
            )
            .advise("choose another folder; what was read is kept")
        })?;
        let _ = fs::remove_file(&self.note_file);
        Ok(())
    }

    /// Leaves it for a later try; a part without a byte leaves nothing.
    pub fn leave(self) {
        if self.have == 0 {
            // What cannot be removed is found again by the next try.
            let _ = fs::remove_file(&self.file);
            let _ = fs::remove_file(&self.note_file);
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::invalid(
            format!("writing {}", self.file.display()),
            error.to_string(),
        )
        .advise("make room, or choose another folder; what was read is kept")
    }
}

/// Renames a file to a name that must not be taken; the file stays where it is.
fn put(file: &Path, target: &Path) -> io::Result<()> {
    let path = tempfile::TempPath::try_from_path(file)?;
    path.persist_noclobber(target).map_err(|refused| {
        let tempfile::PathPersistError { error, path } = refused;
        let _ = path.keep();
        error
    })
}

/// What tells the parts of a folder apart: run and path, as a short hash that any file system
/// takes as a name.
fn key(run: &str, path: &str) -> String {
    let mut hash = hex::encode(Sha256::digest(format!("{run}\n{path}")));
    hash.truncate(24);
    hash
}
