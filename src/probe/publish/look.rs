//! What the deployed authorizer decides: by its own answers, and by live requests.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, resume_unwind},
};

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Publisher;
use crate::{
    access::{AccessRequest, Api, Catalog, Context, Effect, INVOKE, Method, PolicySet, PolicyText},
    aws::{WriteAccess, cognito::AppClient},
    domain::{AuthScheme, ErrorClass, Failure, Found, Origin, Principal},
    identity::{Credential, IdToken},
    mlflow::{self, learn_version},
    probe::{
        Report, VerifyOptions,
        evidence::Evidence,
        loan::{Loan, Loans},
        probe_user,
        run::value,
    },
};

/// The path that the authorizer is asked about; its policy covers the others as well.
const ASKED: &str = "/ajax-api/2.0/mlflow/experiments/search";
/// Probe users that are made at the same time.
const AT_ONCE: usize = 4;

/// A set of groups that a caller may be in.
pub type Groups = Vec<String>;

/// What the authorizer itself answers to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A policy document, in one spelling.
    Policy(String),
    /// It refuses the token.
    Refused,
    /// It crashes.
    Crash,
}

impl Answer {
    /// Why it is no policy, where it is none.
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Policy(_) => None,
            Self::Refused => Some("the authorizer refuses the token"),
            Self::Crash => Some("the authorizer crashes"),
        }
    }
}

/// An answer, ready to be held against routes.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    api: &'a Api,
    policy: Option<PolicySet>,
}

impl Reading<'_> {
    /// What the answer means for a route: without a policy everything is denied.
    pub(super) fn decide(&self, method: Method, path: &str) -> Effect {
        let Some(policy) = &self.policy else {
            return Effect::Deny;
        };
        let request = AccessRequest {
            action: INVOKE,
            resource: &self.api.arn(method, path),
            context: &Context::new(),
        };
        policy.evaluate(&request).effect
    }
}

/// What was seen of the deployed authorizer.
#[derive(Clone, Debug)]
pub struct Look {
    /// Every group of the pool.
    pub groups: Groups,
    /// The authorizer's own answers, by the groups that a caller is in.
    pub answers: BTreeMap<Groups, Answer>,
    /// The live verify of every group.
    pub report: Report,
    /// The routes.
    pub catalog: Catalog,
    /// The API, as its methods are named in policies.
    api: Api,
}

impl Look {
    /// An answer, ready to be held against routes.
    pub(super) fn reading(&self, answer: &Answer) -> Reading<'_> {
        let policy = match answer {
            Answer::Policy(document) => {
                let label = "the authorizer's policy";
                Some(PolicySet::compile(&[PolicyText { label, document }], None))
            }
            Answer::Refused | Answer::Crash => None,
        };
        Reading {
            api: &self.api,
            policy,
        }
    }

    /// The answers of single groups, each by its name.
    pub fn of_groups(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.answers.iter().filter_map(|(groups, answer)| {
            let [group] = groups.as_slice() else {
                return None;
            };
            Some((group.as_str(), answer))
        })
    }
}

/// The sets of groups that are asked about: each alone, all together, and none.
fn sets_of(groups: &[String]) -> Vec<Groups> {
    let mut sets: Vec<Groups> = groups.iter().map(|group| vec![group.clone()]).collect();
    if groups.len() > 1 {
        sets.push(groups.to_vec());
    }
    sets.push(Vec::new());
    sets
}

impl Publisher {
    /// Every group of the pool.
    pub async fn groups(&self) -> Result<Groups, Failure> {
        let deployment = &self.verifier.deployment;
        let pool = deployment.need("user_pool_id", deployment.user_pool_id.as_ref())?;
        let groups = self.verifier.cloud.cognito.groups(pool).await?;
        let mut names: Groups = groups.into_iter().map(|group| group.name).collect();
        names.sort();
        Ok(names)
    }

    /// Whether the authorizer may be asked at all: known before anything is borrowed.
    ///
    /// # Errors
    /// `Denied { apigateway:POST }`, ….
    pub async fn may_ask(&self) -> Result<(), Failure> {
        self.ask(&SecretString::from("none")).await.map(drop)
    }

    /// Looks at what the authorizer decides for every group. What is borrowed for it is given
    /// back however it ends.
    ///
    /// # Errors
    /// The authorizer cannot be asked, nobody can be signed in, or no request can be made.
    pub async fn look(
        &self,
        groups: &[String],
        cancel: &CancellationToken,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<Look, Failure> {
        let loans = Loans::default();
        let looked = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            looked = AssertUnwindSafe(self.look_amid(groups, &loans, cancel, hear))
                .catch_unwind() => Some(looked),
        };
        let not_given_back = self.verifier.give_back(loans.into_all()).await;
        match looked {
            None => Err(super::stopped()),
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(looked)) => looked.map(|mut look| {
                look.report.not_given_back.extend(not_given_back);
                self.keep(&look.report, hear);
                look
            }),
        }
    }

    /// Keeps what was seen live as evidence, as a verify does. Where that cannot be written the
    /// look counts all the same.
    fn keep(&self, report: &Report, hear: &(dyn Fn(&str) + Sync)) {
        let folder = self.packages.state();
        if let Err(failure) = Evidence::keep(folder, &self.verifier.deployment, report) {
            hear(&format!("what was seen is not kept: {failure}"));
        }
    }

    async fn look_amid(
        &self,
        groups: &[String],
        loans: &Loans,
        cancel: &CancellationToken,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<Look, Failure> {
        let client = self.app_client().await?;
        let (pool, writes) = self.borrowing()?;
        let asked = sets_of(groups).into_iter().map(|set| {
            let client = &client;
            async move {
                let journal = &self.verifier.journal;
                let cloud = &self.verifier.cloud;
                let probe = probe_user::announce(journal, cloud.region(), pool)?;
                loans.add(Loan::User(probe.clone()));
                let keeper = probe_user::create(cloud, writes, client, &probe, &set).await?;
                let token = keeper.id_token().await?;
                let answer = self.ask(token.secret()).await?;
                Ok::<_, Failure>((set, token, answer))
            }
            .boxed()
        });
        let asked: Vec<(Groups, IdToken, Answer)> = stream::iter(asked.collect::<Vec<_>>())
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut verifier = self.verifier.clone();
        if verifier.deployment.mlflow_version.is_none() {
            let version = self.version(asked.iter().map(|(_, token, _)| token)).await;
            let origin = Origin::Derived("what MLflow says".to_owned());
            verifier.deployment.mlflow_version = Some(Found::new(version, origin));
        }
        let mut answers = BTreeMap::new();
        let mut principals = Vec::new();
        for (set, token, answer) in asked {
            if let [group] = set.as_slice() {
                let principal = Principal::Group(group.clone());
                let tokens = &mut verifier.secrets.tokens;
                tokens.insert(principal.clone(), token.secret().clone());
                principals.push(principal);
            }
            answers.insert(set, answer);
        }
        hear("sending live requests as every group");
        let report = live(&verifier, principals, cancel).await?;
        Ok(Look {
            groups: groups.to_vec(),
            answers,
            report,
            api: Api::of(&verifier.deployment, verifier.cloud.region()),
            catalog: Catalog::of(&verifier.deployment),
        })
    }

    /// Asks the deployed authorizer about a token.
    async fn ask(&self, token: &SecretString) -> Result<Answer, Failure> {
        let deployment = &self.verifier.deployment;
        let api = deployment.need("rest_api_id", deployment.rest_api_id.as_ref())?;
        let authorizer = deployment.need("authorizer_id", deployment.authorizer_id.as_ref())?;
        let gateway = &self.verifier.cloud.apigateway;
        let test = gateway
            .test_invoke_authorizer(api, authorizer, token, ASKED)
            .await?;
        Ok(match (test.status, test.policy) {
            (200, Some(document)) => Answer::Policy(in_one_spelling(&document)),
            (401, _) => Answer::Refused,
            _ => Answer::Crash,
        })
    }

    async fn app_client(&self) -> Result<AppClient, Failure> {
        let deployment = &self.verifier.deployment;
        let pool = deployment.need("user_pool_id", deployment.user_pool_id.as_ref())?;
        let client = deployment.need("client_id", deployment.client_id.as_ref())?;
        deployment.need("api_url", deployment.api_url.as_ref())?;
        let cognito = &self.verifier.cloud.cognito;
        cognito.describe_client(pool, client).await
    }

    /// The pool, and the right to make probe users in it.
    fn borrowing(&self) -> Result<(&str, &WriteAccess), Failure> {
        let deployment = &self.verifier.deployment;
        let pool = deployment.need("user_pool_id", deployment.user_pool_id.as_ref())?;
        let writes = self.verifier.writes.as_ref().ok_or_else(|| {
            Failure::new(
                ErrorClass::ReadOnly,
                "making probe users",
                "this run, or this context, is read-only",
            )
        })?;
        Ok((pool, writes))
    }

    /// MLflow's version, as the first of these who may learns it.
    async fn version(&self, tokens: impl Iterator<Item = &IdToken>) -> String {
        let verifier = &self.verifier;
        let url = value(verifier.deployment.api_url.as_ref());
        if let Some(base) = url.and_then(|url| Url::parse(url).ok()) {
            let http = verifier.cloud.http.clone();
            let client = mlflow::Client::new(base, http, verifier.cloud.region());
            for token in tokens {
                let credential = Credential::Bearer(token.clone());
                if let Ok(Some(version)) = learn_version(&client, &credential).await {
                    return version;
                }
            }
        }
        Catalog::ASSUMED.to_owned()
    }
}

/// Verifies these groups live, with the tokens that the verifier has.
async fn live(
    verifier: &super::Verifier,
    principals: Vec<Principal>,
    cancel: &CancellationToken,
) -> Result<Report, Failure> {
    let options = VerifyOptions {
        principals,
        scheme: Some(AuthScheme::Bearer),
        ..VerifyOptions::default()
    };
    let (events, _) = mpsc::unbounded_channel();
    let report = Box::pin(verifier.run(options, events, cancel.clone())).await?;
    let seen = report
        .cells
        .iter()
        .any(|cell| cell.observed_effect().is_some());
    if seen {
        return Ok(report);
    }
    let reason = report
        .cells
        .first()
        .map_or("there is no route to try", |cell| cell.reason.as_str());
    Err(Failure::new(
        ErrorClass::Unavailable,
        "proving live what the groups may do",
        reason,
    ))
}

/// A policy document without what spacing and order of keys make of it.
fn in_one_spelling(document: &str) -> String {
    serde_json::from_str::<serde_json::Value>(document)
        .map_or_else(|_| document.to_owned(), |value| value.to_string())
}
