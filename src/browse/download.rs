//! Artifacts brought into a folder through the API's own routes.
//!
//! A file is read in ranges, since API Gateway carries 10 MB a response, and written as it comes:
//! memory does not follow its size. What was read before a cut, or before the process ended, is
//! not read again, as long as the server still has the same file. Nothing is written outside of
//! the chosen folder, and nothing that stands there is replaced without being told to: a file of
//! just the size that MLflow lists is taken for the one that is wanted.

mod part;
mod place;
mod range;

use std::{path::PathBuf, time::Duration};

use futures::{StreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use self::{
    part::Part,
    range::{Progressed, Reader},
};
use super::Host;
use crate::{
    domain::{ErrorClass, Failure},
    mlflow::{ApiRequest, Root, models::Artifact},
    probe::Stay,
};

pub use place::place;

/// How often a file is asked for again without one more byte of it.
const TRIES: u32 = 4;
/// How often a file may turn out to be another one meanwhile.
const CHANGES: u32 = 3;
/// The scheme of artifacts that MLflow's server itself keeps.
const PROXIED: &str = "mlflow-artifacts:";
/// What stands as it is in a part of a path: what `SigV4` does not encode.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is downloaded and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The run whose artifacts they are.
    pub run: String,
    /// Where the run's artifacts are, as a listing says it: `mlflow-artifacts:/…`.
    pub root_uri: String,
    /// The folder that they are written into; it is made where it is missing.
    pub folder: PathBuf,
    /// Whether files that are there already may be replaced.
    pub overwrite: bool,
    /// How many files are read at once.
    pub concurrency: usize,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The artifact's path.
    pub path: &'a str,
    /// How many bytes of it there are.
    pub received: u64,
    /// How many it has, where that is known.
    pub size: Option<u64>,
}

/// A file that was brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it stands.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many of them were there from an earlier try.
    pub resumed_at: u64,
    /// Whether it stood there already, of the size that MLflow lists: nothing was read.
    pub kept: bool,
}

/// What came of one artifact.
#[derive(Debug)]
pub struct Outcome {
    /// The artifact.
    pub artifact: Artifact,
    /// The file, or why there is none.
    pub result: Result<Fetched, Failure>,
}

impl Host {
    /// Downloads files as somebody, several at once, each on its own: one that fails stops no
    /// other. Folders among them are passed over. `progress` hears of every part that comes.
    ///
    /// Letting go of the future stops it: what was read so far is taken up again by the next call
    /// for the same run and folder.
    pub async fn download(
        &self,
        stay: &Stay,
        download: &Download,
        artifacts: Vec<Artifact>,
        progress: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) -> Vec<Outcome> {
        let files = artifacts.into_iter().filter(|artifact| !artifact.is_dir);
        stream::iter(files)
            .map(|artifact| async move {
                let result = self.fetch(stay, download, &artifact, progress).await;
                Outcome { artifact, result }
            })
            .buffered(download.concurrency.max(1))
            .collect()
            .await
    }

    /// Downloads one file.
    async fn fetch(
        &self,
        stay: &Stay,
        download: &Download,
        artifact: &Artifact,
        progress: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) -> Result<Fetched, Failure> {
        let target = place(&download.folder, &artifact.path)?;
        let request = request(Self::root(stay), download, &artifact.path)?;
        let found = place::look_at(&target, artifact.file_size, download.overwrite)?;
        if found == place::Found::Same {
            let bytes = u64::try_from(artifact.file_size).unwrap_or_default();
            return Ok(Fetched {
                file: target,
                bytes,
                resumed_at: bytes,
                kept: true,
            });
        }
        place::make_room(&download.folder, &target)?;
        let part = Part::open(&target, &download.run, &artifact.path)?;
        let resumed_at = part.have;
        let mut reader = Reader {
            host: self,
            stay,
            request,
            path: &artifact.path,
            part,
            whole: artifact.file_size == 0,
            marks_differ: false,
            progress,
        };
        if let Err(failure) = read(&mut reader).await {
            reader.part.leave();
            return Err(advised(failure, artifact));
        }
        let bytes = reader.part.have;
        reader.part.finish(&target, download.overwrite).await?;
        Ok(Fetched {
            file: target,
            bytes,
            resumed_at,
            kept: false,
        })
    }
}

/// Reads to the end of the file, through cuts.
async fn read(reader: &mut Reader<'_>) -> Result<(), Failure> {
    let (mut idle, mut changes, mut farthest) = (0, 0, reader.part.have);
    loop {
        match reader.step().await {
            Ok(Progressed::ToTheEnd) => return Ok(()),
            Ok(Progressed::Further) => idle = 0,
            Ok(Progressed::Changed) => {
                (changes, farthest) = (changes + 1, 0);
                if changes > CHANGES {
                    return Err(restless(reader.path));
                }
            }
            Err(failure) => {
                let settled = reader.part.settle().await;
                if failure.class != ErrorClass::Network {
                    return Err(failure);
                }
                settled?;
                idle = if reader.part.have > farthest {
                    0
                } else {
                    idle + 1
                };
                if idle > TRIES {
                    return Err(failure);
                }
                if idle > 0 {
                    tokio::time::sleep(Duration::from_millis(100 << idle)).await;
                }
            }
        }
        farthest = farthest.max(reader.part.have);
    }
}

fn restless(path: &str) -> Failure {
    Failure::new(
        ErrorClass::Conflict,
        format!("reading {path:?}"),
        "the file changes on the server while it is read",
    )
    .advise("try again once nobody writes to it")
}

/// The request that reads an artifact.
///
/// With a token by run and path, which works wherever the artifacts are. The IAM side has no such
/// route: there the file is asked for at the server's own store, where the run uses it.
pub(super) fn request(root: Root, download: &Download, path: &str) -> Result<ApiRequest, Failure> {
    if root == Root::Ajax {
        let query = [("run_uuid", download.run.as_str()), ("path", path)];
        return Ok(ApiRequest {
            query: query
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            ..ApiRequest::get("/get-artifact")
        });
    }
    let Some(rest) = download.root_uri.strip_prefix(PROXIED) else {
        return Err(Failure::invalid(
            format!("reading {path:?}"),
            format!(
                "with a signature the API has no route to artifacts in {}",
                download.root_uri
            ),
        )
        .advise("read it as somebody with a token: a user or a group"));
    };
    // `mlflow-artifacts://host/1/…` names the server too.
    let folder = match rest.strip_prefix("//") {
        Some(with_host) => with_host.split_once('/').map_or("", |(_, folder)| folder),
        None => rest.trim_start_matches('/'),
    };
    let parts = folder.split('/').chain(path.split('/'));
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(|part| utf8_percent_encode(part, ESCAPED).to_string())
        .collect();
    let operation = format!("mlflow-artifacts/artifacts/{}", parts.join("/"));
    Ok(ApiRequest::get(root.path(&operation)))
}

/// A failure with what may be behind it: a file that is too large for one response, from a
/// server that sends none in parts.
fn advised(failure: Failure, artifact: &Artifact) -> Failure {
    let large = artifact.file_size > 10_000_000;
    if failure.class != ErrorClass::Unavailable || !large {
        return failure;
    }
    failure.advise(
        "API Gateway carries 10 MB a response, and MLflow 2 sends no parts of a file to a signed \
         request: read it as somebody with a token, a user or a group",
    )
}

#[cfg(test)]
mod tests;
