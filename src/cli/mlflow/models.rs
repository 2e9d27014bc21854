//! `mlwarden mlflow models`.

use super::{
    acting::{Acting, acting, say_more},
    print,
};
use crate::{
    browse::Paging,
    cli::args::{
        Global,
        mlflow::{Look, Models},
    },
    domain::Failure,
    mlflow::{models::RegisteredModel, registry},
};

const COLUMNS: [&str; 6] = [
    "name",
    "latest versions",
    "aliases",
    "changed",
    "description",
    "tags",
];

/// Lists registered models, or shows one.
pub(super) async fn run(global: &Global, arguments: Models) -> Result<u8, Failure> {
    acting(
        global,
        &arguments.whom,
        Vec::new(),
        async |acting| match &arguments.name {
            Some(name) => one(acting, name).await,
            None => list(acting, &arguments.look, "models").await,
        },
    )
    .await
}

/// Lists registered models under a noun.
pub(super) async fn list(acting: &Acting, look: &Look, noun: &str) -> Result<u8, Failure> {
    let listed = acting
        .host
        .list(&acting.stay, Paging::of(look.max), |number, token| {
            registry::search_models(acting.root, &look.page(number, token))
        })
        .await?;
    say_more(&listed);
    print::list(acting.output, noun, &listed, &COLUMNS, row)
}

async fn one(acting: &Acting, name: &str) -> Result<u8, Failure> {
    let call = registry::model(acting.root, name);
    let model = acting.host.call(&acting.stay, &call).await.value?;
    let cells = COLUMNS.iter().map(|&name| name.to_owned()).zip(row(&model));
    print::one(acting.output, "model", &model, cells)
}

fn row(model: &RegisteredModel) -> Vec<String> {
    let mut versions: Vec<_> = model.latest_versions.iter().collect();
    versions.sort_by_key(|version| version.version.parse::<u64>().unwrap_or_default());
    let versions = versions
        .iter()
        .map(|version| match version.current_stage.as_str() {
            "" | "None" => version.version.clone(),
            stage => format!("{} {stage}", version.version),
        });
    let aliases = model.aliases.iter();
    let aliases = aliases.map(|one| format!("{}→{}", one.alias, one.version));
    vec![
        model.name.clone(),
        versions.collect::<Vec<_>>().join(", "),
        aliases.collect::<Vec<_>>().join(", "),
        print::time(model.last_updated_timestamp),
        model.description.clone(),
        print::pairs(&model.tags),
    ]
}
