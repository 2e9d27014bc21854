//! What live verifies observed last, kept in the state folder from one run to the next: the third
//! side of a comparison, and the proof in a review. It holds no secret and nobody's name: users
//! are left out.

use std::{
    collections::HashMap,
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cell, Layer, Report};
use crate::{
    access::{Effect, Method},
    domain::{AuthScheme, Deployment, ErrorClass, Failure, Principal},
};

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// What one cell got when it was asked last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Who.
    pub principal: Principal,
    /// How.
    pub scheme: AuthScheme,
    /// The route's method.
    pub method: Method,
    /// The route's path template.
    pub path: String,
    /// Allowed or denied.
    pub effect: Effect,
    /// Who answered.
    pub layer: Layer,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The gateway's request id.
    pub request_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

type Key = (Principal, AuthScheme, Method, String);

/// What was observed of one API.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    seen: HashMap<Key, Seen>,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: u32,
    seen: Vec<Seen>,
}

impl Evidence {
    /// What is kept of a deployment's API; nothing where it was never verified.
    ///
    /// # Errors
    /// `Invalid` where the file is none of this program's.
    pub fn read(folder: &Path, deployment: &Deployment) -> Result<Self, Failure> {
        let Some(file) = file_of(folder, deployment) else {
            return Ok(Self::default());
        };
        let doing = || format!("reading {}", file.display());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::invalid(doing(), error.to_string())),
        };
        let read: File = serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(doing(), error.to_string())
                .advise("delete the file: the next verify writes it anew")
        })?;
        let mut evidence = Self::default();
        if read.schema == SCHEMA {
            evidence.take(read.seen);
        }
        Ok(evidence)
    }

    /// What was seen of a cell, the newest.
    pub fn of(&self, cell: &Cell) -> Option<&Seen> {
        let key = (
            cell.principal.clone(),
            cell.scheme,
            cell.method,
            cell.path.clone(),
        );
        self.seen.get(&key)
    }

    /// Adds what a run observed, and keeps it.
    ///
    /// # Errors
    /// `Unavailable` where the file cannot be written.
    pub fn keep(folder: &Path, deployment: &Deployment, report: &Report) -> Result<(), Failure> {
        let Some(file) = file_of(folder, deployment) else {
            return Ok(());
        };
        // What cannot be read is of no use to anybody.
        let mut evidence = Self::read(folder, deployment).unwrap_or_default();
        evidence.take(report.cells.iter().filter_map(seen));
        let mut seen: Vec<Seen> = evidence.seen.into_values().collect();
        if seen.is_empty() {
            return Ok(());
        }
        seen.sort_by(|a, b| {
            let key = |seen: &Seen| (seen.principal.clone(), seen.path.clone(), seen.method);
            key(a).cmp(&key(b))
        });
        let failed = |error: String| {
            Failure::new(
                ErrorClass::Unavailable,
                format!("writing {}", file.display()),
                error,
            )
        };
        let text = serde_json::to_string(&File {
            schema: SCHEMA,
            seen,
        })
        .map_err(|error| failed(error.to_string()))?;
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        let mut new =
            tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(error.to_string()))?;
        new.write_all(text.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        new.persist(&file)
            .map_err(|error| failed(error.to_string()))?;
        Ok(())
    }

    fn take(&mut self, all: impl IntoIterator<Item = Seen>) {
        for seen in all {
            let key = (
                seen.principal.clone(),
                seen.scheme,
                seen.method,
                seen.path.clone(),
            );
            let newer = self.seen.get(&key).is_none_or(|known| known.at <= seen.at);
            if newer {
                self.seen.insert(key, seen);
            }
        }
    }
}

/// The file of an API; none where it is not known which one it is.
fn file_of(folder: &Path, deployment: &Deployment) -> Option<PathBuf> {
    let value = |found: &Option<crate::domain::Found<String>>| {
        let text = &found.as_ref()?.value;
        let plain = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        plain.then(|| text.clone())
    };
    let (api, stage) = (value(&deployment.rest_api_id)?, value(&deployment.stage));
    let stage = stage.unwrap_or_else(|| "default".to_owned());
    Some(folder.join(format!("verified-{api}-{stage}.json")))
}

fn seen(cell: &Cell) -> Option<Seen> {
    if matches!(cell.principal, Principal::User(_)) {
        return None;
    }
    let observed = cell.observed.as_ref()?;
    Some(Seen {
        principal: cell.principal.clone(),
        scheme: cell.scheme,
        method: cell.method,
        path: cell.path.clone(),
        effect: observed.effect?,
        layer: observed.layer,
        status: observed.status,
        request_id: observed.request_id.clone(),
        at: observed.at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Catalog,
        domain::{Found, Origin},
        probe::{Observation, Summary, Verdict},
    };

    fn deployment() -> Deployment {
        Deployment {
            rest_api_id: Some(Found::new(
                "a1b2".into(),
                Origin::Flag("--rest-api-id".into()),
            )),
            ..Deployment::default()
        }
    }

    fn report(principal: &str, effect: Option<Effect>, second: i64) -> Report {
        let catalog = Catalog::for_version("2.12.2");
        let route = catalog
            .routes()
            .iter()
            .find(|route| route.path == "/version");
        let route = route.unwrap();
        Report {
            cells: vec![Cell {
                principal: principal.parse().unwrap(),
                scheme: route.scheme(),
                permission: route.permission.clone(),
                method: route.method,
                path: route.path.clone(),
                expected: None,
                predicted: None,
                observed: Some(Observation {
                    effect,
                    layer: Layer::Gateway,
                    status: Some(403),
                    error_type: None,
                    request_id: Some("r".into()),
                    latency: std::time::Duration::ZERO,
                    at: Timestamp::from_second(second).unwrap(),
                    reason: String::new(),
                    body_excerpt: String::new(),
                    retry: None,
                }),
                verdict: Verdict::Inconclusive,
                reason: String::new(),
            }],
            findings: Vec::new(),
            mlflow_version: None,
            summary: Summary::default(),
            skipped: Vec::new(),
            notes: Vec::new(),
            not_given_back: Vec::new(),
            cancelled: false,
        }
    }

    #[test]
    fn the_newest_decision_of_a_cell_is_kept_and_nobody_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |report: &Report| {
            Evidence::keep(folder.path(), &deployment(), report).unwrap();
        };
        let asked = report("group:readers", None, 0);
        keep(&report("group:readers", Some(Effect::Deny), 10));
        keep(&report("group:readers", Some(Effect::Allow), 5));
        keep(&report("group:readers", None, 20));
        keep(&report("user:ada@example.com", Some(Effect::Allow), 30));
        let evidence = Evidence::read(folder.path(), &deployment()).unwrap();
        let seen = evidence.of(&asked.cells[0]).unwrap();
        assert_eq!(
            (seen.effect, seen.at.as_second()),
            (Effect::Deny, 10),
            "{seen:?}"
        );
        let file = folder.path().join("verified-a1b2-default.json");
        assert!(!fs::read_to_string(file).unwrap().contains("ada"));
    }
}
