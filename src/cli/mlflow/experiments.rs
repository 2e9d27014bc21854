//! `mlwarden mlflow experiments`.

use super::{
    acting::{acting, say_more},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{Global, mlflow::Experiments},
    domain::Failure,
    mlflow::{
        experiments,
        models::{Experiment, NOTE, Pair, value_of},
    },
};

const COLUMNS: [&str; 6] = ["id", "name", "stage", "created", "note", "tags"];

/// Lists experiments.
pub(super) async fn run(global: &Global, arguments: Experiments) -> Result<u8, Failure> {
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        let look = &arguments.look;
        let listed = acting
            .host
            .list(&acting.stay, Paging::of(look.max), |number, token| {
                let search = look.page(number, token);
                experiments::search(acting.root, arguments.view.into(), &search)
            })
            .await?;
        say_more(&listed);
        print::list(acting.output, "experiments", &listed, &COLUMNS, row)
    })
    .await
}

fn row(experiment: &Experiment) -> Vec<String> {
    let note = value_of(&experiment.tags, NOTE).unwrap_or_default();
    let others: Vec<Pair> = experiment
        .tags
        .iter()
        .filter(|tag| tag.key != NOTE)
        .cloned()
        .collect();
    vec![
        experiment.experiment_id.clone(),
        experiment.name.clone(),
        experiment.lifecycle_stage.clone(),
        print::time(experiment.creation_time),
        note.to_owned(),
        print::pairs(&others),
    ]
}
