//! Everyday jobs, and the routes that each needs in each version of MLflow.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{
    access::{Catalog, Method, Route, catalog},
    domain::AuthScheme,
};

/// The jobs, as embedded; the file says how they were measured.
const ASSET: &str = include_str!("../../../assets/jobs.toml");

/// What does a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// MLflow's pages, with a token.
    Ui,
    /// MLflow's Python client, with a signature.
    Client,
}

impl By {
    /// How its requests are authenticated.
    pub fn scheme(self) -> AuthScheme {
        match self {
            Self::Ui => AuthScheme::Bearer,
            Self::Client => AuthScheme::SigV4,
        }
    }

    /// The word for outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ui => "UI",
            Self::Client => "client",
        }
    }
}

/// Something that people do with MLflow every day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Its name, in kebab case.
    pub name: String,
    /// What it is: `look at a run`.
    pub words: String,
    /// What does it.
    pub by: By,
    needs: Vec<Needs>,
}

/// What a job asks for in one version of MLflow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    version: String,
    /// How it was learned: `client 3.17.2`, `ui bundle 3.17.2`.
    measured: String,
    routes: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
}

/// The file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    job: Vec<Job>,
}

/// Every job, in the order of every table.
pub fn jobs() -> &'static [Job] {
    static JOBS: OnceLock<Vec<Job>> = OnceLock::new();
    JOBS.get_or_init(|| {
        // The asset is part of the program, and a test reads it.
        toml::from_str::<File>(ASSET).unwrap_or_default().job
    })
}

impl Job {
    /// The routes that it needs in a version: of each inner list one is enough. None where that
    /// version does not have the job.
    pub fn needs<'c>(&self, version: &str, catalog: &'c Catalog) -> Option<Vec<Vec<&'c Route>>> {
        let needs = self.of(version)?;
        let one = |text: &String| {
            text.split(" | ")
                .filter_map(|text| self.route(text, catalog))
                .collect()
        };
        Some(needs.routes.iter().map(one).collect())
    }

    /// The routes that it asks for in a version and does without.
    pub fn also<'c>(&self, version: &str, catalog: &'c Catalog) -> Vec<&'c Route> {
        self.of(version).map_or_else(Vec::new, |needs| {
            let routes = needs.also.iter();
            routes
                .filter_map(|text| self.route(text, catalog))
                .collect()
        })
    }

    /// How its routes in a version were learned.
    pub fn measured(&self, version: &str) -> Option<&str> {
        Some(&self.of(version)?.measured)
    }

    fn of(&self, version: &str) -> Option<&Needs> {
        let known = catalog::known(version);
        self.needs.iter().find(|needs| needs.version == known)
    }

    /// `POST mlflow/runs/search` as a route: under its own prefix where there is one.
    fn route<'c>(&self, text: &str, catalog: &'c Catalog) -> Option<&'c Route> {
        let (method, operation) = text.split_once(' ')?;
        let method: Method = method.parse().ok()?;
        let is = |route: &&Route| route.method == method && route.operation() == operation;
        let mut own = catalog.routes().iter().filter(is);
        own.find(|route| route.scheme() == self.by.scheme())
            .or_else(|| catalog.routes().iter().find(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_every_job_is_one_of_its_version() {
        assert!(jobs().len() > 30, "the asset is not read");
        for job in jobs() {
            for needs in &job.needs {
                assert!(Catalog::versions().contains(&needs.version.as_str()));
                assert!(needs.measured.ends_with(&needs.version), "{}", job.name);
                let catalog = Catalog::for_version(&needs.version);
                for text in needs.routes.iter().flat_map(|text| text.split(" | ")) {
                    let route = job.route(text, &catalog);
                    let found = route.is_some_and(|route| route.scheme() == job.by.scheme());
                    assert!(found, "{} needs {text} of {}", job.name, needs.version);
                }
                for text in &needs.also {
                    assert!(job.route(text, &catalog).is_some(), "{} {text}", job.name);
                }
            }
        }
    }

    #[test]
    fn a_name_stands_once() {
        let mut names: Vec<&str> = jobs().iter().map(|job| job.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), jobs().len());
    }
}
