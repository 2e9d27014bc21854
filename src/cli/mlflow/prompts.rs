//! `mlwarden mlflow prompts`.

use super::{acting::acting, models};
use crate::{
    cli::args::{
        Global,
        mlflow::{Look, Prompts},
    },
    domain::Failure,
    mlflow::{Search, models::PROMPT, newer},
};

/// Lists prompts: registered models that say that they are one.
pub(super) async fn run(global: &Global, arguments: Prompts) -> Result<u8, Failure> {
    let look = Look {
        filter: Some(format!("tags.`{PROMPT}` = 'true'")),
        order_by: Vec::new(),
        max: arguments.max,
    };
    acting(global, &arguments.whom, Vec::new(), async |acting| {
        // They stand among the models, whose route every version has: what only MLflow 3 has
        // tells whether it knows prompts.
        let only_newer = newer::search_logged_models(acting.root, &[], &Search::default());
        acting.offered(&only_newer.request, "prompts").await?;
        models::list(acting, &look, "prompts").await
    })
    .await
}
