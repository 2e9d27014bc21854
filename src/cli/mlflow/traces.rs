//! `mlwarden mlflow traces`.

use super::{
    acting::{Acting, acting, say_more},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{Global, mlflow::Experimental},
    domain::Failure,
    mlflow::{models::TraceInfo, newer},
};

/// The tag that names a trace.
const NAME: &str = "mlflow.traceName";
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
    let look = &arguments.look;
    let call = newer::search_traces(acting.root, &[], &look.page(1, None));
    acting.offered(&call.request, "traces").await?;
    let experiments = acting.experiments(&arguments.experiments).await?;
    let listed = acting
        .host
        .list(&acting.stay, Paging::small(look.max), |number, token| {
            newer::search_traces(acting.root, &experiments, &look.page(number, token))
        })
        .await?;
    say_more(&listed);
    print::list(acting.output, "traces", &listed, &COLUMNS, row)
}

async fn one(acting: &Acting, id: &str) -> Result<u8, Failure> {
    let call = newer::trace(acting.root, id);
    acting.offered(&call.request, "traces").await?;
    let trace = acting.host.call(&acting.stay, &call).await.value?;
    let cells = COLUMNS.iter().map(|&name| name.to_owned());
    let spans = trace.spans.iter().map(|span| {
        let nanoseconds = span
            .end_time_unix_nano
            .saturating_sub(span.start_time_unix_nano);
        let took = std::time::Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default());
        ("span".to_owned(), format!("{} {took:.1?}", span.name))
    });
    let fields = cells.zip(row(&trace.trace_info)).chain(spans);
    print::one(acting.output, "trace", &trace, fields)
}

fn row(trace: &TraceInfo) -> Vec<String> {
    vec![
        trace.trace_id.clone(),
        trace.tags.get(NAME).cloned().unwrap_or_default(),
        trace.state.clone(),
        trace.request_time.clone(),
        trace.execution_duration.clone(),
        trace.request_preview.clone(),
        trace.response_preview.clone(),
    ]
}
