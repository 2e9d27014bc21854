//! `mlwarden mlflow run`.

use super::{
    acting::{Acting, acting},
    columns::{Column, Field},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{Global, mlflow::OneRun},
    domain::Failure,
    mlflow::{
        models::{Metric, Run},
        runs,
    },
};

/// How many points one request reads of a metric's history: MLflow's own limit.
const POINTS: u32 = 25_000;
/// What is shown of the run itself.
const FIELDS: [Field; 10] = [
    Field::Id,
    Field::Name,
    Field::Experiment,
    Field::Status,
    Field::User,
    Field::Started,
    Field::Ended,
    Field::Duration,
    Field::Stage,
    Field::Artifacts,
];

/// Shows a run, or a metric's history.
pub(super) async fn run(global: &Global, arguments: OneRun) -> Result<u8, Failure> {
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        if let Some(metric) = &arguments.metric {
            return history(acting, &arguments.run, metric).await;
        }
        let call = runs::get(acting.root, &arguments.run);
        let run = acting.host.call(&acting.stay, &call).await.value?;
        print::one(acting.output, "run", &run, fields(&run))
    })
    .await
}

async fn history(acting: &Acting, run: &str, metric: &str) -> Result<u8, Failure> {
    let paging = Paging {
        most: usize::MAX,
        first: POINTS,
        largest: POINTS,
    };
    let listed = acting
        .host
        .list(&acting.stay, paging, |number, token| {
            runs::history(acting.root, run, metric, Some(number), token)
        })
        .await?;
    let row = |point: &Metric| {
        vec![
            point.step.to_string(),
            point.value.to_string(),
            print::time(point.timestamp),
        ]
    };
    print::list(
        acting.output,
        "metrics",
        &listed,
        &["step", "value", "time"],
        row,
    )
}

/// A run field by field.
fn fields(run: &Run) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = FIELDS
        .into_iter()
        .map(Column::Field)
        .map(|column| (column.header(), column.of(run)))
        .collect();
    fields.extend(print::fields("params", &run.data.params));
    fields.extend(run.data.metrics.iter().map(|metric| {
        let name = format!("metrics.{}", metric.key);
        (name, format!("{} at step {}", metric.value, metric.step))
    }));
    fields.extend(print::fields("tags", &run.data.tags));
    fields.extend(run.inputs.dataset_inputs.iter().map(|input| {
        let dataset = &input.dataset;
        let text = format!(
            "{} {} from {} {} {}",
            dataset.name,
            dataset.digest,
            dataset.source_type,
            dataset.source,
            print::pairs(&input.tags)
        );
        ("inputs.dataset".to_owned(), text)
    }));
    let models = |name: &'static str| move |id: &str| (name.to_owned(), id.to_owned());
    let used = run.inputs.model_inputs.iter();
    fields.extend(used.map(|model| models("inputs.model")(&model.model_id)));
    let made = run.outputs.model_outputs.iter();
    fields.extend(made.map(|model| models("outputs.model")(&model.model_id)));
    fields
}
