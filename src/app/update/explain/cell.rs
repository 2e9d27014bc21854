//! A cell of the matrix: declared, predicted, observed, and the request itself.

use serde_json::json;
use url::Url;

use super::{Sheet, region};
use crate::{
    access::{
        Basis, Catalog, Effect, Probe,
        explain::{Explanation, LinkKind},
    },
    app::{
        detail::Detail,
        layer::Layer,
        matrix::{Mark, mark},
        state::State,
        tone::Tone,
        update::questions::Facts,
    },
    mlflow::{ApiRequest, as_curl},
    probe::{Cell, Observation, plan::schemes_of},
};

/// One cell of the matrix, as it is or as if the principal were in these groups: what was
/// declared, what decides and why, what would turn it around, what was sent, what came back.
pub(in crate::app::update) fn explain_cell(
    state: &State,
    cell: &Cell,
    groups: Option<&[String]>,
) -> Layer {
    let mut sheet = Sheet::default();
    sheet.add("principal", cell.principal.to_string());
    sheet.add("scheme", cell.scheme.to_string());
    sheet.add("route", format!("{} {}", cell.method, cell.path));
    sheet.add("permission", cell.permission.clone());
    let explanation = Facts::of(state, &cell.principal).explain(
        &cell.principal,
        groups,
        (cell.method, &cell.path),
    );
    sheet.add("expected", expected(state, cell, explanation.as_ref()));
    match &cell.predicted {
        Some(decision) => sheet.add(
            "predicted",
            format!("{}: {}", decision.effect, decision.explain()),
        ),
        None => sheet.toned("predicted", "nothing to compute it from", Tone::Unknown),
    }
    match &cell.observed {
        None => sheet.toned(
            "observed",
            format!("not tested: {}", cell.reason),
            Tone::Unknown,
        ),
        Some(seen) => {
            let effect = seen.effect.map_or("undecided", Effect::as_str);
            sheet.add("observed", format!("{effect}: {}", seen.reason));
        }
    }
    let tone = match mark(cell) {
        Mark::OverGranted | Mark::Drift => Tone::Danger,
        Mark::UnderGranted => Tone::Warning,
        Mark::Inconclusive | Mark::Unknown => Tone::Unknown,
        _ => Tone::Good,
    };
    sheet.toned("verdict", cell.verdict.to_string(), tone);
    match &explanation {
        Some(explanation) => chain(&mut sheet, explanation),
        None => statement(&mut sheet, cell),
    }
    if let Some(seen) = &cell.observed {
        answer(&mut sheet, seen);
    }
    let curl = curl(state, cell);
    if let Some(curl) = &curl {
        sheet.toned("request", curl.clone(), Tone::Dim);
    }
    let mut value = serde_json::to_value(crate::app::lists::CellRow::from(cell.clone()))
        .unwrap_or_else(|_| json!({}));
    if let (Some(fields), Some(explanation)) = (value.as_object_mut(), &explanation) {
        fields.insert("explanation".to_owned(), json!(explanation));
    }
    Layer::Detail {
        detail: Box::new(Detail::new(
            format!("{} · {} {}", cell.principal, cell.method, cell.path),
            sheet.0,
            value,
        )),
        equivalent: curl,
    }
}

/// The links of the chain, and what would turn the decision around.
fn chain(sheet: &mut Sheet, explanation: &Explanation) {
    for link in &explanation.links {
        let tone = match link.kind {
            LinkKind::Statement | LinkKind::Pattern => Tone::Dim,
            _ => Tone::Text,
        };
        let text = format!("{}: {}", link.name, link.says);
        sheet.toned(link.kind.as_str(), text, tone);
    }
    if explanation.flips.is_empty() {
        return;
    }
    for flip in &explanation.flips {
        sheet.add("to change it", format!("{}: {}", flip.text, flip.outcome()));
    }
}

/// The statement alone, where nothing more is known.
fn statement(sheet: &mut Sheet, cell: &Cell) {
    if let Some(decision) = &cell.predicted
        && let Basis::Statement { text, .. } = &decision.basis
    {
        sheet.toned("statement", text.clone(), Tone::Dim);
    }
}

/// What came back.
fn answer(sheet: &mut Sheet, seen: &Observation) {
    sheet.add("answered by", seen.layer.to_string());
    let status = seen
        .status
        .map_or_else(|| "none".to_owned(), |status| status.to_string());
    let kind = seen.error_type.as_deref().unwrap_or("");
    sheet.add("response", format!("{status} {kind}").trim());
    sheet.toned("body", seen.body_excerpt.trim(), Tone::Dim);
    if let Some(id) = &seen.request_id {
        sheet.add("request id", id.clone());
    }
    sheet.add(
        "latency",
        format!(
            "{} ms, at {} UTC",
            seen.latency.as_millis(),
            seen.at.strftime("%H:%M:%S")
        ),
    );
}

/// What is declared, and by which entries: for somebody in several groups by each of them.
fn expected(state: &State, cell: &Cell, explanation: Option<&Explanation>) -> String {
    let Some(effect) = cell.expected else {
        return "the matrix declares nothing for this principal".to_owned();
    };
    let declared = explanation.map_or(&[] as &[_], |one| &one.declared);
    if !declared.is_empty() {
        let says: Vec<&str> = declared.iter().map(|one| one.says.as_str()).collect();
        return format!("{effect}: {}", says.join("; "));
    }
    let roles = state.data.execution_roles();
    let row = state.data.declared.row_of(&cell.principal, roles);
    let route =
        Catalog::every_route().find(|route| route.method == cell.method && route.path == cell.path);
    match (row, route) {
        (Some(row), Some(route)) => {
            format!("{effect}: {}", row.says(route).in_words(&row.name))
        }
        _ => effect.to_string(),
    }
}

/// The request that the cell is probed with, secrets out.
pub(super) fn curl(state: &State, cell: &Cell) -> Option<String> {
    let base = Url::parse(&state.data.deployment.api_url.as_ref()?.value).ok()?;
    let safe = Catalog::versions().iter().find_map(|version| {
        let catalog = Catalog::for_version(version);
        match &catalog.find(cell.method, &cell.path)?.probe {
            Probe::Safe(safe) => Some(safe.clone()),
            Probe::None { .. } => None,
        }
    })?;
    let request = ApiRequest {
        method: cell.method,
        path: safe.path,
        query: safe.query,
        body: safe.body,
    };
    let scheme = (schemes_of(&cell.principal).len() == 1).then_some(cell.scheme);
    Some(as_curl(&base, &request, scheme, region(state)))
}
