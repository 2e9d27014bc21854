//! The command line about what is in MLflow.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{access::Method, domain::Principal, mlflow::View};

/// `mlflow …`
#[derive(Debug, Subcommand)]
pub enum MlflowCommand {
    /// Experiments
    Experiments(Experiments),
    /// Runs of experiments
    Runs(Runs),
    /// One run whole, or the history of one of its metrics
    Run(OneRun),
    /// Registered models, or one of them
    Models(Models),
    /// The versions of a registered model, with their aliases
    Versions(Versions),
    /// A run's artifacts: listed, or downloaded
    Artifacts(Artifacts),
    /// Logged models, or one of them (MLflow 3)
    LoggedModels(Experimental),
    /// Traces, or one of them with its spans (MLflow 3)
    Traces(Experimental),
    /// Datasets that runs used
    ///
    /// What runs logged as their inputs, by name and digest. Those that answers are evaluated
    /// with are another thing: see evaluation-datasets.
    Datasets(Datasets),
    /// Evaluation datasets, or one of them with its records (MLflow 3)
    ///
    /// Questions with what a good answer to them is, which belong to experiments and whose
    /// records MLflow itself holds. What runs used as their inputs is another thing: see
    /// datasets. With an ID, --max is the number of records.
    EvaluationDatasets(Experimental),
    /// Prompts (MLflow 3); versions NAME lists the texts of one
    Prompts(Prompts),
    /// Any request; exits 1 where it goes otherwise than the matrix declares
    ///
    /// What does not only read is asked about first and cannot be undone.
    Request(Request),
}

/// As whom.
#[derive(Debug, Args)]
pub struct AsWhom {
    /// As whom: user:EMAIL, group:NAME, role:NAME-or-ARN, profile:NAME or anonymous
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub principal: Principal,
    /// Where a role's trust refuses you, let you alone in for minutes
    #[arg(long)]
    pub grant_trust: bool,
    /// Read the password for user:… from standard input [env: MLWARDEN_PASSWORD]
    #[arg(long)]
    pub password_stdin: bool,
}

/// What is looked for.
#[derive(Debug, Args)]
pub struct Look {
    /// MLflow's filter, such as "metrics.auc > 0.8 and params.depth = '3'"
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// The order, such as "metrics.auc DESC"; repeat it for more
    #[arg(long, value_name = "FIELD")]
    pub order_by: Vec<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub max: usize,
}

/// Which of the living and the deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Lifecycle {
    /// What is not deleted
    #[default]
    Active,
    /// What is deleted and can be restored
    Deleted,
    /// Both
    All,
}

impl From<Lifecycle> for View {
    fn from(lifecycle: Lifecycle) -> Self {
        match lifecycle {
            Lifecycle::Active => Self::Active,
            Lifecycle::Deleted => Self::Deleted,
            Lifecycle::All => Self::All,
        }
    }
}

/// `mlflow experiments`
#[derive(Debug, Args)]
pub struct Experiments {
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// What is looked for.
    #[command(flatten)]
    pub look: Look,
    /// The living, the deleted, or both
    #[arg(long, value_enum, default_value_t)]
    pub view: Lifecycle,
}

/// `mlflow runs`
#[derive(Debug, Args)]
pub struct Runs {
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// In which experiment, by id or name; repeat it for more, all that are active where none is named
    #[arg(long = "experiment", value_name = "ID|NAME")]
    pub experiments: Vec<String>,
    /// What is looked for.
    #[command(flatten)]
    pub look: Look,
    /// The living, the deleted, or both
    #[arg(long, value_enum, default_value_t)]
    pub view: Lifecycle,
    /// Columns to add to the table and the CSV: params.depth,metrics.auc,tags.x
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub columns: Vec<String>,
}

/// `mlflow run`
#[derive(Debug, Args)]
pub struct OneRun {
    /// The run's id
    pub run: String,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// Every point of this metric instead
    #[arg(long, value_name = "KEY")]
    pub metric: Option<String>,
}

/// `mlflow models`
#[derive(Debug, Args)]
pub struct Models {
    /// One model, by its name
    pub name: Option<String>,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// What is looked for.
    #[command(flatten)]
    pub look: Look,
}

/// `mlflow versions`
#[derive(Debug, Args)]
pub struct Versions {
    /// The registered model's name
    pub name: String,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// What is looked for.
    #[command(flatten)]
    pub look: Look,
}

/// `mlflow artifacts`
#[derive(Debug, Args)]
pub struct Artifacts {
    /// The run's id
    pub run: String,
    /// A folder or file of its artifacts; all where none is named
    pub path: Option<String>,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// List what the folders hold too
    #[arg(long, short = 'r')]
    pub recursive: bool,
    /// Download into this folder instead: a file, or a folder with all that it holds
    ///
    /// What a cut left half read is read on by the next call.
    #[arg(long, value_name = "FOLDER")]
    pub download: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long, requires = "download")]
    pub overwrite: bool,
    /// Files read at once, at most 16
    #[arg(long, value_name = "N", default_value_t = 4, requires = "download", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub concurrency: u8,
}

/// `mlflow logged-models`, `mlflow traces` and `mlflow evaluation-datasets`
#[derive(Debug, Args)]
pub struct Experimental {
    /// One of them, by its id
    pub id: Option<String>,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// In which experiment, by id or name; repeat it for more, all that are active where none is named
    #[arg(long = "experiment", value_name = "ID|NAME")]
    pub experiments: Vec<String>,
    /// What is looked for.
    #[command(flatten)]
    pub look: Look,
}

/// `mlflow datasets`
#[derive(Debug, Args)]
pub struct Datasets {
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// In which experiment, by id or name; repeat it for more, all that are active where none is named
    #[arg(long = "experiment", value_name = "ID|NAME")]
    pub experiments: Vec<String>,
}

/// `mlflow prompts`
#[derive(Debug, Args)]
pub struct Prompts {
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub max: usize,
}

/// `mlflow request`
#[derive(Debug, Args)]
pub struct Request {
    /// The method
    pub method: Method,
    /// The path from / on, percent-encoded; without the /, an operation such as mlflow/runs/search under the principal's own root
    pub path: String,
    /// As whom.
    #[command(flatten)]
    pub whom: AsWhom,
    /// The body: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub data: Option<String>,
    /// A parameter of the query; repeat it for more
    #[arg(long = "query", value_name = "NAME=VALUE", value_parser = pair)]
    pub query: Vec<(String, String)>,
    /// Print it as a curl command and send nothing
    #[arg(long, conflicts_with = "python")]
    pub curl: bool,
    /// Print it as a Python script and send nothing
    #[arg(long)]
    pub python: bool,
}

/// A number from one on.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

/// `name=value`
fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write it as name=value".to_owned())
}
