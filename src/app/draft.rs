//! The matrix while it is being edited: what the file says, and the changes that are not in it
//! yet.

use std::path::PathBuf;

use crate::{
    access::{
        Catalog, Effect, Impact, Matrix, impact,
        matrix::{Change, MatrixText},
    },
    config::MatrixFile,
    domain::Failure,
};

/// The matrix file with the changes that are not written yet.
#[derive(Debug, Default)]
pub struct Draft {
    /// The file as it was read.
    file: MatrixFile,
    /// What it declares.
    saved: Matrix,
    /// The text after each change, the last one in effect.
    steps: Vec<MatrixText>,
}

impl Draft {
    /// The matrix that was read, without a change.
    pub fn new(saved: Matrix, file: MatrixFile) -> Self {
        Self {
            file,
            saved,
            steps: Vec::new(),
        }
    }

    /// How many changes are not in the file.
    pub fn pending(&self) -> usize {
        self.steps.len()
    }

    /// The file, where one is known.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.file.as_ref()
    }

    /// The file as it was read, and where it is or would be.
    pub fn source(&self) -> &MatrixFile {
        &self.file
    }

    /// Whether the file is there.
    pub fn is_there(&self) -> bool {
        self.file.there
    }

    /// The file as it is to be: what was read of it, and the text to write; none where it says so
    /// already.
    pub fn to_write(&self) -> Option<(MatrixFile, String)> {
        let text = match self.steps.last() {
            Some(text) => text.text(),
            None if self.file.there => return None,
            None => self.file.text.clone(),
        };
        Some((self.file.clone(), text))
    }

    /// Takes another text as a change; the matrix that is declared then.
    ///
    /// # Errors
    /// As [`MatrixText::parse`].
    pub fn adopt(&mut self, text: &str) -> Result<Matrix, Failure> {
        let text = MatrixText::parse(text, &self.file.name())?;
        let matrix = text.matrix()?;
        self.steps.push(text);
        Ok(matrix)
    }

    /// The file to write to, which need not be there.
    pub fn move_to(&mut self, file: PathBuf) {
        self.file.file = Some(file);
        self.file.there = false;
    }

    /// Says otherwise of an entry of a row; the matrix that is declared then.
    ///
    /// # Errors
    /// As [`MatrixText::change`].
    pub fn change(&mut self, change: &Change) -> Result<Matrix, Failure> {
        let mut text = match self.steps.last() {
            Some(text) => text.clone(),
            None => MatrixText::parse(&self.file.text, &self.file.name())?,
        };
        text.change(change)?;
        let matrix = text.matrix()?;
        self.steps.push(text);
        // What was taken back by hand is no change.
        if self.steps.last().map(MatrixText::text).as_deref() == Some(self.file.text.as_str()) {
            self.steps.clear();
        }
        Ok(matrix)
    }

    /// Takes the last change back; the matrix that is declared then, or none where there was
    /// no change.
    ///
    /// # Errors
    /// The text before cannot be read, which only a fault of this program can cause.
    pub fn undo(&mut self) -> Result<Option<Matrix>, Failure> {
        if self.steps.pop().is_none() {
            return Ok(None);
        }
        match self.steps.last() {
            Some(text) => text.matrix().map(Some),
            None => Ok(Some(self.saved.clone())),
        }
    }

    /// The changes are in the file now.
    pub fn written(&mut self, file: MatrixFile, declared: &Matrix) {
        self.file = file;
        self.saved = declared.clone();
        self.steps.clear();
    }

    /// What the changes mean against what the file says.
    pub fn impact(&self, declared: &Matrix, catalog: &Catalog) -> Impact {
        impact(&self.saved, declared, catalog)
    }

    /// What a row is to say of an entry so that it is the opposite of now.
    pub fn opposite(now: Effect) -> Effect {
        match now {
            Effect::Allow => Effect::Deny,
            Effect::Deny => Effect::Allow,
        }
    }
}

/// `1 change pending`.
pub fn pending(count: usize) -> String {
    match count {
        0 => "no change pending".to_owned(),
        1 => "1 change pending".to_owned(),
        count => format!("{count} changes pending"),
    }
}
