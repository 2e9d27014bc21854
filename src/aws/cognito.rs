//! Cognito: user pools and their app clients here; users, groups, changes, sign-in and
//! the fast reading of whole pools in the modules below.

mod account;
mod auth;
mod changes;
mod group_changes;
mod groups;
mod listing;
mod mfa;
mod users;

use std::{fmt, sync::Arc};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_cognitoidentityprovider::types::{TimeUnitsType, UserPoolType};
use secrecy::SecretString;

pub use account::{Account, Device};
pub use auth::{AuthFlow, AuthStep, IssuedTokens};
pub use changes::{Invitation, NewUser};
pub use group_changes::GroupSettings;
pub use listing::Members;
pub use mfa::{MfaKind, MfaPreference};

use super::{Page, Quotas, all_pages, failure::Attempted, pace::Pace};
use crate::domain::{ErrorClass, Failure};

/// The largest page that the service gives of users, groups and clients.
const PAGE: i32 = 60;

/// For how many days a temporary password is good where the pool does not say.
const TEMPORARY_DAYS: u32 = 7;

/// A user pool, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSummary {
    /// The id, `REGION_xxxxxxxxx`.
    pub id: String,
    /// The name.
    pub name: String,
}

/// What a password must have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Cognito's own switches, independent of each other"
)]
pub struct PasswordPolicy {
    /// Characters at least.
    pub minimum_length: u32,
    /// An upper-case letter.
    pub uppercase: bool,
    /// A lower-case letter.
    pub lowercase: bool,
    /// A digit.
    pub digit: bool,
    /// A symbol.
    pub symbol: bool,
    /// For how many days a temporary password is good.
    pub temporary_days: u32,
}

/// A user pool, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: Option<String>,
    /// Attributes that serve *as* the user name (`email`); then the user name is a UUID.
    pub username_attributes: Vec<String>,
    /// Attributes that serve beside the user name.
    pub alias_attributes: Vec<String>,
    /// Whether anyone may sign up.
    pub self_sign_up: bool,
    /// `OFF`, `OPTIONAL` or `ON`.
    pub mfa: String,
    /// What a password must have.
    pub password_policy: Option<PasswordPolicy>,
    /// Threat protection: `OFF`, `AUDIT` or `ENFORCED`.
    pub threat_protection: String,
    /// Cognito's own estimate of the number of users.
    pub estimated_users: u64,
}

/// An app client, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSummary {
    /// The id: the `aud` of its ID tokens.
    pub id: String,
    /// The name.
    pub name: String,
}

/// An app client with what signing in through it needs.
#[derive(Clone)]
pub struct AppClient {
    /// The id: the `aud` of its ID tokens.
    pub id: String,
    /// The name.
    pub name: String,
    /// The secret, where it has one.
    pub secret: Option<SecretString>,
    /// The flows it allows: `ALLOW_USER_SRP_AUTH`, `ALLOW_ADMIN_USER_PASSWORD_AUTH`, ….
    pub flows: Vec<String>,
    /// For how many seconds an ID token is good: the longest that anybody keeps a right
    /// that was taken away.
    pub id_token_seconds: u64,
}

impl AppClient {
    /// Whether the client allows a flow, whichever way it was written: with `ALLOW_` or,
    /// as old clients have it, without.
    pub fn allows(&self, flow: &str) -> bool {
        let flow = flow.strip_prefix("ALLOW_").unwrap_or(flow);
        self.flows.iter().any(|allowed| {
            let allowed = allowed.strip_prefix("ALLOW_").unwrap_or(allowed);
            allowed == flow
                || (allowed == "ADMIN_NO_SRP_AUTH" && flow == "ADMIN_USER_PASSWORD_AUTH")
        })
    }
}

impl fmt::Debug for AppClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppClient")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("has_secret", &self.secret.is_some())
            .field("flows", &self.flows)
            .field("id_token_seconds", &self.id_token_seconds)
            .finish()
    }
}

/// The Cognito adapter.
#[derive(Clone, Debug)]
pub struct Cognito {
    client: aws_sdk_cognitoidentityprovider::Client,
    /// Every call goes through here.
    pace: Arc<Pace>,
}

impl Cognito {
    pub(super) fn new(config: &SdkConfig, quotas: &Quotas) -> Self {
        // A call is made again by the pace, which counts it.
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: aws_sdk_cognitoidentityprovider::Client::from_conf(config),
            pace: Arc::new(Pace::new(quotas)),
        }
    }

    /// Every user pool of the region.
    pub async fn pools(&self) -> Result<Vec<PoolSummary>, Failure> {
        let attempted = &Attempted::new("cognito-idp:ListUserPools", "listing the user pools");
        all_pages(|token| async move {
            let answer = self
                .pace
                .user_pool_read
                .attempt(attempted, || {
                    self.client
                        .list_user_pools()
                        .max_results(PAGE)
                        .set_next_token(token.clone())
                        .send()
                })
                .await?;
            Ok(Page::of(answer.user_pools, answer.next_token, |pool| {
                Some(PoolSummary {
                    id: pool.id?,
                    name: pool.name.unwrap_or_default(),
                })
            }))
        })
        .await
    }

    /// The pool with this name; pool names need not be unique.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` naming the candidates where several have the name.
    pub async fn pool_by_name(&self, name: &str) -> Result<PoolSummary, Failure> {
        let mut pools = self.pools().await?;
        pools.retain(|pool| pool.name == name);
        let doing = format!("looking for the user pool {name}");
        match (pools.pop(), pools.is_empty()) {
            (Some(pool), true) => Ok(pool),
            (Some(pool), false) => {
                pools.push(pool);
                let ids: Vec<_> = pools.into_iter().map(|pool| pool.id).collect();
                Err(Failure::new(
                    ErrorClass::Conflict,
                    doing,
                    format!("several pools have this name: {}", ids.join(", ")),
                ))
            }
            (None, _) => Err(Failure::new(
                ErrorClass::NotFound,
                doing,
                "no pool of this region has this name",
            )),
        }
    }

    /// One pool, described.
    pub async fn describe_pool(&self, pool: &str) -> Result<Pool, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:DescribeUserPool",
            format!("describing the user pool {pool}"),
        );
        self.pace
            .user_pool_read
            .attempt(&attempted, || {
                self.client.describe_user_pool().user_pool_id(pool).send()
            })
            .await?
            .user_pool
            .map(|found| described(found, pool))
            .ok_or_else(|| attempted.incomplete("pool"))
    }

    /// The app clients of a pool.
    pub async fn clients(&self, pool: &str) -> Result<Vec<ClientSummary>, Failure> {
        let attempted = &Attempted::new(
            "cognito-idp:ListUserPoolClients",
            format!("listing the app clients of pool {pool}"),
        );
        all_pages(|token| async move {
            let answer = self
                .pace
                .user_pool_client_read
                .attempt(attempted, || {
                    self.client
                        .list_user_pool_clients()
                        .user_pool_id(pool)
                        .max_results(PAGE)
                        .set_next_token(token.clone())
                        .send()
                })
                .await?;
            Ok(Page::of(
                answer.user_pool_clients,
                answer.next_token,
                |client| {
                    Some(ClientSummary {
                        id: client.client_id?,
                        name: client.client_name.unwrap_or_default(),
                    })
                },
            ))
        })
        .await
    }

    /// One app client with its secret and flows.
    pub async fn describe_client(&self, pool: &str, client: &str) -> Result<AppClient, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:DescribeUserPoolClient",
            format!("describing the app client {client}"),
        );
        let found = self
            .pace
            .user_pool_client_read
            .attempt(&attempted, || {
                self.client
                    .describe_user_pool_client()
                    .user_pool_id(pool)
                    .client_id(client)
                    .send()
            })
            .await?
            .user_pool_client
            .ok_or_else(|| attempted.incomplete("client"))?;
        let id_token_seconds = token_seconds(
            found.id_token_validity,
            found
                .token_validity_units
                .as_ref()
                .and_then(|units| units.id_token.as_ref()),
        );
        Ok(AppClient {
            id_token_seconds,
            id: found.client_id.unwrap_or_else(|| client.to_owned()),
            name: found.client_name.unwrap_or_default(),
            secret: found.client_secret.map(SecretString::from),
            flows: found
                .explicit_auth_flows
                .unwrap_or_default()
                .into_iter()
                .map(|flow| flow.as_str().to_owned())
                .collect(),
        })
    }
}

/// How long an ID token is good: hours where no unit is said, an hour where nothing is.
fn token_seconds(validity: Option<i32>, unit: Option<&TimeUnitsType>) -> u64 {
    let unit = match unit {
        Some(TimeUnitsType::Seconds) => 1,
        Some(TimeUnitsType::Minutes) => 60,
        Some(TimeUnitsType::Days) => 24 * 3600,
        _ => 3600,
    };
    match validity.and_then(|count| u64::try_from(count).ok()) {
        None | Some(0) => 3600,
        Some(count) => count * unit,
    }
}

fn described(found: UserPoolType, id: &str) -> Pool {
    // Older pools say it here.
    let unused_days = found
        .admin_create_user_config
        .as_ref()
        .map_or(0, |config| config.unused_account_validity_days);
    let policy = found
        .policies
        .and_then(|policies| policies.password_policy)
        .map(|policy| PasswordPolicy {
            minimum_length: policy
                .minimum_length
                .and_then(|length| u32::try_from(length).ok())
                .unwrap_or(8),
            uppercase: policy.require_uppercase,
            lowercase: policy.require_lowercase,
            digit: policy.require_numbers,
            symbol: policy.require_symbols,
            temporary_days: [policy.temporary_password_validity_days, unused_days]
                .into_iter()
                .filter_map(|days| u32::try_from(days).ok())
                .find(|days| *days > 0)
                .unwrap_or(TEMPORARY_DAYS),
        });
    Pool {
        id: found.id.unwrap_or_else(|| id.to_owned()),
        name: found.name.unwrap_or_default(),
        arn: found.arn,
        username_attributes: found
            .username_attributes
            .unwrap_or_default()
            .into_iter()
            .map(|attribute| attribute.as_str().to_owned())
            .collect(),
        alias_attributes: found
            .alias_attributes
            .unwrap_or_default()
            .into_iter()
            .map(|attribute| attribute.as_str().to_owned())
            .collect(),
        self_sign_up: !found
            .admin_create_user_config
            .is_some_and(|config| config.allow_admin_create_user_only),
        mfa: found
            .mfa_configuration
            .map_or_else(|| "OFF".to_owned(), |mfa| mfa.as_str().to_owned()),
        password_policy: policy,
        threat_protection: found.user_pool_add_ons.map_or_else(
            || "OFF".to_owned(),
            |add_ons| add_ons.advanced_security_mode.as_str().to_owned(),
        ),
        estimated_users: u64::try_from(found.estimated_number_of_users).unwrap_or_default(),
    }
}
