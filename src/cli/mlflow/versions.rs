//! `mlwarden mlflow versions`.

use super::{
    acting::{acting, say_more, search},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{Global, mlflow::Versions},
    domain::Failure,
    mlflow::{Search, models::ModelVersion, registry},
};

const COLUMNS: [&str; 8] = [
    "version",
    "stage",
    "status",
    "aliases",
    "created",
    "run",
    "description",
    "tags",
];

/// Lists the versions of a registered model.
pub(super) async fn run(global: &Global, arguments: Versions) -> Result<u8, Failure> {
    let name = arguments.name.as_str();
    let look = &arguments.look;
    let mut filter = Search::is("name", name);
    if let Some(more) = look.filter.as_ref().filter(|more| !more.is_empty()) {
        filter = format!("{filter} and {more}");
    }
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        // The search leaves aliases out, the model has them; without it there is nothing.
        let model = registry::model(acting.root, name);
        let model = acting.host.call(&acting.stay, &model).await.value?;
        let mut listed = acting
            .host
            .list(&acting.stay, Paging::of(look.max), |number, token| {
                let search = search(Some(&filter), &look.order_by, number, token);
                registry::search_versions(acting.root, &search)
            })
            .await?;
        for version in &mut listed.items {
            let aliases = model.aliases.iter();
            version.aliases = aliases
                .filter(|alias| alias.version == version.version)
                .map(|alias| alias.alias.clone())
                .collect();
        }
        say_more(&listed);
        print::list(acting.output, "versions", &listed, &COLUMNS, row)
    })
    .await
}

fn row(version: &ModelVersion) -> Vec<String> {
    vec![
        version.version.clone(),
        version.current_stage.clone(),
        version.status.clone(),
        version.aliases.join(", "),
        print::time(version.creation_timestamp),
        version.run_id.clone(),
        version.description.clone(),
        print::pairs(&version.tags),
    ]
}
