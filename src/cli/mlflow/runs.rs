//! `mlwarden mlflow runs`.

use super::{
    acting::{acting, say_more},
    columns::{Column, Field},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{Global, mlflow::Runs},
    domain::Failure,
    mlflow::{SearchRuns, runs},
};

/// Lists runs.
pub(super) async fn run(global: &Global, arguments: Runs) -> Result<u8, Failure> {
    let wanted = arguments.columns.iter().map(|name| Column::named(name));
    let mut columns: Vec<Column> = Field::USUAL.into_iter().map(Column::Field).collect();
    columns.extend(wanted.collect::<Result<Vec<_>, _>>()?);
    let headers: Vec<String> = columns.iter().map(Column::header).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        let experiment_ids = acting.experiments(&arguments.experiments).await?;
        let look = &arguments.look;
        let listed = acting
            .host
            .list(&acting.stay, Paging::of(look.max), |number, token| {
                let search = SearchRuns {
                    experiment_ids: experiment_ids.clone(),
                    view: arguments.view.into(),
                    search: look.page(number, token),
                };
                runs::search(acting.root, &search)
            })
            .await?;
        say_more(&listed);
        print::list(acting.output, "runs", &listed, &headers, |run| {
            columns.iter().map(|column| column.of(run)).collect()
        })
    })
    .await
}
