//! What stands behind a row of MLflow's pages: a request with its answer; and the commands that
//! show the same.

use super::{Fields, Sheet};
use crate::{
    access::Effect,
    app::{Screen, state::State, tone::Tone},
    browse::Exchange,
    domain::shell_quoted,
    probe::Verdict,
};

/// A request: whose, what was declared and predicted, what came back from whom.
pub(super) fn request(state: &State, id: &str) -> Option<(String, Fields)> {
    let exchange = &state.data.mlflow.requests.find(id)?.exchange;
    let mut sheet = Sheet::default();
    sheet.add("as", exchange.principal.to_string());
    sheet.add(
        "scheme",
        exchange.scheme.map_or("none", |scheme| scheme.as_str()),
    );
    let request = &exchange.request;
    sheet.add("request", format!("{} {}", request.method, request.path));
    for (name, value) in &request.query {
        sheet.toned("query", format!("{name} = {value}"), Tone::Dim);
    }
    if let Some(body) = &request.body {
        sheet.toned("sent", body.to_string(), Tone::Dim);
    }
    compared(&mut sheet, exchange);
    answered(&mut sheet, exchange);
    for (name, value) in &exchange.sent {
        sheet.toned("sent header", format!("{name}: {value}"), Tone::Dim);
    }
    for (name, value) in &exchange.headers {
        sheet.toned("header", format!("{name}: {value}"), Tone::Dim);
    }
    sheet.toned("curl", exchange.as_curl(), Tone::Dim);
    let title = format!(
        "{} · {} {}",
        exchange.principal, request.method, request.path
    );
    Some((title, sheet.0))
}

/// What was declared, what was predicted, and how that compares.
fn compared(sheet: &mut Sheet, exchange: &Exchange) {
    match (&exchange.permission, &exchange.route) {
        (Some(permission), Some(route)) => {
            sheet.add("permission", permission.clone());
            sheet.toned(
                "route",
                format!("{} {route}", exchange.request.method),
                Tone::Dim,
            );
        }
        _ => sheet.toned("permission", "no known route of this MLflow", Tone::Unknown),
    }
    match exchange.expected {
        Some(effect) => sheet.add("expected", effect.as_str()),
        None => sheet.toned("expected", "the matrix declares nothing", Tone::Unknown),
    }
    match &exchange.predicted {
        Some(decision) => sheet.add(
            "predicted",
            format!("{}: {}", decision.effect, decision.explain()),
        ),
        None => sheet.toned("predicted", "nothing to compute it from", Tone::Unknown),
    }
    let seen = &exchange.observed;
    let effect = seen.effect.map_or("undecided", Effect::as_str);
    sheet.add("observed", format!("{effect}: {}", seen.reason));
    let tone = match exchange.verdict {
        Verdict::Ok => Tone::Good,
        Verdict::OverGranted => Tone::Danger,
        Verdict::UnderGranted => Tone::Warning,
        Verdict::Inconclusive => Tone::Unknown,
    };
    sheet.toned("verdict", exchange.verdict.as_str(), tone);
}

/// Who answered, and what.
fn answered(sheet: &mut Sheet, exchange: &Exchange) {
    let seen = &exchange.observed;
    sheet.add("answered by", seen.layer.as_str());
    let status = seen
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let kind = seen.error_type.as_deref().unwrap_or_default();
    sheet.add("status", format!("{status} {kind}").trim());
    if let Some(id) = &seen.request_id {
        sheet.add("request id", id.clone());
    }
    sheet.add(
        "took",
        format!(
            "{} ms, at {} UTC, {} bytes",
            exchange.latency().as_millis(),
            exchange.at().strftime("%H:%M:%S"),
            exchange.size
        ),
    );
    sheet.toned("answer", exchange.body.trim(), Tone::Dim);
}

/// The command that shows the same as a page of MLflow's.
pub(super) fn equivalent(state: &State) -> Option<String> {
    let mlflow = &state.data.mlflow;
    if state.screen() == Screen::Requests {
        return mlflow.requests.current().map(|row| row.exchange.as_curl());
    }
    let principal = shell_quoted(&mlflow.principal.as_ref()?.to_string());
    let mut experiments = String::new();
    for (id, _) in &mlflow.at_experiments {
        experiments.push_str(" --experiment ");
        experiments.push_str(&shell_quoted(id));
    }
    let run = || mlflow.at_run_id.as_deref().map(shell_quoted);
    let what = match state.screen() {
        Screen::Experiments => "experiments".to_owned(),
        Screen::Runs => format!("runs{experiments}"),
        Screen::Run => format!("run {}", run()?),
        Screen::Artifacts => format!("artifacts {}", run()?),
        Screen::Models => "models".to_owned(),
        Screen::Versions => format!("versions {}", shell_quoted(mlflow.at_model.as_ref()?)),
        Screen::LoggedModels => format!("logged-models{experiments}"),
        Screen::Traces => format!("traces{experiments}"),
        Screen::Trace => format!("traces {}", shell_quoted(mlflow.at_trace_id.as_ref()?)),
        Screen::Datasets => format!("evaluation-datasets{experiments}"),
        Screen::Records => {
            let id = shell_quoted(mlflow.at_dataset_id.as_ref()?);
            format!("evaluation-datasets {id}")
        }
        _ => return None,
    };
    let filter = mlflow
        .paging
        .get(&state.screen())
        .map(|paging| paging.filter.as_str())
        .filter(|filter| !filter.is_empty())
        .map_or_else(String::new, |filter| {
            format!(" --filter {}", shell_quoted(filter))
        });
    Some(format!("mlwarden mlflow {what} --as {principal}{filter}"))
}
