//! Traces (MLflow 3, by its third interface).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::number::whole;

/// What a trace is about and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceInfo {
    /// The id, `tr-…`.
    pub trace_id: String,
    /// Where it belongs, as MLflow sends it.
    #[serde(default)]
    pub trace_location: Value,
    /// When it began, RFC 3339.
    #[serde(default)]
    pub request_time: String,
    /// How long it took, such as `0.049s`.
    #[serde(default)]
    pub execution_duration: String,
    /// `OK`, `ERROR` or `IN_PROGRESS`.
    #[serde(default)]
    pub state: String,
    /// The start of what was asked.
    #[serde(default)]
    pub request_preview: String,
    /// The start of what was answered.
    #[serde(default)]
    pub response_preview: String,
    /// What its maker recorded beside it.
    #[serde(default)]
    pub trace_metadata: BTreeMap<String, String>,
    /// Tags; `mlflow.traceName` is its name.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One part of a trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The id within the trace.
    #[serde(default)]
    pub span_id: String,
    /// The span that it is a part of; empty for the outermost.
    #[serde(default)]
    pub parent_span_id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// When it began, in nanoseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub start_time_unix_nano: i64,
    /// When it ended.
    #[serde(default, deserialize_with = "whole")]
    pub end_time_unix_nano: i64,
    /// What it recorded, as MLflow sends it.
    #[serde(default)]
    pub attributes: Value,
    /// How it ended, as MLflow sends it.
    #[serde(default)]
    pub status: Value,
}

/// A trace with its spans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// What it is about.
    pub trace_info: TraceInfo,
    /// Its parts.
    #[serde(default)]
    pub spans: Vec<Span>,
}
