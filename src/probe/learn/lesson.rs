//! What was learned of a package, kept in the state folder under the package's hash: it is good
//! for as long as that package is deployed, and the authorizer is not asked again.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::Learned;
use crate::{
    access::{Contract, Pick},
    domain::{Deployment, ErrorClass, Failure},
    plan::package,
    probe::Verifier,
};

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// What the authorizer of one API answered when it ran one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    schema: u32,
    /// What it does, as far as a contract can say it.
    pub contract: Contract,
    /// What it does besides, and what was not asked; one sentence each.
    pub caveats: Vec<String>,
    /// How many callers it was asked about.
    pub trials: usize,
    /// When.
    pub at: Timestamp,
}

impl Lesson {
    /// What was learned of a package behind a deployment's API; none where it was never asked,
    /// or where what is kept cannot be read.
    ///
    /// # Errors
    /// `Unavailable` where the file is there and cannot be read.
    pub fn read(
        state: &Path,
        deployment: &Deployment,
        sha256: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(file) = file_of(state, deployment, sha256) else {
            return Ok(None);
        };
        match fs::read_to_string(&file) {
            Ok(text) => {
                let lesson: Option<Self> = serde_json::from_str(&text).ok();
                Ok(lesson.filter(|lesson| lesson.schema == SCHEMA))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(
                ErrorClass::Unavailable,
                format!("reading {}", file.display()),
                error.to_string(),
            )),
        }
    }

    /// How the authorizer picks among a caller's groups, and what a contract cannot say; one
    /// sentence each.
    pub fn in_words(&self) -> Vec<String> {
        let groups = self.contract.groups.iter();
        let names: Vec<&str> = groups.map(|group| group.name.as_str()).collect();
        let pick = match self.contract.rule {
            _ if names.is_empty() => "it gives nothing to any group".to_owned(),
            Pick::FirstMatch => format!(
                "of several groups the first of these decides alone: {}",
                names.join(", ")
            ),
            Pick::Union => format!(
                "several groups count together, and a deny of one wins: {}",
                names.join(", ")
            ),
        };
        let mut words = vec![format!(
            "learned from the authorizer's answers to {} callers: {pick}",
            self.trials
        )];
        let caveats = self.caveats.iter();
        words.extend(caveats.map(|caveat| format!("not in the rules: {caveat}")));
        words
    }

    /// Keeps it for the package.
    ///
    /// # Errors
    /// `Unavailable` where the file cannot be written.
    pub fn keep(&self, state: &Path, deployment: &Deployment, sha256: &str) -> Result<(), Failure> {
        let Some(file) = file_of(state, deployment, sha256) else {
            return Ok(());
        };
        let failed = |error: String| {
            let doing = format!("writing {}", file.display());
            Failure::new(ErrorClass::Unavailable, doing, error)
        };
        let folder = file.parent().unwrap_or(state);
        let text = serde_json::to_string(self).map_err(|error| failed(error.to_string()))?;
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        let mut new =
            tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(error.to_string()))?;
        new.write_all(text.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        new.persist(&file)
            .map_err(|error| failed(error.to_string()))?;
        Ok(())
    }
}

impl From<Learned> for Lesson {
    fn from(learned: Learned) -> Self {
        Self {
            schema: SCHEMA,
            contract: learned.contract,
            caveats: learned.caveats,
            trials: learned.trials,
            at: Timestamp::now(),
        }
    }
}

impl Verifier {
    /// What the deployed authorizer does: what is kept of the package that it runs, else learned
    /// now and kept. Where it is kept this takes one call; the second value is what was borrowed
    /// for asking and could not be given back.
    ///
    /// # Errors
    /// As [`Verifier::learn`].
    pub async fn lesson(
        &self,
        cancel: &CancellationToken,
    ) -> Result<(Lesson, Vec<Failure>), Failure> {
        let packages = self.journal.packages();
        let state = packages.state();
        let before = self.package().await;
        if let Some(sha256) = &before
            && let Some(lesson) = Lesson::read(state, &self.deployment, sha256)?
        {
            return Ok((lesson, Vec::new()));
        }
        let mut learned = self.learn(&[], cancel).await?;
        let not_given_back = std::mem::take(&mut learned.not_given_back);
        let lesson = Lesson::from(learned);
        if let Some(sha256) = before
            && self.package().await.as_ref() == Some(&sha256)
        {
            lesson.keep(state, &self.deployment, &sha256)?;
        }
        Ok((lesson, not_given_back))
    }

    /// The SHA-256 of the package that decides; none where that cannot be told.
    async fn package(&self) -> Option<String> {
        let function = self.deployment.authorizer_function.as_ref()?;
        let seen = self.cloud.lambda.configuration(&function.value).await;
        Some(seen.ok()?.code_sha256)
    }
}

/// The file of a package behind an API; none where it is not known which API it is.
fn file_of(state: &Path, deployment: &Deployment, sha256: &str) -> Option<PathBuf> {
    let api = &deployment.rest_api_id.as_ref()?.value;
    let plain = api.chars().all(|c| c.is_ascii_alphanumeric());
    let name = package::file_name(sha256);
    let name = format!("{api}-{}", name.trim_end_matches(".zip"));
    plain.then(|| state.join("learned").join(name).with_extension("json"))
}
