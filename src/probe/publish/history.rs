//! The packages that were deployed before: at AWS as versions, here as copies.

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Publisher;
use crate::{
    domain::{ErrorClass, Failure},
    plan::{Borrowed, package::sha256},
};

/// A package that can come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Its SHA-256, as Lambda tells it.
    pub sha256: String,
    /// The versions that have it at AWS, the newest first.
    pub versions: Vec<String>,
    /// Whether a copy is kept here.
    pub kept: bool,
    /// Whether it is what the function shows now.
    pub deployed: bool,
    /// When it was deployed, or kept.
    pub at: Option<Timestamp>,
}

impl Past {
    /// What it is called: its newest version, else the beginning of its hash.
    pub fn name(&self) -> String {
        match self.versions.first() {
            Some(version) => format!("version {version}"),
            None => self.sha256.chars().take(12).collect(),
        }
    }

    /// Whether somebody means it who says this: a version, or how the hash begins.
    fn is_meant(&self, name: &str) -> bool {
        self.versions.iter().any(|version| version == name)
            || (name.len() >= 4 && self.sha256.starts_with(name))
    }
}

impl Publisher {
    /// Everything that can come back, the newest first.
    pub async fn history(&self, function: &str) -> Result<Vec<Past>, Failure> {
        let mut past: IndexMap<String, Past> = IndexMap::new();
        let mut add = |sha256: &str, at: Option<Timestamp>| -> usize {
            let found = past.entry(sha256.to_owned());
            let index = found.index();
            found.or_insert_with(|| Past {
                sha256: sha256.to_owned(),
                versions: Vec::new(),
                kept: false,
                deployed: false,
                at,
            });
            index
        };
        let mut notes = Vec::new();
        for version in self.verifier.cloud.lambda.versions(function).await? {
            let index = add(&version.code_sha256, version.modified_at);
            notes.push((index, version.version));
        }
        for entry in self.verifier.journal.entries()? {
            if let Borrowed::UnprovenPublication {
                function: of,
                before,
                after,
                ..
            } = &entry.borrowed
                && of == function
            {
                add(before, Some(entry.at));
                add(after, Some(entry.at));
            }
        }
        for (index, version) in notes {
            if let Some((_, past)) = past.get_index_mut(index) {
                if version == "$LATEST" {
                    past.deployed = true;
                } else {
                    past.versions.insert(0, version);
                }
            }
        }
        let kept = self.packages.list();
        let mut past: Vec<Past> = past.into_values().collect();
        for one in &mut past {
            one.kept = kept.iter().any(|kept| kept.sha256 == one.sha256);
        }
        past.retain(|one| one.kept || one.deployed || !one.versions.is_empty());
        past.sort_by_key(|one| std::cmp::Reverse((one.deployed, one.at)));
        Ok(past)
    }

    /// The one of these that is meant.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` where it is deployed already or could be several.
    pub fn meant<'p>(&self, past: &'p [Past], name: &str) -> Result<&'p Past, Failure> {
        let doing = format!("looking for the package {name}");
        let mut found = past.iter().filter(|one| one.is_meant(name));
        let one = found.next().ok_or_else(|| {
            Failure::new(ErrorClass::NotFound, &doing, "there is none")
                .advise("`mlwarden matrix rollback` lists what there is")
        })?;
        if found.next().is_some() {
            return Err(Failure::invalid(doing, "several begin so").advise("give more of the hash"));
        }
        Ok(one)
    }

    /// A package: the copy that is kept, else what AWS has, of which a copy is kept now.
    pub(super) async fn obtain(
        &self,
        function: &str,
        wanted: &str,
        version: Option<&String>,
    ) -> Result<Bytes, Failure> {
        if let (None, Some(version)) = (self.packages.read(wanted)?, version) {
            let lambda = &self.verifier.cloud.lambda;
            let package = lambda.package(function, Some(version)).await?;
            if sha256(&package) == wanted {
                self.packages.keep(&package)?;
            }
        }
        self.packages.need(wanted)
    }
}
