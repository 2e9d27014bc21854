//! The report as one JSON object: the form that scripts rely on.

use serde_json::{Map, Value, json};

use crate::probe::{Cell, Report};

/// The version of the object's shape.
const SCHEMA: u32 = 1;

/// The report, with `context` as given: what deployment it is about.
pub fn to_json(report: &Report, context: &Value) -> Value {
    json!({
        "schema": SCHEMA,
        "context": context,
        "summary": report.summary,
        "cells": report.cells.iter().map(cell).collect::<Vec<_>>(),
        "findings": report.findings,
        "skipped": report.skipped,
        "notes": report.notes,
        "not_given_back": report.not_given_back,
        "cancelled": report.cancelled,
    })
}

fn cell(cell: &Cell) -> Value {
    let observed = cell.observed.as_ref();
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    set("principal", json!(cell.principal));
    set("scheme", json!(cell.scheme));
    set("permission", json!(cell.permission));
    set("method", json!(cell.method));
    set("path", json!(cell.path));
    set("expected", json!(cell.expected));
    set("predicted", json!(cell.predicted_effect()));
    set("observed", json!(cell.observed_effect()));
    set("verdict", json!(cell.verdict));
    set("layer", json!(observed.map(|seen| seen.layer)));
    set("status", json!(observed.and_then(|seen| seen.status)));
    set(
        "error_type",
        json!(observed.and_then(|seen| seen.error_type.as_ref())),
    );
    set(
        "latency_ms",
        json!(observed.and_then(|seen| u64::try_from(seen.latency.as_millis()).ok())),
    );
    set("reason", json!(cell.reason));
    set(
        "request_id",
        json!(observed.and_then(|seen| seen.request_id.as_ref())),
    );
    set("at", json!(observed.map(|seen| seen.at)));
    set(
        "predicted_by",
        json!(
            cell.predicted
                .as_ref()
                .map(crate::access::Decision::explain)
        ),
    );
    Value::Object(object)
}
