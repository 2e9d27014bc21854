//! A run's artifacts as a tree, a line each.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use serde::Serialize;

use super::{Watched, beside, bytes, dim, text, toned, watched};
use crate::{
    app::{
        mlflow::{Seen, joined},
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
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl ArtifactRow {
    /// The name without the folders it is in.
    pub fn name(&self) -> &str {
        let path = self.artifact.path.trim_end_matches('/');
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The tree of what is known of folders: the content of the root, and below each folder its
    /// own, where it is open. What somebody else sees of them is `there`.
    pub fn tree(
        folders: &BTreeMap<String, Artifacts>,
        there: &BTreeMap<String, Artifacts>,
        open: &HashSet<String>,
    ) -> Vec<Self> {
        let mut rows = Vec::new();
        let forest = Forest {
            folders,
            there,
            open,
        };
        forest.grow("", 0, &mut rows);
        rows
    }
}

/// What is known of folders, and which are open.
struct Forest<'a> {
    folders: &'a BTreeMap<String, Artifacts>,
    there: &'a BTreeMap<String, Artifacts>,
    open: &'a HashSet<String>,
}

impl Forest<'_> {
    /// Adds the content of a folder. A folder that says to be in itself ends the way down.
    fn grow(&self, path: &str, depth: usize, rows: &mut Vec<ArtifactRow>) {
        let Some(found) = self.folders.get(path) else {
            return;
        };
        let there = self.there.get(path).map(|there| there.files.clone());
        let id = |artifact: &Artifact| artifact.path.clone();
        let joined = joined(found.files.clone(), there, id, |artifact, seen| {
            (artifact, seen)
        });
        for (artifact, seen) in joined {
            let below = artifact.path.clone();
            let known = self.folders.contains_key(&below);
            let open = artifact.is_dir && self.open.contains(&below) && known;
            rows.push(ArtifactRow {
                artifact,
                depth,
                open,
                seen,
            });
            if open && below.len() > path.len() {
                self.grow(&below, depth + 1, rows);
            }
        }
    }
}

impl Watched for ArtifactRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for ArtifactRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("artifact", "artifacts");

    fn id(&self) -> &str {
        &self.artifact.path
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<ArtifactRow>; 4] = [
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
    beside(),
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
