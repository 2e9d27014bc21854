//! A cell of the matrix: declared, predicted, observed, and the request itself.

use serde_json::json;
use url::Url;

use super::{Sheet, region};
use crate::{
    access::{Basis, Catalog, Effect, Probe},
    app::{detail::Detail, layer::Layer, matrix::mark, state::State, tone::Tone},
    mlflow::{ApiRequest, as_curl},
    probe::{Cell, plan::schemes_of},
};

/// One cell of the matrix: what was declared, what decides, what was sent, what came back.
pub(in crate::app::update) fn explain_cell(state: &State, cell: &Cell) -> Layer {
    let mut sheet = Sheet::default();
    sheet.add("principal", cell.principal.to_string());
    sheet.add("scheme", cell.scheme.to_string());
    sheet.add("route", format!("{} {}", cell.method, cell.path));
    sheet.add("permission", cell.permission.clone());
    sheet.add("expected", expected(state, cell));
    let tone = match mark(cell) {
        crate::app::matrix::Mark::OverGranted | crate::app::matrix::Mark::Drift => Tone::Danger,
        crate::app::matrix::Mark::UnderGranted => Tone::Warning,
        crate::app::matrix::Mark::Inconclusive | crate::app::matrix::Mark::Unknown => Tone::Unknown,
        _ => Tone::Good,
    };
    if let Some(decision) = &cell.predicted {
        sheet.add(
            "predicted",
            format!("{}: {}", decision.effect, decision.explain()),
        );
        if let Basis::Statement { text, .. } = &decision.basis {
            sheet.toned("statement", text.clone(), Tone::Dim);
        }
    } else {
        sheet.toned("predicted", "nothing to compute it from", Tone::Unknown);
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
    }
    sheet.toned("verdict", cell.verdict.to_string(), tone);
    let curl = curl(state, cell);
    if let Some(curl) = &curl {
        sheet.toned("request", curl.clone(), Tone::Dim);
    }
    let value = serde_json::to_value(crate::app::lists::CellRow::from(cell.clone()))
        .unwrap_or_else(|_| json!({}));
    Layer::Detail {
        detail: Box::new(Detail::new(
            format!("{} · {} {}", cell.principal, cell.method, cell.path),
            sheet.0,
            value,
        )),
        equivalent: curl,
    }
}

fn expected(state: &State, cell: &Cell) -> String {
    let Some(effect) = cell.expected else {
        return "the matrix declares nothing for this principal".to_owned();
    };
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
