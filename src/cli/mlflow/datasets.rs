//! `mlwarden mlflow datasets`.

use super::{
    acting::{acting, scheme},
    print,
};
use crate::{
    browse::Listed,
    cli::args::{Global, mlflow::Datasets},
    domain::{AuthScheme, Failure},
    mlflow::{experiments, models::DatasetSummary},
};

const COLUMNS: [&str; 4] = ["experiment", "name", "digest", "context"];

/// Lists the datasets that runs of some experiments used.
pub(super) async fn run(global: &Global, arguments: Datasets) -> Result<u8, Failure> {
    if scheme(&arguments.whom.principal) == Some(AuthScheme::SigV4) {
        return Err(Failure::invalid(
            "looking for datasets",
            "MLflow serves this search to its UI alone: the IAM side of the API has no path to it",
        )
        .advise("ask as somebody with a token, a user or a group; a run names its own datasets"));
    }
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        let call = experiments::datasets(&[]);
        acting.offered(&call.request, "search for datasets").await?;
        let ids = acting.experiments(&arguments.experiments).await?;
        let call = experiments::datasets(&ids);
        let items = acting.host.call(&acting.stay, &call).await.value?;
        let listed = Listed { items, more: false };
        print::list(acting.output, "datasets", &listed, &COLUMNS, row)
    })
    .await
}

fn row(dataset: &DatasetSummary) -> Vec<String> {
    vec![
        dataset.experiment_id.clone(),
        dataset.name.clone(),
        dataset.digest.clone(),
        dataset.context.clone(),
    ]
}
