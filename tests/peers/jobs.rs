//! What MLflow's own client asks for in each everyday job is what the embedded table says.

use std::collections::{BTreeMap, BTreeSet};

use mlwarden::access::{
    Catalog, Method, Route,
    upgrade::{By, jobs},
};

use crate::support::mlflow_server::{MlflowServer, VERSIONS};

const DRIVE: &str = include_str!("drive_jobs.py");

/// `POST /api/2.0/mlflow/runs/search` of the template that a recorded request belongs to.
fn template(catalog: &Catalog, recorded: &str) -> String {
    let (method, path) = recorded.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let route = catalog.find(method, path);
    named(route.unwrap_or_else(|| panic!("{recorded} is no route of the catalog")))
}

fn named(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

fn prove(version: &'static str) {
    let server = MlflowServer::start(version, 1);
    let told = server.python(DRIVE, &[&server.url]);
    let recorded: BTreeMap<String, Vec<String>> = serde_json::from_str(&told).unwrap();
    let catalog = Catalog::for_version(version);
    let of_client = |name: &str| recorded.contains_key(name);
    for job in jobs().iter().filter(|job| job.by == By::Client) {
        let Some(needs) = job.needs(version, &catalog) else {
            assert!(!of_client(&job.name), "{} has {}", version, job.name);
            continue;
        };
        let asked: BTreeSet<String> = recorded
            .get(&job.name)
            .unwrap_or_else(|| panic!("nobody did {} on {version}", job.name))
            .iter()
            .map(|request| template(&catalog, request))
            .collect();
        for alternatives in &needs {
            let any = alternatives
                .iter()
                .any(|route| asked.contains(&named(route)));
            assert!(
                any,
                "{} on {version} asks for none of {alternatives:?}",
                job.name
            );
        }
        let told: BTreeSet<String> = needs
            .into_iter()
            .flatten()
            .chain(job.also(version, &catalog))
            .map(named)
            .collect();
        let untold: Vec<&String> = asked.difference(&told).collect();
        assert!(untold.is_empty(), "{} on {version}: {untold:#?}", job.name);
    }
}

#[test]
fn the_samples_client_asks_in_each_job_for_what_the_table_says() {
    prove(VERSIONS[0]);
}

#[test]
fn the_newest_client_asks_in_each_job_for_what_the_table_says() {
    prove(VERSIONS[1]);
}
