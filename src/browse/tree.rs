//! What a run's artifacts are: one folder, or all of them.

use std::collections::HashSet;

use super::Host;
use crate::{
    domain::{ErrorClass, Failure},
    mlflow::{
        models::{Artifact, Artifacts},
        runs,
    },
    probe::Stay,
};

/// How many folders may stand in each other.
const DEEPEST: usize = 64;
/// How many files and folders are listed.
const MOST: usize = 100_000;

/// A run's artifacts below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Where the run's artifacts are, such as `mlflow-artifacts:/1/…/artifacts`.
    pub root_uri: String,
    /// Files and folders, each folder before what it holds.
    pub artifacts: Vec<Artifact>,
}

impl Host {
    /// What a folder of a run's artifacts holds (the root where `path` is empty); with all that
    /// its folders hold where it is `deep`.
    ///
    /// # Errors
    /// Of the first request that failed; `Unavailable` where the answer is no tree: something
    /// outside of its folder, or folders without end.
    pub async fn tree(
        &self,
        stay: &Stay,
        run: &str,
        path: &str,
        deep: bool,
    ) -> Result<Tree, Failure> {
        let mut tree = Tree::default();
        let mut folders = vec![path.trim_matches('/').to_owned()];
        let mut seen = HashSet::new();
        while let Some(folder) = folders.pop() {
            let listed = self.folder(stay, run, &folder).await?;
            tree.root_uri = listed.root_uri;
            let first = tree.artifacts.len();
            for artifact in listed.files {
                check(&folder, &artifact, &seen)?;
                seen.insert(artifact.path.clone());
                tree.artifacts.push(artifact);
            }
            if deep {
                let new = tree.artifacts.get(first..).unwrap_or_default();
                let new = new.iter().rev().filter(|artifact| artifact.is_dir);
                folders.extend(new.map(|artifact| artifact.path.clone()));
            }
        }
        tree.artifacts
            .sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
        Ok(tree)
    }

    /// The file or folder at `path`.
    ///
    /// # Errors
    /// As [`Host::tree`]; `NotFound` where the run has nothing there.
    pub async fn artifact(
        &self,
        stay: &Stay,
        run: &str,
        path: &str,
    ) -> Result<(String, Artifact), Failure> {
        let path = path.trim_matches('/');
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let tree = self.tree(stay, run, folder, false).await?;
        let found = tree.artifacts.into_iter().find(|one| one.path == path);
        let found = found.ok_or_else(|| {
            Failure::new(
                ErrorClass::NotFound,
                format!("looking for the artifact {path:?}"),
                format!("run {run} has no such artifact"),
            )
            .advise(format!("look at `mlwarden mlflow artifacts {run}`"))
        })?;
        Ok((tree.root_uri, found))
    }

    /// One folder, all pages of it.
    async fn folder(&self, stay: &Stay, run: &str, folder: &str) -> Result<Artifacts, Failure> {
        let mut all = Artifacts::default();
        let mut token: Option<String> = None;
        loop {
            let call = runs::artifacts(Self::root(stay), run, folder, token.as_deref());
            let page = self.call(stay, &call).await.value?;
            all.root_uri = page.root_uri;
            all.files.extend(page.files);
            let next = page.next_page_token.filter(|next| !next.is_empty());
            if next.is_none() {
                return Ok(all);
            }
            if next == token || all.files.len() > MOST {
                return Err(no_tree(folder, "its pages have no end"));
            }
            token = next;
        }
    }
}

/// Refuses what cannot stand in a folder.
fn check(folder: &str, artifact: &Artifact, seen: &HashSet<String>) -> Result<(), Failure> {
    let path = &artifact.path;
    let inside = path
        .strip_prefix(folder)
        .is_some_and(|rest| !rest.is_empty() && (folder.is_empty() || rest.starts_with('/')));
    if !inside {
        return Err(no_tree(folder, &format!("{path:?} does not stand in it")));
    }
    if seen.contains(path) {
        return Err(no_tree(folder, &format!("{path:?} stands in it twice")));
    }
    if path.split('/').count() > DEEPEST || seen.len() >= MOST {
        return Err(no_tree(
            folder,
            &format!("more than {DEEPEST} folders deep, or more than {MOST} files"),
        ));
    }
    Ok(())
}

fn no_tree(folder: &str, why: &str) -> Failure {
    Failure::new(
        ErrorClass::Unavailable,
        format!("listing the folder {folder:?}"),
        format!("MLflow's answer is no folder's content: {why}"),
    )
}
