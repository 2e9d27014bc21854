//! AWS: one adapter a service, discovery, error classes, paging.
//!
//! The adapters are narrow: they say in the domain's own types what the program needs of
//! a service, and turn every error of the SDK into a [`Failure`]. What writes takes a
//! [`WriteAccess`], so that nothing can change anything in a read-only run. Nothing here
//! decides, prints or keeps state beyond the clients and their pace.

pub mod apigateway;
pub mod cognito;
mod connect;
pub mod discovery;
pub mod failure;
pub mod iam;
pub mod lambda;
mod pace;
mod quotas;
pub mod sagemaker;
pub mod ssm;
pub mod sts;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use jiff::Timestamp;

pub use apigateway::ApiGateway;
pub use cognito::Cognito;
pub use iam::Iam;
pub use lambda::Lambda;
pub use quotas::Quotas;
pub use sagemaker::SageMaker;
pub use ssm::Ssm;
pub use sts::Sts;

use crate::domain::{Failure, Found, Origin};

/// Which account and region to talk to, as far as the user said; the rest comes from the
/// SDK's own environment variables and files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The profile in the AWS config files.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// One endpoint for every service (a sandbox, an emulator).
    pub endpoint_url: Option<String>,
    /// How many calls a second the services allow.
    pub quotas: Quotas,
}

/// The clients of every service that the program uses, on one set of credentials.
/// Cloning is cheap: the clones share their connections.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Users, groups, clients, sign-in.
    pub cognito: Cognito,
    /// Studio domains, profiles, apps, spaces.
    pub sagemaker: SageMaker,
    /// Roles and policies.
    pub iam: Iam,
    /// Who am I, and assumed roles.
    pub sts: Sts,
    /// Parameters.
    pub ssm: Ssm,
    /// The REST API's shape and its authorizer.
    pub apigateway: ApiGateway,
    /// The authorizer's function.
    pub lambda: Lambda,
    /// For the protected API itself: no redirects, short connect timeout.
    pub http: reqwest::Client,
    region: Found<String>,
}

impl Cloud {
    /// Finds region and credentials as the SDK does and makes the clients. Makes no call
    /// to any service but what a credential provider itself needs (SSO, STS).
    ///
    /// # Errors
    /// `Invalid` without a region or with a broken profile, `Expired` without credentials
    /// that are valid; both name the command that helps.
    pub async fn connect(target: &Target) -> Result<Self, Failure> {
        let (config, origin) = connect::load(target, None).await?;
        Self::new(&config, origin, &target.quotas)
    }

    /// The same with given credentials: a session of another role, a sandbox's.
    ///
    /// # Errors
    /// `Invalid` without a region.
    pub async fn connect_as(target: &Target, credentials: Credentials) -> Result<Self, Failure> {
        let (config, origin) = connect::load(target, Some(credentials)).await?;
        Self::new(&config, origin, &target.quotas)
    }

    fn new(config: &SdkConfig, region_origin: Origin, quotas: &Quotas) -> Result<Self, Failure> {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let http = connect::http_client()?;
        Ok(Self {
            cognito: Cognito::new(config, quotas),
            sagemaker: SageMaker::new(config, quotas),
            iam: Iam::new(config),
            sts: Sts::new(config),
            ssm: Ssm::new(config),
            apigateway: ApiGateway::new(config),
            lambda: Lambda::new(config, http.clone()),
            http,
            region: Found::new(region, region_origin),
        })
    }

    /// The region that every regional call goes to.
    pub fn region(&self) -> &str {
        &self.region.value
    }

    /// The region with where it came from.
    pub fn region_found(&self) -> &Found<String> {
        &self.region
    }
}

/// The right to change something. It cannot be made in a read-only run, and every adapter
/// method that writes asks for it.
#[derive(Clone, Debug)]
pub struct WriteAccess(());

impl WriteAccess {
    /// The right, unless the run is read-only.
    pub fn unless_read_only(read_only: bool) -> Option<Self> {
        (!read_only).then_some(Self(()))
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// What to ask for the next page with; none on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page of an answer: what was found and the token for more, as the SDK hands them out.
    /// What `item` takes for incomplete is left out.
    fn of<A>(
        found: Option<Vec<A>>,
        next: Option<String>,
        item: impl FnMut(A) -> Option<T>,
    ) -> Self {
        Self {
            items: found
                .unwrap_or_default()
                .into_iter()
                .filter_map(item)
                .collect(),
            next,
        }
    }
}

/// The SDK's time as ours; absent where it is out of range.
fn time(at: Option<&aws_smithy_types::DateTime>) -> Option<Timestamp> {
    let at = at?;
    let nanos = i32::try_from(at.subsec_nanos()).ok()?;
    Timestamp::new(at.secs(), nanos).ok()
}

/// Reads every page of a list, one after the other.
async fn all_pages<T, F>(page: impl FnMut(Option<String>) -> F) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    let mut items = Vec::new();
    each_page(page, |page| items.extend(page)).await?;
    Ok(items)
}

/// Reads page after page; `hear` gets the items of each as it comes.
///
/// # Errors
/// What the page that failed says; what came before it was heard.
pub async fn each_page<T, F>(
    mut page: impl FnMut(Option<String>) -> F,
    mut hear: impl FnMut(Vec<T>),
) -> Result<(), Failure>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    let mut token = None;
    loop {
        let next = page(token.clone()).await?;
        hear(next.items);
        // A service that hands the same token out again would keep us here for ever.
        if next.next.is_none() || next.next == token {
            return Ok(());
        }
        token = next.next;
    }
}
