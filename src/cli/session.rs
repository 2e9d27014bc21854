//! What a command that talks to AWS needs: the settings as they apply, the clients, the
//! deployment.

use std::{env, fs};

use serde_json::{Value, json};

use super::args::Global;
use crate::{
    access::Matrix,
    aws::{Cloud, Target, WriteAccess, discovery, discovery::Known},
    config::{ContextSettings, Given, Paths, Settings, known},
    domain::{Deployment, Failure, Found},
};

/// The settings as they apply to this run, before anything is asked of AWS.
pub(super) struct Effective {
    pub paths: Paths,
    /// The context's name; `default` where the config has none.
    pub name: String,
    pub target: Target,
    pub known: Known,
    pub read_only: bool,
    context: ContextSettings,
}

/// The settings, the clients, and the deployment as found.
pub(super) struct Session {
    pub effective: Effective,
    pub cloud: Cloud,
    pub deployment: Deployment,
}

impl Effective {
    /// Reads the config file and puts flags and environment over it.
    pub fn read(global: &Global) -> Result<Self, Failure> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let paths = Paths::find(global.config.clone())?;
        let settings = Settings::read(&paths.config_file)?;
        let wanted = global
            .context
            .clone()
            .or_else(|| variable("MLWARDEN_CONTEXT"));
        let (name, context) = settings.context(wanted.as_deref())?.map_or_else(
            || ("default".to_owned(), ContextSettings::default()),
            |(name, context)| (name.to_owned(), context.clone()),
        );
        let given = Given {
            flags: vec![
                ("profile", global.profile.clone()),
                ("region", global.region.clone()),
                ("endpoint_url", global.endpoint_url.clone()),
                ("account", global.account.clone()),
                ("user_pool_id", global.user_pool_id.clone()),
                ("client_id", global.client_id.clone()),
                ("rest_api_id", global.rest_api_id.clone()),
                ("api_url", global.api_url.clone()),
                ("stage", global.stage.clone()),
                ("domain_id", global.domain_id.clone()),
                ("mlflow_version", global.mlflow_version.clone()),
            ],
            environment: env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        };
        let (target, known) = known(&given, &name, &context);
        let read_only = global.read_only
            || context.read_only == Some(true)
            || variable("MLWARDEN_READ_ONLY").is_some_and(|value| value != "0" && value != "false");
        Ok(Self {
            paths,
            name,
            target,
            known,
            read_only,
            context,
        })
    }

    /// The matrix: the flag's file, else the context's, else the sample's promises.
    pub fn matrix(&self, global: &Global) -> Result<Matrix, Failure> {
        let file = global.matrix.clone().or_else(|| {
            let file = self.context.matrix.as_ref()?;
            let folder = self.paths.config_file.parent()?;
            Some(folder.join(file))
        });
        let Some(file) = file else {
            return Ok(Matrix::sample());
        };
        let text = fs::read_to_string(&file).map_err(|error| {
            Failure::invalid(format!("reading {}", file.display()), error.to_string())
                .advise("name the matrix file by --matrix or in the context")
        })?;
        Matrix::parse(&text, &file.display().to_string())
    }

    /// The right to write, unless this run or this context is read-only.
    pub fn writes(&self) -> Option<WriteAccess> {
        WriteAccess::unless_read_only(self.read_only)
    }
}

impl Session {
    /// Connects and finds the deployment.
    pub async fn open(global: &Global) -> Result<Self, Failure> {
        let effective = Effective::read(global)?;
        let cloud = Cloud::connect(&effective.target).await?;
        let deployment = discovery::discover(&cloud, effective.known.clone(), |_| {}).await;
        Ok(Self {
            effective,
            cloud,
            deployment,
        })
    }

    /// The user pool's id, or the problem that hides it.
    pub fn pool(&self) -> Result<&str, Failure> {
        self.item(self.deployment.user_pool_id.as_ref(), "user_pool_id")
            .map(String::as_str)
    }

    fn item<'a, T>(&'a self, found: Option<&'a Found<T>>, name: &str) -> Result<&'a T, Failure> {
        found.map(|found| &found.value).ok_or_else(|| {
            self.deployment
                .problems
                .iter()
                .find(|problem| problem.item == name)
                .map_or_else(
                    || Failure::invalid(format!("looking for {name}"), "it was not found"),
                    |problem| problem.failure.clone(),
                )
        })
    }

    /// What deployment an output is about.
    pub fn context(&self) -> Value {
        context(&self.effective.name, &self.deployment)
    }
}

/// What deployment an output is about.
pub(super) fn context(name: &str, deployment: &Deployment) -> Value {
    let text = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
    json!({
        "name": name,
        "account": text(&deployment.account),
        "region": text(&deployment.region),
        "user_pool_id": text(&deployment.user_pool_id),
        "client_id": text(&deployment.client_id),
        "rest_api_id": text(&deployment.rest_api_id),
        "api_url": text(&deployment.api_url),
        "stage": text(&deployment.stage),
        "domain_id": text(&deployment.domain_id),
        "mlflow_version": text(&deployment.mlflow_version),
    })
}
