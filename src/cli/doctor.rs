//! `mlwarden doctor`: what works, what does not, and what to do about it.

use serde_json::json;

use super::{
    OK, UNREACHED,
    args::Global,
    output::Listing,
    session::{Effective, context},
};
use crate::{
    aws::{Cloud, discovery},
    domain::{Deployment, Failure},
    plan::Journal,
};

/// One thing that was looked at.
struct Check {
    name: &'static str,
    outcome: Result<String, Failure>,
}

/// Checks what everything else rests on; 3 where something does not work.
pub(super) async fn run(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let mut deployment = Deployment::default();
    let mut checks = vec![
        Check {
            name: "config",
            outcome: Ok(effective.paths.config_file.display().to_string()),
        },
        Check {
            name: "matrix",
            outcome: effective
                .matrix(global)
                .map(|matrix| format!("{} rows", matrix.rows.len())),
        },
        Check {
            name: "journal",
            outcome: leftovers(&effective),
        },
    ];
    match Cloud::connect(&effective.target).await {
        Err(failure) => {
            let next = failure.next_step();
            checks.push(Check {
                name: "credentials",
                outcome: Err(failure.advise(format!(
                    "{next}; `mlwarden demo` shows it all without an account"
                ))),
            });
        }
        Ok(cloud) => {
            checks.push(Check {
                name: "credentials",
                outcome: cloud.sts.caller_identity().await.map(|caller| caller.arn),
            });
            deployment = discovery::discover(&cloud, effective.known.clone(), |_| {}).await;
            checks.push(Check {
                name: "deployment",
                outcome: Ok(format!("{} problems", deployment.problems.len())),
            });
            checks.extend(deployment.problems.iter().map(|problem| Check {
                name: "missing",
                outcome: Err(problem.failure.clone()),
            }));
        }
    }
    let failed = checks.iter().any(|check| check.outcome.is_err());
    let (rows, values) = checks.iter().map(told).unzip();
    Listing {
        noun: "checks",
        context: context(&effective.name, &deployment),
        columns: &["", "check", "what", "next step"],
        rows,
        values,
    }
    .print(global.output)?;
    Ok(if failed { UNREACHED } else { OK })
}

fn leftovers(effective: &Effective) -> Result<String, Failure> {
    let journal = Journal::open(&effective.paths.state_dir)?;
    let left = journal.leftovers()?;
    let names: Vec<String> = left.iter().map(|entry| entry.borrowed.describe()).collect();
    let unfinished = journal.unfinished()?;
    if names.is_empty() && unfinished.is_empty() {
        return Ok("nothing is left behind".to_owned());
    }
    if names.is_empty() {
        return Err(Failure::new(
            crate::domain::ErrorClass::Conflict,
            "looking for plans that are not finished",
            unfinished.join("; "),
        )
        .advise("resume them, or forget what is left by `mlwarden journal dismiss`"));
    }
    Err(Failure::new(
        crate::domain::ErrorClass::Conflict,
        "looking for what earlier runs left behind",
        names.join("; "),
    )
    .advise("run `mlwarden verify`: it removes them first"))
}

fn told(check: &Check) -> (Vec<String>, serde_json::Value) {
    let (sign, what, next) = match &check.outcome {
        Ok(what) => ("✓", what.clone(), String::new()),
        Err(failure) => ("✗", failure.to_string(), failure.next_step()),
    };
    (
        vec![
            sign.to_owned(),
            check.name.to_owned(),
            what.clone(),
            next.clone(),
        ],
        json!({"check": check.name, "ok": check.outcome.is_ok(), "what": what, "next_step": next}),
    )
}
