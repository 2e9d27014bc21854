//! The matrix file: where it is, what it says, and writing it without losing what somebody else
//! wrote.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{
    access::Matrix,
    domain::{ErrorClass, Failure},
};

/// A matrix as text, with the file that it is in or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixFile {
    /// The file; none where no file is known to write to.
    pub file: Option<PathBuf>,
    /// Whether the file is there.
    pub there: bool,
    /// What it says; the sample's promises where there is none.
    pub text: String,
}

impl Default for MatrixFile {
    fn default() -> Self {
        Self {
            file: None,
            there: false,
            text: Matrix::sample_text().to_owned(),
        }
    }
}

impl MatrixFile {
    /// The file that is named; else the one of this context's name in the config folder, which
    /// need not be there.
    ///
    /// # Errors
    /// A file that is named cannot be read.
    pub fn find(
        named: Option<PathBuf>,
        folder: Option<&Path>,
        name: &str,
    ) -> Result<Self, Failure> {
        let usual = || Some(folder?.join(usual_name(name)));
        let must_be_there = named.is_some();
        let Some(file) = named.or_else(usual) else {
            return Ok(Self::default());
        };
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Self {
                file: Some(file),
                there: true,
                text,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => Ok(Self {
                file: Some(file),
                ..Self::default()
            }),
            Err(error) => Err(Failure::invalid(
                format!("reading {}", file.display()),
                error.to_string(),
            )
            .advise("name the matrix file by --matrix or in the context")),
        }
    }

    /// The file's name for messages.
    pub fn name(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => "matrix.toml".to_owned(),
        }
    }

    /// What it declares.
    ///
    /// # Errors
    /// As [`Matrix::parse`].
    pub fn matrix(&self) -> Result<Matrix, Failure> {
        Matrix::parse(&self.text, &self.name())
    }

    /// Writes another text in its place, whole or not at all.
    ///
    /// # Errors
    /// `Conflict` where somebody changed the file since it was read; nothing is written then.
    /// `Invalid` where no file is known, `Unavailable` where it cannot be written.
    pub fn write(&mut self, text: &str) -> Result<(), Failure> {
        let Some(file) = &self.file else {
            return Err(
                Failure::invalid("writing the matrix", "no file is known to write it to")
                    .advise("name one by --matrix FILE"),
            );
        };
        let doing = format!("writing {}", file.display());
        let now = match fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(not_written(&doing, &error)),
        };
        if now.as_deref() != self.there.then_some(self.text.as_str()) {
            return Err(
                Failure::new(ErrorClass::Conflict, doing, "somebody changed it meanwhile")
                    .advise("read it again, then make the changes anew"),
            );
        }
        let failed = |error: std::io::Error| not_written(&doing, &error);
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        new.write_all(text.as_bytes()).map_err(failed)?;
        new.as_file().sync_all().map_err(failed)?;
        if let Ok(there) = fs::metadata(file) {
            fs::set_permissions(new.path(), there.permissions()).map_err(failed)?;
        }
        new.persist(file).map_err(|error| failed(error.error))?;
        text.clone_into(&mut self.text);
        self.there = true;
        Ok(())
    }
}

/// Why the file could not be written, with what helps.
fn not_written(doing: &str, error: &std::io::Error) -> Failure {
    let first = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space",
        _ => "see that the file and its folder can be written",
    };
    Failure::new(ErrorClass::Unavailable, doing, error.to_string())
        .advise(format!("{first}, or write it elsewhere with --matrix FILE"))
}

/// The file of a context that names none.
fn usual_name(context: &str) -> String {
    if context == "default" {
        return "matrix.toml".to_owned();
    }
    let safe: String = context
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    format!("matrix-{safe}.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_says_what_helps() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mlwarden"), "no folder").unwrap();
        let mut mine = MatrixFile {
            file: Some(folder.path().join("mlwarden/matrix.toml")),
            ..MatrixFile::default()
        };
        let failure = mine.write("# mine\n").unwrap_err();
        assert_eq!(failure.class, ErrorClass::Unavailable);
        let next = failure.next_step();
        assert!(
            next.contains("can be written, or write it elsewhere"),
            "{next}"
        );
        assert!(!mine.there);
    }

    #[test]
    fn a_file_that_somebody_else_changed_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut mine = MatrixFile::find(None, Some(folder.path()), "default").unwrap();
        let mut theirs = mine.clone();
        theirs.write("# theirs\n").unwrap();
        let failure = mine.write("# mine\n").unwrap_err();
        assert_eq!(failure.class, ErrorClass::Conflict);
        let file = folder.path().join("matrix.toml");
        assert_eq!(fs::read_to_string(&file).unwrap(), "# theirs\n");
        theirs.write("# theirs again\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "# theirs again\n");
    }

    #[test]
    fn without_a_file_the_sample_is_declared_and_a_context_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let found = MatrixFile::find(None, Some(folder.path()), "eu/prod").unwrap();
        assert_eq!(found.matrix().unwrap(), Matrix::sample());
        assert!(found.name().ends_with("matrix-eu-prod.toml"));
        let named = folder.path().join("no.toml");
        assert!(MatrixFile::find(Some(named), None, "default").is_err());
    }
}
