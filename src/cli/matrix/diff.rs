//! `mlwarden matrix diff`: the file, what is deployed, and what the last verify observed.

use serde_json::json;

use super::learned;
use crate::{
    access::Effect,
    cli::{MISMATCH, OK, args::Global, output::Listing, verify},
    domain::Failure,
    probe::{Cell, VerifyOptions, evidence::Evidence},
};

/// One cell of which not all that is known agrees.
struct Difference {
    cell: Cell,
    verified: Option<(Effect, jiff::Timestamp)>,
}

/// Lists where they differ.
pub(super) async fn run(global: &Global, permission: Option<String>) -> Result<u8, Failure> {
    let options = VerifyOptions {
        permission,
        predicted_only: true,
        ..VerifyOptions::default()
    };
    let (session, report) = Box::pin(verify::predicted(global, options)).await?;
    learned::tell_ground(&session).await;
    let evidence = Evidence::read(&session.effective.paths.state_dir, &session.deployment)?;
    let differences: Vec<Difference> = report
        .cells
        .into_iter()
        .filter_map(|cell| {
            let verified = evidence.of(&cell).map(|seen| (seen.effect, seen.at));
            let mut known: Vec<Effect> = cell.expected.into_iter().collect();
            known.extend(cell.predicted_effect());
            known.extend(verified.map(|(effect, _)| effect));
            let differ = known.windows(2).any(|pair| pair.first() != pair.last());
            (differ || cell.expected.is_none()).then_some(Difference { cell, verified })
        })
        .collect();
    let word = |effect: Option<Effect>| effect.map_or("unknown", Effect::as_str).to_owned();
    let rows = differences
        .iter()
        .map(|Difference { cell, verified }| {
            vec![
                cell.principal.to_string(),
                cell.scheme.to_string(),
                cell.permission.clone(),
                format!("{} {}", cell.method, cell.path),
                cell.expected.map_or("nothing", Effect::as_str).to_owned(),
                word(cell.predicted_effect()),
                verified.map_or_else(
                    || "never".to_owned(),
                    |(effect, at)| format!("{effect}, {}", crate::cli::output::time(at)),
                ),
            ]
        })
        .collect();
    let values = differences
        .iter()
        .map(|Difference { cell, verified }| {
            json!({
                "principal": cell.principal, "scheme": cell.scheme,
                "permission": cell.permission, "method": cell.method, "path": cell.path,
                "declared": cell.expected, "deployed": cell.predicted_effect(),
                "verified": verified.map(|(effect, _)| effect),
                "verified_at": verified.map(|(_, at)| at),
                "by": cell.predicted.as_ref().map(crate::access::Decision::explain),
            })
        })
        .collect();
    Listing {
        noun: "differences",
        context: session.context(),
        columns: &[
            "principal",
            "scheme",
            "permission",
            "route",
            "declared",
            "deployed",
            "verified",
        ],
        rows,
        values,
    }
    .print(global.output)?;
    Ok(if differences.is_empty() { OK } else { MISMATCH })
}
