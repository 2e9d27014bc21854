//! `mlwarden mlflow logged-models`.

use super::{
    acting::{Acting, acting},
    print,
};
use crate::{
    cli::args::{Global, mlflow::Experimental},
    domain::Failure,
    mlflow::{models::LoggedModel, newer},
};

const COLUMNS: [&str; 7] = [
    "id",
    "name",
    "type",
    "status",
    "experiment",
    "run",
    "created",
];

/// Lists logged models, or shows one.
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
        .found(arguments, "logged models", newer::search_logged_models)
        .await?;
    print::list(acting.output, "logged_models", &listed, &COLUMNS, row)
}

async fn one(acting: &Acting, id: &str) -> Result<u8, Failure> {
    let call = newer::logged_model(acting.root, id);
    acting.offered(&call.request, "logged models").await?;
    let model = acting.host.call(&acting.stay, &call).await.value?;
    let mut fields: Vec<(String, String)> = COLUMNS
        .iter()
        .map(|&name| name.to_owned())
        .zip(row(&model))
        .collect();
    fields.extend(print::fields("params", &model.data.params));
    fields.extend(model.data.metrics.iter().map(|metric| {
        let name = format!("metrics.{}", metric.key);
        (name, metric.value.to_string())
    }));
    fields.extend(print::fields("tags", &model.info.tags));
    print::one(acting.output, "logged_model", &model, fields)
}

fn row(model: &LoggedModel) -> Vec<String> {
    let info = &model.info;
    vec![
        info.model_id.clone(),
        info.name.clone(),
        info.model_type.clone(),
        info.status.clone(),
        info.experiment_id.clone(),
        info.source_run_id.clone(),
        print::time(info.creation_timestamp_ms),
    ]
}
