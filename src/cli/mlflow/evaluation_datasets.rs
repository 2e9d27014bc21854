//! `mlwarden mlflow evaluation-datasets`.

use serde_json::json;

use super::{
    acting::{Acting, acting, say_more},
    print,
};
use crate::{
    browse::Paging,
    cli::{
        args::{Global, Output, mlflow::Experimental},
        output,
    },
    domain::Failure,
    mlflow::{
        models::{DatasetRecord, EvaluationDataset, in_line},
        newer,
    },
};

const COLUMNS: [&str; 8] = [
    "id", "name", "records", "created", "changed", "by", "digest", "tags",
];
const RECORD: [&str; 8] = [
    "id",
    "inputs",
    "expectations",
    "outputs",
    "source",
    "created",
    "by",
    "tags",
];

/// Lists evaluation datasets, or shows one with its records.
pub(super) async fn run(global: &Global, arguments: Experimental) -> Result<u8, Failure> {
    acting(
        global,
        &arguments.whom,
        Vec::new(),
        async |acting| match &arguments.id {
            Some(id) => one(acting, id, arguments.look.max).await,
            None => list(acting, &arguments).await,
        },
    )
    .await
}

async fn list(acting: &Acting, arguments: &Experimental) -> Result<u8, Failure> {
    let listed = acting
        .found(arguments, "evaluation datasets", newer::search_datasets)
        .await?;
    print::list(acting.output, "evaluation_datasets", &listed, &COLUMNS, row)
}

async fn one(acting: &Acting, id: &str, most: usize) -> Result<u8, Failure> {
    let call = newer::dataset(acting.root, id);
    acting.offered(&call.request, "evaluation datasets").await?;
    let dataset = acting.host.call(&acting.stay, &call).await.value?;
    let listed = acting
        .host
        .list(&acting.stay, Paging::of(most), |number, token| {
            newer::dataset_records(acting.root, id, Some(number), token)
        })
        .await?;
    say_more(&listed);
    if acting.output == Output::Json {
        return print::object([
            ("evaluation_dataset", print::value(&dataset)?),
            ("records", print::value(&listed.items)?),
            ("more", json!(listed.more)),
        ]);
    }
    let about = COLUMNS.iter().zip(row(&dataset));
    let about: Vec<String> = about
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name} {text}"))
        .collect();
    output::note(&format!("· {}", about.join(", ")));
    print::list(acting.output, "records", &listed, &RECORD, record)
}

fn row(dataset: &EvaluationDataset) -> Vec<String> {
    let records = dataset.records().unwrap_or_default();
    vec![
        dataset.dataset_id.clone(),
        dataset.name.clone(),
        records.to_string(),
        print::time(dataset.created_time),
        print::time(dataset.last_update_time),
        dataset.created_by.clone(),
        dataset.digest.clone(),
        print::pairs(&dataset.tags()),
    ]
}

fn record(record: &DatasetRecord) -> Vec<String> {
    vec![
        record.dataset_record_id.clone(),
        in_line(&record.inputs),
        in_line(&record.expectations),
        in_line(&record.outputs),
        record.origin(),
        print::time(record.created_time),
        record.created_by.clone(),
        print::pairs(&record.tags()),
    ]
}
