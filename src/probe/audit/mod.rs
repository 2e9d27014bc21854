//! What an admin should act on, from a look at the whole deployment that changes nothing and
//! sends nothing to the protected API.
//!
//! Reading is here, and each part for itself: what may not be read is told with the missing
//! action, and the rest is judged all the same. The judging is in [`judge`], which the console
//! uses for what it has read itself.

pub mod judge;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::judge::Crowd;
use super::run::ASSUMED_VERSION;
use crate::{
    access::{
        Api, Catalog, Contract, Finding, Matrix,
        door::{Site, function_of},
        finding,
    },
    aws::Cloud,
    domain::{Deployment, ExecutionRole, Failure, MatchRule, Prices, Role, User, whole},
    plan::{
        Place,
        cleanup::Rule,
        survey::{Extent, StudioSurvey, Survey},
    },
};

/// Roles that are read at the same time.
const AT_ONCE: usize = 8;
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
    authorizer_function: Option<String>,
    unseen: Vec<Unseen>,
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
        let (people, studio, settings, roles) = futures::join!(
            Box::pin(self.people()),
            Box::pin(self.studio(terms)),
            Box::pin(self.settings()),
            Box::pin(self.roles()),
        );
        let (studio, unseen) = studio;
        let mut not_looked_at = unseen;
        let people = people.map_err(|failure| {
            not_looked_at.insert(0, Unseen::new("users and groups", failure));
        });
        not_looked_at.extend(settings.unseen);
        let (roles, unseen) = roles;
        not_looked_at.extend(unseen);

        let mut findings = settings.findings;
        findings.extend(judge::rules(&self.contract, self.version()));
        let groups: Vec<String> = match &people {
            Ok(survey) => survey.group_names(),
            Err(()) => self
                .contract
                .groups
                .iter()
                .map(|rules| rules.name.clone())
                .collect(),
        };
        findings.extend(self.access(&groups, &roles));
        findings.extend(self.offices(roles, settings.authorizer_function));
        if let Ok(survey) = &people {
            let days = settings.invitation_days.unwrap_or(INVITATION_DAYS);
            findings.extend(judge::crowd(&crowd(survey, days), &self.contract, at));
        }
        if let Some(studio) = &studio {
            findings.extend(judge::apps(
                &studio.apps,
                Some((&studio.spaces, &studio.profiles)),
                terms,
                at,
            ));
            findings.extend(self.persons(people.ok(), studio, &terms.rule));
        }
        Audit {
            findings: finding::sorted(findings),
            not_looked_at,
        }
    }

    /// Looks at the roles and at the settings of pool, client and authorizer alone.
    pub async fn roles_and_settings(&self) -> Audit {
        let (settings, (roles, unseen)) =
            futures::join!(Box::pin(self.settings()), Box::pin(self.roles()));
        let mut findings = settings.findings;
        findings.extend(self.offices(roles, settings.authorizer_function));
        let mut not_looked_at = settings.unseen;
        not_looked_at.extend(unseen);
        Audit {
            findings: finding::sorted(findings),
            not_looked_at,
        }
    }

    async fn people(&self) -> Result<Survey, Failure> {
        self.deployment
            .need("user_pool_id", self.deployment.user_pool_id.as_ref())?;
        let place = Place::of(&self.deployment);
        Survey::everybody(&self.cloud, &place, Extent::Pool, &MatchRule::default()).await
    }

    /// What Studio has; when apps were last active only where a policy asks for it.
    async fn studio(&self, terms: &Terms) -> (Option<StudioSurvey>, Vec<Unseen>) {
        let domain = match self
            .deployment
            .need("domain_id", self.deployment.domain_id.as_ref())
        {
            Ok(domain) => domain,
            Err(failure) => return (None, vec![Unseen::new("Studio", failure)]),
        };
        let (mut survey, failed) = StudioSurvey::read_parts(&self.cloud, domain, &terms.rule).await;
        let mut unseen: Vec<Unseen> = failed
            .into_iter()
            .map(|(part, failure)| Unseen::new(format!("Studio {part}"), failure))
            .collect();
        if terms.policies.iter().any(Rule::asks_for_idleness) {
            let known = survey.apps.clone();
            match self.cloud.sagemaker.with_activity(known).await {
                Ok(apps) => survey.apps = apps,
                Err(failure) => unseen.push(Unseen::new("when apps were active", failure)),
            }
        }
        (Some(survey), unseen)
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
                let function = found.uri.as_deref().and_then(function_of);
                settings.authorizer_function = function.map(str::to_owned);
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
        let mut reads = std::pin::pin!(
            stream::iter(found)
                .map(|found| async move {
                    let role = self.cloud.iam.role(&found.name).await;
                    (found, role)
                })
                .buffered(AT_ONCE)
        );
        let (mut roles, mut unseen) = (Vec::new(), Vec::new());
        while let Some((found, role)) = reads.next().await {
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

    fn offices(
        &self,
        roles: Vec<(ExecutionRole, Role)>,
        authorizer_function: Option<String>,
    ) -> Vec<Finding> {
        let mut site = Site::of(&self.deployment, self.cloud.region());
        site.authorizer_function = authorizer_function;
        judge::offices(site, roles, &self.matrix, &self.contract, &self.catalog())
    }

    fn persons(
        &self,
        survey: Option<Survey>,
        studio: &StudioSurvey,
        rule: &MatchRule,
    ) -> Vec<Finding> {
        let found = self.deployment.execution_roles.as_ref();
        let roles = found
            .map(|found| found.value.as_slice())
            .unwrap_or_default();
        let Some(mut survey) = survey else {
            // Without the users nobody can say whose a profile is.
            let judged = studio.profiles.iter().filter_map(|profile| {
                finding::profile_role(profile, None, &self.matrix, &self.contract, roles)
            });
            return judged.collect();
        };
        survey.studio = studio.clone();
        judge::persons(&survey.people(rule), &self.matrix, &self.contract, roles)
    }

    fn version(&self) -> Option<&str> {
        let found = self.deployment.mlflow_version.as_ref();
        found.map(|found| found.value.as_str())
    }

    fn catalog(&self) -> Catalog {
        Catalog::for_version(self.version().unwrap_or(ASSUMED_VERSION))
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
