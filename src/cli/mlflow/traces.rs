//! `mlwarden mlflow traces`.

use super::{
    acting::{Acting, acting},
    print,
};
use crate::{
    app::{
        lists::{SpanRow, lasted},
        mlflow::nesting::Nesting,
    },
    cli::{
        args::{Global, mlflow::Experimental},
        output,
    },
    domain::Failure,
    mlflow::{models::TraceInfo, newer},
};

const COLUMNS: [&str; 7] = [
    "id", "name", "state", "began", "took", "request", "response",
];

/// Lists traces, or shows one with its spans.
pub(super) async fn run(global: &Global, arguments: Experimental) -> Result<u8, Failure> {
    acting(
        global,
        &arguments.whom,
        Vec::new(),
        async |acting| match &arguments.id {
            Some(id) => one(acting, id).await,
            None => list(acting, &arguments).await,
        },
    )
    .await
}

async fn list(acting: &Acting, arguments: &Experimental) -> Result<u8, Failure> {
    let listed = acting
        .found(arguments, "traces", newer::search_traces)
        .await?;
    print::list(acting.output, "traces", &listed, &COLUMNS, row)
}

async fn one(acting: &Acting, id: &str) -> Result<u8, Failure> {
    let call = newer::trace(acting.root, id);
    acting.offered(&call.request, "traces").await?;
    let trace = acting.host.trace(&acting.stay, id).await?;
    if trace.spans.is_empty() && trace.trace_info.is_in_artifacts() {
        output::note(&format!("· {}", trace.trace_info.why_no_spans()));
    }
    let cells = COLUMNS.iter().map(|&name| name.to_owned());
    let rows = SpanRow::all(trace.spans.clone(), None);
    let spans = SpanRow::tree(&rows, &Nesting::default())
        .into_iter()
        .map(|row| ("span".to_owned(), in_line(&row)));
    let fields = cells.zip(row(&trace.trace_info)).chain(spans);
    print::one(acting.output, "trace", &trace, fields)
}

/// A span in one line, as deep as it stands: its name, what it is, how it ended, how long it took.
fn in_line(row: &SpanRow) -> String {
    let span = &row.span;
    let parts = [
        row.name().into_owned(),
        span.kind().to_lowercase(),
        span.state().word().to_owned(),
        span.took().map_or_else(String::new, lasted),
        span.message().to_owned(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}{}", "  ".repeat(row.depth), parts.join(", "))
}

fn row(trace: &TraceInfo) -> Vec<String> {
    vec![
        trace.trace_id.clone(),
        trace.name().to_owned(),
        trace.state.clone(),
        trace.request_time.clone(),
        trace.execution_duration.clone(),
        trace.request_preview.clone(),
        trace.response_preview.clone(),
    ]
}
