//! `mlwarden mlflow`: what is in MLflow, as somebody, through the protected API. One file a
//! command.

mod acting;
mod artifacts;
mod columns;
mod datasets;
mod evaluation_datasets;
mod experiments;
mod journalled;
mod logged_models;
mod models;
mod print;
mod prompts;
mod request;
mod run;
mod runs;
mod traces;
mod versions;

use super::args::{Global, MlflowCommand};
use crate::domain::Failure;

/// Runs one of the commands.
pub(super) async fn run(global: &Global, command: MlflowCommand) -> Result<u8, Failure> {
    match command {
        MlflowCommand::Experiments(arguments) => experiments::run(global, arguments).await,
        MlflowCommand::Runs(arguments) => runs::run(global, arguments).await,
        MlflowCommand::Run(arguments) => run::run(global, arguments).await,
        MlflowCommand::Models(arguments) => models::run(global, arguments).await,
        MlflowCommand::Versions(arguments) => versions::run(global, arguments).await,
        MlflowCommand::Artifacts(arguments) => artifacts::run(global, arguments).await,
        MlflowCommand::LoggedModels(arguments) => logged_models::run(global, arguments).await,
        MlflowCommand::Traces(arguments) => traces::run(global, arguments).await,
        MlflowCommand::Datasets(arguments) => datasets::run(global, arguments).await,
        MlflowCommand::EvaluationDatasets(arguments) => {
            evaluation_datasets::run(global, arguments).await
        }
        MlflowCommand::Prompts(arguments) => prompts::run(global, arguments).await,
        MlflowCommand::Request(arguments) => request::run(global, arguments).await,
    }
}
