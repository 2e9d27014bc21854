//! Everything the sandbox holds, one state a service, and the names of the sample.
//!
//! Owns no behaviour: each service's own module reads and changes its state.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use url::Url;

use super::{
    Clock, Faults, Options, apigateway, cognito,
    faults::Fate,
    gateway, iam, lambda, mlflow, sagemaker, ssm,
    traffic::{Limits, Traffic},
};

/// The account.
pub const ACCOUNT: &str = "123456789012";
/// The region.
pub const REGION: &str = "us-west-2";
/// The REST API's id.
pub const API_ID: &str = "a1b2c3d4e5";
/// The REST API's stage.
pub const STAGE: &str = "prod";
/// The id of the REST API's Lambda authorizer.
pub const AUTHORIZER_ID: &str = "q7r8s9";
/// The user pool's id.
pub const POOL_ID: &str = "us-west-2_mLw4rD3n0";
/// The user pool's name.
pub const POOL_NAME: &str = "mlflow-user-pool";
/// The app client's id.
pub const CLIENT_ID: &str = "3n4b5urk1ft4fl3mg5e62d9ado";
/// The app client's name.
pub const CLIENT_NAME: &str = "mlflow-app-client";
/// The Studio domain's id.
pub const DOMAIN_ID: &str = "d-xq4mlw4rd3n0";
/// The bucket of MLflow's artifacts.
pub const BUCKET: &str = "mlflow-123456789012-us-west-2";
/// The administrator's access key id.
pub const ACCESS_KEY_ID: &str = "AKIASANDBOXADMIN0001";
/// The administrator's secret access key.
pub const SECRET_ACCESS_KEY: &str = "sandbox/Only+Never/Real0SecretAccessKey1";
/// The administrator's ARN: the IAM user who holds [`ACCESS_KEY_ID`].
pub const ADMIN_ARN: &str = "arn:aws:iam::123456789012:user/mlwarden-admin";
/// The password of every confirmed person.
pub const PASSWORD: &str = "Sandbox-Passw0rd!";

/// A lock that a panicking test cannot poison. Never hold it across an `await`.
#[derive(Debug, Default)]
pub struct Locked<T>(Mutex<T>);

impl<T> Locked<T> {
    /// A lock around `value`.
    pub fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// The value, exclusively.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a service needs in order to make its state as the sample deploys it.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The sandbox's endpoint.
    pub url: Url,
    /// The time the sandbox started.
    pub now: Timestamp,
    /// Whether to add the people and apps that make the findings visible.
    pub demo: bool,
    /// How many more users than the sample's to make.
    pub users: usize,
    /// How many more Studio profiles than the sample's to make.
    pub profiles: usize,
    /// How many more Studio apps than the sample's to make.
    pub apps: usize,
    /// The seed of everything generated.
    pub seed: u64,
}

/// Everything the sandbox holds.
pub struct World {
    /// The endpoint of every service.
    pub url: Url,
    /// The account's id.
    pub account: String,
    /// The region.
    pub region: String,
    /// The sandbox's time.
    pub clock: Clock,
    /// The disturbances, if any.
    pub faults: Option<Faults>,
    /// How many requests have met their fate.
    arrivals: AtomicU64,
    /// What was called how often.
    pub traffic: Locked<Traffic>,
    /// A real MLflow server behind the gateway, if any.
    pub upstream: Option<Url>,
    /// User pools.
    pub cognito: Locked<cognito::State>,
    /// Roles, policies, access keys and sessions.
    pub iam: Locked<iam::State>,
    /// Parameters.
    pub ssm: Locked<ssm::State>,
    /// Studio domains, profiles, spaces and apps.
    pub sagemaker: Locked<sagemaker::State>,
    /// REST APIs and their authorizers, as their control plane shows them.
    pub apigateway: Locked<apigateway::State>,
    /// The protected API's own state: the authorizer's rules.
    pub gateway: Locked<gateway::State>,
    /// The authorizer's function.
    pub lambda: Locked<lambda::State>,
    /// The built-in MLflow.
    pub mlflow: Locked<mlflow::State>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl World {
    /// The sample as it is deployed, served at `url`.
    pub(super) fn new(url: Url, options: &Options) -> Self {
        let clock = Clock::default();
        let seed = Seed {
            url: url.clone(),
            now: clock.now(),
            demo: options.demo,
            users: options.users,
            profiles: options.profiles,
            apps: options.apps,
            seed: options.seed,
        };
        Self {
            url,
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            clock,
            faults: options.faults.clone(),
            arrivals: AtomicU64::new(0),
            traffic: Locked::default(),
            upstream: options.mlflow.clone(),
            cognito: Locked::new(cognito::State::sample(&seed)),
            iam: Locked::new(iam::State::sample(&seed)),
            ssm: Locked::new(ssm::State::sample(&seed)),
            sagemaker: Locked::new(sagemaker::State::sample(&seed)),
            apigateway: Locked::new(apigateway::State::sample(&seed)),
            gateway: Locked::new(gateway::State::sample(&seed)),
            lambda: Locked::new(lambda::State::sample(&seed)),
            mlflow: Locked::new(mlflow::State::sample(&seed)),
        }
    }

    /// What happens to the request that has just arrived, where there are disturbances.
    pub(super) fn next_fate(&self) -> Option<Fate> {
        let faults = self.faults.as_ref()?;
        Some(faults.fate(self.arrivals.fetch_add(1, Ordering::Relaxed)))
    }

    /// Counts a call; false where it is above its quota.
    pub(super) fn arrives(&self, operation: &str) -> bool {
        let none = Limits::default();
        let limits = self.faults.as_ref().map_or(&none, |faults| &faults.quota);
        let now = self.clock.now();
        self.traffic.lock().arrives(operation, limits, now)
    }
}
