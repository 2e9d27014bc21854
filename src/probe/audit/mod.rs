//! What an admin should act on, from a look at the whole deployment that changes nothing and
//! sends nothing to the protected API.
//!
//! Reading is here, and each part for itself: what may not be read is told with the missing
//! action, and the rest is judged all the same. The judging is in [`judge`], which the console
//! uses for what it has read itself.

mod inhabitants;
pub mod judge;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use inhabitants::Inhabitants;

use self::judge::Crowd;
use crate::{
    access::{
        Api, Catalog, Contract, Finding, Matrix,
        door::Site,
        finding::{self, profile_role},
    },
    aws::Cloud,
    domain::{Deployment, ExecutionRole, Failure, MatchRule, Prices, Role, User, whole},
    plan::{cleanup::Rule, survey::Survey},
};

/// For how many days Cognito keeps a temporary password where the pool says nothing else.
pub const INVITATION_DAYS: u16 = 7;

/// What the config file says that findings depend on.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// By what users and Studio profiles belong together.
    pub rule: MatchRule,
    /// What instances cost.
    pub prices: Prices,
    /// Which apps are forgotten.
    pub policies: Vec<Rule>,
}

/// A part that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// The part: `users and groups`, `role NAME`, ….
    pub part: String,
    /// Why; a denial names the IAM action.
    #[serde(flatten, with = "whole")]
    pub failure: Failure,
}

impl Unseen {
    fn new(part: impl Into<String>, failure: Failure) -> Self {
        Self {
            part: part.into(),
            failure,
        }
    }
}

impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.part, self.failure)
    }
}

/// What a look told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// What an admin should act on, the worst first, each once.
    pub findings: Vec<Finding>,
    /// The parts that could not be looked at.
    pub not_looked_at: Vec<Unseen>,
}

/// What the settings of pool, client and authorizer are, as far as they could be read.
#[derive(Clone, Debug, Default)]
struct Settings {
    findings: Vec<Finding>,
    invitation_days: Option<u16>,
    unseen: Vec<Unseen>,
}

/// What is there whoever lives here: settings, and the execution roles with their documents,
/// each with what could not be looked at.
struct Offices {
    settings: Settings,
    roles: (Vec<(ExecutionRole, Role)>, Vec<Unseen>),
}

/// Who looks, and at what.
#[derive(Clone, Debug)]
pub struct Auditor {
    /// The clients.
    pub cloud: Cloud,
    /// The deployment, as found.
    pub deployment: Deployment,
    /// What is declared.
    pub matrix: Matrix,
    /// What the authorizer decides for whom.
    pub contract: Contract,
}

impl Auditor {
    /// Looks at everything: users, groups, Studio, roles, settings, and what the policies let
    /// everybody do.
    pub async fn everything(&self, terms: &Terms, at: Timestamp) -> Audit {
        let (inhabitants, offices) =
            futures::join!(Box::pin(self.inhabitants(terms)), Box::pin(self.offices()));
        self.judged(&inhabitants, offices, terms, at)
    }

    /// Looks at users, groups and Studio alone.
    pub async fn inhabitants(&self, terms: &Terms) -> Inhabitants {
        Inhabitants::read(&self.cloud, &self.deployment, terms).await
    }

    /// Looks at everything else, and judges all of it: what [`Self::everything`] tells of
    /// inhabitants who were read before.
    pub async fn everything_of(
        &self,
        inhabitants: &Inhabitants,
        terms: &Terms,
        at: Timestamp,
    ) -> Audit {
        let offices = Box::pin(self.offices()).await;
        self.judged(inhabitants, offices, terms, at)
    }

    fn judged(
        &self,
        inhabitants: &Inhabitants,
        offices: Offices,
        terms: &Terms,
        at: Timestamp,
    ) -> Audit {
        let Offices { settings, roles } = offices;
        let (roles, of_roles) = roles;
        let pool = &inhabitants.pool;
        let lost = pool.as_ref().err().cloned();
        let lost = lost.map(|failure| Unseen::new("users and groups", failure));
        let not_looked_at = lost
            .into_iter()
            .chain(inhabitants.unseen.iter().cloned())
            .chain(settings.unseen)
            .chain(of_roles)
            .collect();

        let mut findings = settings.findings;
        findings.extend(judge::rules(&self.contract, self.version()));
        let known = self.contract.groups.iter();
        let groups: Vec<String> = pool.as_ref().map_or_else(
            |_| known.map(|rules| rules.name.clone()).collect(),
            Survey::group_names,
        );
        findings.extend(self.access(&groups, &roles));
        findings.extend(self.of_documents(roles));
        if let Ok(survey) = pool {
            let days = settings.invitation_days.unwrap_or(INVITATION_DAYS);
            findings.extend(judge::crowd(&crowd(survey, days), &self.contract, at));
        }
        if let Some(studio) = &inhabitants.studio {
            findings.extend(judge::apps(
                &studio.apps,
                Some((&studio.spaces, &studio.profiles)),
                terms,
                at,
            ));
        }
        if inhabitants.has_profiles() {
            findings.extend(self.persons(inhabitants, &terms.rule));
        }
        Audit {
            findings: finding::sorted(findings),
            not_looked_at,
        }
    }

    /// Looks at the roles and at the settings of pool, client and authorizer alone.
    pub async fn roles_and_settings(&self) -> Audit {
        let Offices { settings, roles } = Box::pin(self.offices()).await;
        let (roles, unseen) = roles;
        let mut findings = settings.findings;
        findings.extend(self.of_documents(roles));
        let mut not_looked_at = settings.unseen;
        not_looked_at.extend(unseen);
        Audit {
            findings: finding::sorted(findings),
            not_looked_at,
        }
    }

    async fn offices(&self) -> Offices {
        let (settings, roles) = futures::join!(Box::pin(self.settings()), Box::pin(self.roles()));
        Offices { settings, roles }
    }

    async fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        let deployment = &self.deployment;
        let pool = deployment.need("user_pool_id", deployment.user_pool_id.as_ref());
        // Without the pool's id the people have said so already.
        if let Ok(pool) = pool {
            match self.cloud.cognito.describe_pool(pool).await {
                Ok(found) => {
                    settings.invitation_days = found
                        .password_policy
                        .as_ref()
                        .and_then(|policy| u16::try_from(policy.temporary_days).ok());
                    settings
                        .findings
                        .extend(finding::self_sign_up(pool, found.self_sign_up));
                    settings
                        .findings
                        .extend(finding::threat_protection(pool, &found.threat_protection));
                }
                Err(failure) => {
                    settings
                        .unseen
                        .push(Unseen::new("the pool's settings", failure));
                }
            }
            let client = match deployment.need("client_id", deployment.client_id.as_ref()) {
                Ok(client) => self.cloud.cognito.describe_client(pool, client).await,
                Err(failure) => Err(failure),
            };
            match client {
                Ok(client) => settings
                    .findings
                    .push(finding::tokens_outlive(&client.id, client.id_token_seconds)),
                Err(failure) => settings.unseen.push(Unseen::new("the app client", failure)),
            }
        }
        self.authorizer(&mut settings).await;
        settings
    }

    async fn authorizer(&self, settings: &mut Settings) {
        let deployment = &self.deployment;
        let read = async {
            let api = deployment.need("rest_api_id", deployment.rest_api_id.as_ref())?;
            let wanted = deployment.need("authorizer_id", deployment.authorizer_id.as_ref())?;
            let all = self.cloud.apigateway.authorizers(api).await?;
            Ok::<_, Failure>(all.into_iter().find(|one| one.id == *wanted))
        };
        match read.await {
            Ok(found) => {
                let Some(found) = found else { return };
                let seconds = found.result_ttl_seconds.unwrap_or_default();
                settings.findings.extend(finding::authorizer_cache(
                    &found.name,
                    u64::try_from(seconds).unwrap_or_default(),
                ));
            }
            Err(failure) => settings.unseen.push(Unseen::new("the authorizer", failure)),
        }
    }

    /// The execution roles with their documents.
    async fn roles(&self) -> (Vec<(ExecutionRole, Role)>, Vec<Unseen>) {
        let deployment = &self.deployment;
        let found = match deployment.need("execution_roles", deployment.execution_roles.as_ref()) {
            Ok(found) => found.clone(),
            Err(failure) => return (Vec::new(), vec![Unseen::new("execution roles", failure)]),
        };
        let (mut roles, mut unseen) = (Vec::new(), Vec::new());
        for (found, role) in self.cloud.iam.documents(&found).await {
            match role {
                Ok(role) => roles.push((found, role)),
                Err(failure) => {
                    unseen.push(Unseen::new(format!("role {}", found.name), failure));
                }
            }
        }
        (roles, unseen)
    }

    fn access(&self, groups: &[String], roles: &[(ExecutionRole, Role)]) -> Vec<Finding> {
        let api = Api::of(&self.deployment, self.cloud.region());
        judge::access(
            groups,
            roles,
            &self.matrix,
            &self.contract,
            &self.catalog(),
            &api,
        )
    }

    fn of_documents(&self, roles: Vec<(ExecutionRole, Role)>) -> Vec<Finding> {
        let site = Site::of(&self.deployment, self.cloud.region());
        judge::offices(site, roles, &self.matrix, &self.contract, &self.catalog())
    }

    fn persons(&self, inhabitants: &Inhabitants, rule: &MatchRule) -> Vec<Finding> {
        let roles = self.deployment.roles();
        if let Ok(people) = inhabitants.people(rule) {
            return judge::persons(&people, &self.matrix, &self.contract, roles);
        }
        // Without the users nobody can say whose a profile is.
        let profiles = inhabitants.studio.iter().flat_map(|all| &all.profiles);
        profiles
            .filter_map(|one| profile_role(one, None, &self.matrix, &self.contract, roles))
            .collect()
    }

    fn version(&self) -> Option<&str> {
        let found = self.deployment.mlflow_version.as_ref();
        found.map(|found| found.value.as_str())
    }

    fn catalog(&self) -> Catalog {
        Catalog::of(&self.deployment)
    }
}

/// Everybody, to be judged.
fn crowd(survey: &Survey, invitation_days: u16) -> Crowd<'_> {
    let users = survey.users.iter().map(AsRef::as_ref);
    let with_groups = |user| {
        let user: &User = user;
        (user, survey.groups_of(&user.username))
    };
    Crowd {
        users: users.map(with_groups).collect(),
        groups: &survey.groups,
        invitation_days,
    }
}
