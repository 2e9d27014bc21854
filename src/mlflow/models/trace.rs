//! Traces (MLflow 3, by its third interface).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Span;

/// The tag that names a trace.
const NAME: &str = "mlflow.traceName";
/// The tag that says where its spans are.
const SPANS: &str = "mlflow.trace.spansLocation";
/// Spans are in MLflow's database.
const IN_DATABASE: &str = "TRACKING_STORE";

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

impl TraceInfo {
    /// Its name; empty where it has none.
    pub fn name(&self) -> &str {
        self.tags.get(NAME).map_or("", String::as_str)
    }

    /// Whether MLflow keeps its spans in a file among the trace's artifacts, as its first
    /// versions with traces did, and not in its database.
    pub fn is_in_artifacts(&self) -> bool {
        let place = self.tags.get(SPANS).map(String::as_str);
        place != Some(IN_DATABASE)
    }

    /// Why a trace whose spans were asked for came without any.
    pub fn why_no_spans(&self) -> &'static str {
        if self.is_in_artifacts() {
            "MLflow keeps the spans of this trace in a file among its artifacts, which it serves \
             with a token only: look as a user or a group."
        } else if self.state == "IN_PROGRESS" {
            "The trace is still under way, and none of its spans has come yet."
        } else {
            "MLflow holds no span of this trace any more."
        }
    }
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
