//! Copies of packages in the state folder, so that every earlier version can come back.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;

use super::sha256;
use crate::domain::{ErrorClass, Failure};

/// The bytes of a SHA-256.
const HASH: usize = 32;

/// The copies of one state folder, each by its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageStore {
    folder: PathBuf,
}

/// A copy that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The package's SHA-256 in base64, as Lambda tells it.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was kept.
    pub at: Option<Timestamp>,
}

impl PackageStore {
    /// The copies in a state folder. Nothing is made until something is kept.
    pub fn of(state: &Path) -> Self {
        Self {
            folder: state.join("packages"),
        }
    }

    /// The state folder that they are in.
    pub fn state(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// Keeps a copy; it is on the disk when this returns its SHA-256. A copy that is there
    /// already is left as it is.
    ///
    /// # Errors
    /// `Invalid` where the folder cannot be written.
    pub fn keep(&self, package: &[u8]) -> Result<String, Failure> {
        let sha256 = sha256(package);
        if self.read(&sha256).is_ok_and(|kept| kept.is_some()) {
            return Ok(sha256);
        }
        self.write(&sha256, package).map_err(|error| {
            Failure::invalid(
                format!("keeping a package in {}", self.folder.display()),
                error.to_string(),
            )
            .advise("make the folder writable, or name another by MLWARDEN_STATE_DIR")
        })?;
        Ok(sha256)
    }

    fn write(&self, sha256: &str, package: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // A temporary file is the owner's alone, and takes its name when it is whole.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(package)?;
        file.as_file().sync_all()?;
        file.persist(self.path(sha256)?)?;
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// A copy by its SHA-256; none where there is none, or where what is there is not it.
    ///
    /// # Errors
    /// `Unavailable` where the copy cannot be read.
    pub fn read(&self, wanted: &str) -> Result<Option<Bytes>, Failure> {
        let found = self.path(wanted).and_then(fs::read);
        match found {
            Ok(bytes) => Ok((sha256(&bytes) == wanted).then(|| bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(
                ErrorClass::Unavailable,
                format!("reading a package in {}", self.folder.display()),
                error.to_string(),
            )),
        }
    }

    /// A copy that must be there.
    ///
    /// # Errors
    /// `NotFound` where it is not.
    pub fn need(&self, sha256: &str) -> Result<Bytes, Failure> {
        self.read(sha256)?.ok_or_else(|| {
            Failure::new(
                ErrorClass::NotFound,
                format!("looking for the package {sha256}"),
                format!("there is no copy of it in {}", self.folder.display()),
            )
            .advise("`mlwarden matrix rollback` lists what there is, here and at AWS")
        })
    }

    /// Every copy, the oldest first.
    pub fn list(&self) -> Vec<Kept> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut kept: Vec<Kept> = files
            .filter_map(|file| {
                let path = file.path();
                let zip = path.extension().is_some_and(|ending| ending == "zip");
                let bytes = hex::decode(path.file_stem()?.to_str()?)
                    .ok()
                    .filter(|_| zip)?;
                let of = file.metadata().ok()?;
                Some(Kept {
                    sha256: STANDARD.encode(bytes),
                    size: of.len(),
                    at: of.modified().ok().and_then(|at| at.try_into().ok()),
                })
            })
            .collect();
        kept.sort_by(|a, b| (a.at, &a.sha256).cmp(&(b.at, &b.sha256)));
        kept
    }

    /// The file of a copy.
    fn path(&self, sha256: &str) -> io::Result<PathBuf> {
        // What is no hash has no copy.
        let bytes = STANDARD
            .decode(sha256)
            .map_err(|_| io::ErrorKind::NotFound)?;
        if bytes.len() != HASH {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.folder.join(file_name(sha256)))
    }
}

/// The name of a copy's file: its SHA-256, which Lambda tells in base64, in hexadecimal.
pub fn file_name(sha256: &str) -> String {
    let bytes = STANDARD.decode(sha256).unwrap_or_default();
    format!("{}.zip", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_comes_back_as_it_was_and_is_nobody_elses_to_read() {
        let state = tempfile::tempdir().unwrap();
        let store = PackageStore::of(state.path());
        assert_eq!(store.list(), []);
        let sha256 = store.keep(b"one").unwrap();
        assert_eq!(store.keep(b"one").unwrap(), sha256);
        assert_eq!(store.need(&sha256).unwrap(), Bytes::from_static(b"one"));
        let [kept] = <[Kept; 1]>::try_from(store.list()).unwrap();
        assert_eq!((kept.sha256.as_str(), kept.size), (sha256.as_str(), 3));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = store.path(&sha256).unwrap();
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_copy_is_none_and_is_made_good_by_the_next() {
        let state = tempfile::tempdir().unwrap();
        let store = PackageStore::of(state.path());
        let sha256 = store.keep(b"one").unwrap();
        fs::write(store.path(&sha256).unwrap(), b"on").unwrap();
        assert_eq!(store.read(&sha256).unwrap(), None);
        assert_eq!(store.need(&sha256).unwrap_err().class, ErrorClass::NotFound);
        store.keep(b"one").unwrap();
        assert_eq!(store.need(&sha256).unwrap(), Bytes::from_static(b"one"));
    }

    #[test]
    fn what_is_no_hash_finds_nothing() {
        let state = tempfile::tempdir().unwrap();
        let store = PackageStore::of(state.path());
        for odd in ["", "../../etc/passwd", "é"] {
            assert_eq!(store.read(odd).unwrap(), None, "{odd}");
        }
    }
}
