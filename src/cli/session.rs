//! What a command that talks to AWS needs: the settings as they apply, the clients, the
//! deployment.

use std::{env, sync::Once};

use indexmap::IndexMap;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::args::Global;
use crate::{
    access::{Contract, Matrix, finding::Suppression},
    aws::{Cloud, Target, WriteAccess, discovery, discovery::Known},
    config::{ContextSettings, Given, MatrixFile, Paths, Settings, known},
    domain::{Deployment, Environment, Failure, Found, MatchRule, Prices, Usd},
    plan::{cleanup::Rule, package::PackageStore},
    probe::{
        audit::{Auditor, Terms},
        in_effect::{InEffect, in_effect},
    },
};

/// The settings as they apply to this run, before anything is asked of AWS.
pub(super) struct Effective {
    pub paths: Paths,
    /// The context's name; `default` where the config has none.
    pub name: String,
    pub target: Target,
    pub known: Known,
    pub read_only: bool,
    /// By what users and Studio profiles belong together.
    pub rule: MatchRule,
    /// What an hour of an instance costs, by the config file.
    pub prices: IndexMap<String, Usd>,
    /// Which apps are forgotten, by the config file.
    pub cleanup: Vec<Rule>,
    /// Which findings are left as they are, by the config file.
    pub suppress: Vec<Suppression>,
    context: ContextSettings,
}

/// The settings, the clients, and the deployment as found.
pub(super) struct Session {
    pub effective: Effective,
    pub cloud: Cloud,
    pub deployment: Deployment,
    in_effect: OnceCell<InEffect>,
    doubt: Once,
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
            flags: flags(global),
            environment: env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        };
        Ok(Self::with(global, paths, name, context, settings, &given))
    }

    /// The settings of a place that was chosen inside the console: the environment, which
    /// spoke of the place that it was started at, does not count. `elsewhere` leaves out what
    /// the context says of its deployment.
    pub fn of_choice(global: &Global, elsewhere: bool) -> Result<Self, Failure> {
        let paths = Paths::find(global.config.clone())?;
        let settings = Settings::read(&paths.config_file)?;
        let named = if elsewhere && global.context.is_none() {
            None
        } else {
            settings.context(global.context.as_deref())?
        };
        let (name, mut context) = named.map_or_else(
            || ("default".to_owned(), ContextSettings::default()),
            |(name, context)| (name.to_owned(), context.clone()),
        );
        if elsewhere {
            context = ContextSettings {
                endpoint_url: context.endpoint_url,
                matrix: context.matrix,
                read_only: context.read_only,
                color: context.color,
                ..ContextSettings::default()
            };
        }
        let given = Given {
            flags: flags(global),
            environment: Vec::new(),
        };
        Ok(Self::with(global, paths, name, context, settings, &given))
    }

    fn with(
        global: &Global,
        paths: Paths,
        name: String,
        context: ContextSettings,
        settings: Settings,
        given: &Given,
    ) -> Self {
        let (mut target, known) = known(given, &name, &context);
        target.quotas = settings.quotas;
        let read_only = global.read_only
            || context.read_only == Some(true)
            || env::var("MLWARDEN_READ_ONLY")
                .is_ok_and(|value| !value.is_empty() && value != "0" && value != "false");
        Self {
            paths,
            name,
            target,
            known,
            read_only,
            rule: settings.people.rule,
            prices: settings.prices,
            cleanup: settings.cleanup,
            suppress: settings.suppress,
            context,
        }
    }

    /// What the context says of how it is treated.
    pub fn as_written(&self) -> ContextSettings {
        ContextSettings {
            matrix: self.context.matrix.clone(),
            read_only: self.context.read_only,
            color: self.context.color,
            ..ContextSettings::default()
        }
    }

    /// How much care the context wants.
    pub fn environment(&self) -> Environment {
        self.context.color.unwrap_or_default()
    }

    /// The matrix: the flag's file, else the context's, else the sample's promises.
    pub fn matrix(&self, global: &Global) -> Result<Matrix, Failure> {
        self.matrix_file(global)?.matrix()
    }

    /// The matrix as text with its file: the flag's, else the context's, else the one of the
    /// context's name in the config folder, where that is there.
    pub fn matrix_file(&self, global: &Global) -> Result<MatrixFile, Failure> {
        let folder = self.paths.config_file.parent();
        let named = global
            .matrix
            .clone()
            .or_else(|| Some(folder?.join(self.context.matrix.as_ref()?)));
        MatrixFile::find(named, folder, &self.name)
    }

    /// The right to write, unless this run or this context is read-only.
    pub fn writes(&self) -> Option<WriteAccess> {
        WriteAccess::unless_read_only(self.read_only)
    }
}

/// The flags that name something of a deployment.
fn flags(global: &Global) -> Vec<(&'static str, Option<String>)> {
    vec![
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
    ]
}

impl Session {
    /// Connects and finds the deployment.
    pub async fn open(global: &Global) -> Result<Self, Failure> {
        let effective = Effective::read(global)?;
        // Boxed, since every command holds this future.
        let cloud = Box::pin(Cloud::connect(&effective.target)).await?;
        let found = discovery::discover(&cloud, effective.known.clone(), |_| {});
        let deployment = Box::pin(found).await;
        Ok(Self {
            effective,
            cloud,
            deployment,
            in_effect: OnceCell::new(),
            doubt: Once::new(),
        })
    }

    /// What the deployed authorizer decides for whom, and how that is known. It is looked at
    /// once.
    pub async fn in_effect(&self) -> &InEffect {
        let packages = PackageStore::of(&self.effective.paths.state_dir);
        let look = || Box::pin(in_effect(&self.cloud, &self.deployment, &packages));
        self.in_effect.get_or_init(look).await
    }

    /// What the deployed authorizer decides for whom; where that cannot be read it is told, once,
    /// and the sample's is taken.
    pub async fn contract(&self) -> &Contract {
        let found = self.in_effect().await;
        if let Some(doubt) = &found.doubt {
            self.doubt
                .call_once(|| super::output::note(&format!("! {doubt}")));
        }
        &found.contract
    }

    /// Who looks for findings here.
    pub async fn auditor(&self, global: &Global) -> Result<Auditor, Failure> {
        Ok(Auditor {
            cloud: self.cloud.clone(),
            deployment: self.deployment.clone(),
            matrix: self.effective.matrix(global)?,
            contract: self.contract().await.clone(),
        })
    }

    /// What the config file says that findings depend on.
    pub fn terms(&self) -> Terms {
        Terms {
            rule: self.effective.rule.clone(),
            prices: self.prices(),
            policies: self.effective.cleanup.clone(),
        }
    }

    /// The user pool's id, or the problem that hides it.
    pub fn pool(&self) -> Result<&str, Failure> {
        self.deployment
            .need("user_pool_id", self.deployment.user_pool_id.as_ref())
            .map(String::as_str)
    }

    /// The Studio domain's id, or the problem that hides it.
    pub fn domain(&self) -> Result<&str, Failure> {
        self.deployment
            .need("domain_id", self.deployment.domain_id.as_ref())
            .map(String::as_str)
    }

    /// The prices of this region.
    pub fn prices(&self) -> Prices {
        let region = self.deployment.region.as_ref();
        Prices::of(
            region.map_or("", |found| &found.value),
            &self.effective.prices,
        )
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
