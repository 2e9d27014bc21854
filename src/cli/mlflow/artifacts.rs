//! `mlwarden mlflow artifacts`.

use std::{
    collections::{HashMap, VecDeque},
    io::IsTerminal,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    acting::{Acting, acting},
    print,
};
use crate::{
    browse::{Download, Listed, Outcome, Progress, Tree},
    cli::{
        OK, PARTLY,
        args::{Global, Output, mlflow::Artifacts},
        output,
    },
    domain::Failure,
    mlflow::models::Artifact,
};

/// How often a person is told how far a download is.
const TOLD: Duration = Duration::from_millis(200);

/// Lists a run's artifacts, or downloads them.
pub(super) async fn run(global: &Global, arguments: Artifacts) -> Result<u8, Failure> {
    acting(
        global,
        &arguments.whom,
        Vec::new(),
        async |acting| match &arguments.download {
            Some(folder) => download(acting, &arguments, folder).await,
            None => list(acting, &arguments).await,
        },
    )
    .await
}

async fn list(acting: &Acting, arguments: &Artifacts) -> Result<u8, Failure> {
    let path = arguments.path.as_deref().unwrap_or_default();
    let (run, deep) = (&arguments.run, arguments.recursive);
    let mut tree = acting.host.tree(&acting.stay, run, path, deep).await?;
    if tree.artifacts.is_empty() && !path.is_empty() {
        // A file holds nothing: it is listed itself. What is not there is an error.
        let (root_uri, found) = acting.host.artifact(&acting.stay, run, path).await?;
        let artifacts = if found.is_dir {
            Vec::new()
        } else {
            vec![found]
        };
        tree = Tree {
            root_uri,
            artifacts,
        };
    }
    let listed = Listed {
        items: tree.artifacts,
        more: false,
    };
    print::list(
        acting.output,
        "artifacts",
        &listed,
        &["path", "size"],
        |one: &Artifact| {
            let size = if one.is_dir {
                String::new()
            } else {
                one.file_size.to_string()
            };
            let folder = if one.is_dir { "/" } else { "" };
            vec![format!("{}{folder}", one.path), size]
        },
    )
}

async fn download(acting: &Acting, arguments: &Artifacts, folder: &Path) -> Result<u8, Failure> {
    let tree = wanted(acting, arguments).await?;
    let download = Download {
        run: arguments.run.clone(),
        root_uri: tree.root_uri,
        folder: folder.to_owned(),
        overwrite: arguments.overwrite,
        concurrency: usize::from(arguments.concurrency),
    };
    let files: Vec<&Artifact> = tree.artifacts.iter().filter(|one| !one.is_dir).collect();
    let told = Told::of(&files);
    let outcomes = acting
        .host
        .download(&acting.stay, &download, tree.artifacts, &|progress| {
            told.hear(progress);
        })
        .await;
    told.end();
    report(acting.output, &outcomes)?;
    ended(outcomes)
}

/// What is to be downloaded: all that stands at the path.
async fn wanted(acting: &Acting, arguments: &Artifacts) -> Result<Tree, Failure> {
    let run = &arguments.run;
    let path = arguments.path.as_deref().unwrap_or_default();
    let path = path.trim_matches('/');
    if path.is_empty() {
        return acting.host.tree(&acting.stay, run, "", true).await;
    }
    let (root_uri, found) = acting.host.artifact(&acting.stay, run, path).await?;
    if found.is_dir {
        return acting.host.tree(&acting.stay, run, path, true).await;
    }
    Ok(Tree {
        root_uri,
        artifacts: vec![found],
    })
}

fn report(format: Output, outcomes: &[Outcome]) -> Result<u8, Failure> {
    let value = |outcome: &Outcome| -> Value {
        match &outcome.result {
            Ok(fetched) => json!({
                "path": outcome.artifact.path,
                "result": if fetched.kept { "there already" } else { "downloaded" }, "file": fetched.file,
                "bytes": fetched.bytes, "resumed_at": fetched.resumed_at, "why": null,
            }),
            Err(failure) => json!({
                "path": outcome.artifact.path, "result": "failed", "file": null,
                "bytes": null, "resumed_at": null, "why": failure.message,
            }),
        }
    };
    let listed = Listed {
        items: outcomes.iter().map(value).collect(),
        more: false,
    };
    let columns = ["path", "result", "file", "bytes", "why"];
    print::list(format, "files", &listed, &columns, |file: &Value| {
        let cell = |name| match file.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        columns.iter().map(|&name| cell(name)).collect()
    })
}

/// 0 where all came, 4 where some did, else why the first did not. What the others failed of is
/// told beside the data.
fn ended(outcomes: Vec<Outcome>) -> Result<u8, Failure> {
    let any = outcomes.iter().any(|outcome| outcome.result.is_ok());
    let failed = outcomes.into_iter().filter_map(|one| one.result.err());
    let mut failed: VecDeque<Failure> = failed.collect();
    if failed.is_empty() {
        return Ok(OK);
    }
    let first = if any { None } else { failed.pop_front() };
    for failure in failed {
        let told = format!("✗ {failure}\n  → {}", failure.next_step());
        output::note(&print::escaped(&told));
    }
    first.map_or(Ok(PARTLY), Err)
}

/// Tells a person at a terminal how far a download is.
struct Told {
    files: usize,
    bytes: u64,
    so_far: Mutex<SoFar>,
    terminal: bool,
}

struct SoFar {
    received: HashMap<String, u64>,
    told: Instant,
}

impl Told {
    fn of(files: &[&Artifact]) -> Self {
        let bytes = files.iter().map(|one| one.file_size);
        Self {
            files: files.len(),
            bytes: bytes.filter_map(|bytes| u64::try_from(bytes).ok()).sum(),
            so_far: Mutex::new(SoFar {
                received: HashMap::new(),
                told: Instant::now(),
            }),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    fn hear(&self, progress: Progress<'_>) {
        if !self.terminal {
            return;
        }
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        so_far
            .received
            .insert(progress.path.to_owned(), progress.received);
        if so_far.told.elapsed() >= TOLD {
            so_far.told = Instant::now();
            let received: u64 = so_far.received.values().sum();
            eprint!(
                "\r{} of {} files begun, {received} of {} bytes",
                so_far.received.len(),
                self.files,
                self.bytes
            );
        }
    }

    fn end(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
