//! A run's artifacts as a tree, a line each.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{bytes, dim, text, toned};
use crate::{
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::{Artifact, Artifacts},
};

/// A file or folder, and how deep it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArtifactRow {
    /// The file or folder.
    #[serde(flatten)]
    pub artifact: Artifact,
    /// How many folders it stands in.
    #[serde(skip)]
    pub depth: usize,
    /// Whether the folder is open.
    #[serde(skip)]
    pub open: bool,
}

impl ArtifactRow {
    /// The name without the folders it is in.
    pub fn name(&self) -> &str {
        let path = self.artifact.path.trim_end_matches('/');
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The tree of what is known of folders: the content of the root, and below each folder its
    /// own, where it is open.
    pub fn tree(folders: &BTreeMap<String, Artifacts>, open: &HashSet<String>) -> Vec<Self> {
        let mut rows = Vec::new();
        grow(folders, open, "", 0, &mut rows);
        rows
    }
}

/// Adds the content of a folder. A folder that says to be in itself ends the way down.
fn grow(
    folders: &BTreeMap<String, Artifacts>,
    opened: &HashSet<String>,
    path: &str,
    depth: usize,
    rows: &mut Vec<ArtifactRow>,
) {
    let Some(found) = folders.get(path) else {
        return;
    };
    for artifact in &found.files {
        let below = &artifact.path;
        let open = artifact.is_dir && opened.contains(below) && folders.contains_key(below);
        rows.push(ArtifactRow {
            artifact: artifact.clone(),
            depth,
            open,
        });
        if open && below.len() > path.len() {
            grow(folders, opened, below, depth + 1, rows);
        }
    }
}

impl Record for ArtifactRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("artifact", "artifacts");

    fn id(&self) -> &str {
        &self.artifact.path
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<ArtifactRow>; 3] = [
    Column {
        name: "ARTIFACT",
        width: Width::fill(20, 40, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| {
            let indent = "  ".repeat(row.depth);
            if row.artifact.is_dir {
                let sign = if row.open { "▾" } else { "▸" };
                toned(format!("{indent}{sign} {}/", row.name()), Tone::Accent)
            } else {
                text(format!("{indent}  {}", row.name()))
            }
        },
        key: |row, _| Key::text(row.artifact.path.as_str()),
    },
    Column {
        name: "SIZE",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, _| {
            text(if row.artifact.is_dir {
                String::new()
            } else {
                bytes(row.artifact.file_size)
            })
        },
        key: |row, _| {
            if row.artifact.is_dir {
                Key::None
            } else {
                Key::Number(row.artifact.file_size)
            }
        },
    },
    Column {
        name: "PATH",
        width: Width::fill(10, 40, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.artifact.path.as_str()),
        key: |row, _| Key::text(row.artifact.path.as_str()),
    },
];
