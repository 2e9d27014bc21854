//! What the deployed authorizer really does: learned from its own answers to callers in each
//! group, in each pair of groups and in none, never guessed from its source.

mod lesson;

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures::FutureExt;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use lesson::Lesson;

use super::{
    loan::{Loan, Loans},
    probe_user::{self, ProbeUser},
    run::Verifier,
};
use crate::{
    access::{
        Api, Contract,
        inference::{Answer, Asked, infer, sets_to_ask},
    },
    aws::{WriteAccess, cognito::AppClient},
    domain::{ErrorClass, Failure},
    identity::IdToken,
};

/// The path that the authorizer is asked about; its policy covers the others as well.
const PATH: &str = "/ajax-api/2.0/mlflow/experiments/search";

const DOING: &str = "learning what the authorizer does";

/// What was learned of the deployed authorizer.
#[derive(Clone, Debug)]
pub struct Learned {
    /// What it does, as far as a contract can say it.
    pub contract: Contract,
    /// What it does besides, and what was not asked; one sentence each.
    pub caveats: Vec<String>,
    /// How often it was asked.
    pub trials: usize,
    /// What was borrowed and could not be given back; it stays in the journal.
    pub not_given_back: Vec<Failure>,
}

/// What asking takes: a probe user with a password of its own.
struct Caller<'a> {
    verifier: &'a Verifier,
    writes: &'a WriteAccess,
    client: &'a AppClient,
    probe: ProbeUser,
    password: SecretString,
    /// The groups that it is in now.
    groups: Vec<String>,
}

impl Verifier {
    /// Learns what the deployed authorizer does with callers in these groups; empty for those
    /// that the matrix names and all others of the pool. One probe user goes through all the
    /// sets of groups; it is in the journal, and is deleted however it ends.
    ///
    /// It takes a trial of the authorizer, a sign-in (two calls) and one or two changes of
    /// groups for each group, each pair of groups (of more than six, neighbours only) and for
    /// no group: seven trials for the sample's three.
    ///
    /// # Errors
    /// `Denied { apigateway:POST }` where the authorizer may not be tried, before anything is
    /// borrowed; `ReadOnly` without the right to make a probe user; no pool, client, API or
    /// authorizer is known; the probe user cannot be made or signed in.
    pub async fn learn(
        &self,
        groups: &[String],
        cancel: &CancellationToken,
    ) -> Result<Learned, Failure> {
        let loans = Loans::default();
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            outcome = AssertUnwindSafe(self.learn_amid(groups, &loans)).catch_unwind() => {
                Some(outcome)
            }
        };
        let not_given_back = self.give_back(loans.into_all()).await;
        match outcome {
            None => Err(Failure::new(ErrorClass::Cancelled, DOING, "it was stopped")),
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(learned)) => learned.map(|learned| Learned {
                not_given_back,
                ..learned
            }),
        }
    }

    async fn learn_amid(&self, groups: &[String], loans: &Loans) -> Result<Learned, Failure> {
        let deployment = &self.deployment;
        let pool = deployment.need("user_pool_id", deployment.user_pool_id.as_ref())?;
        let client = deployment.need("client_id", deployment.client_id.as_ref())?;
        // Known before anything is borrowed.
        self.ask(&SecretString::from("none")).await?;
        let writes = self.writes.as_ref().ok_or_else(|| {
            Failure::new(
                ErrorClass::ReadOnly,
                DOING,
                "it takes a probe user, and nothing may be written",
            )
        })?;
        let (groups, mut caveats) = self.groups_to_ask(pool, groups).await?;
        let client = self.cloud.cognito.describe_client(pool, client).await?;
        let probe = probe_user::announce(&self.journal, self.cloud.region(), pool)?;
        loans.add(Loan::User(probe.clone()));
        let password = probe_user::make(&self.cloud, writes, &probe, &[]).await?;
        let mut caller = Caller {
            verifier: self,
            writes,
            client: &client,
            probe,
            password,
            groups: Vec::new(),
        };
        let mut asked = Vec::new();
        for set in sets_to_ask(&groups) {
            let token = caller.in_groups(&set).await?;
            let answer = self.ask(token.secret()).await?;
            asked.push(Asked {
                groups: set,
                answer,
            });
        }
        let inferred = infer(&asked, &Api::of(deployment, self.cloud.region()));
        caveats.extend(inferred.caveats);
        Ok(Learned {
            contract: inferred.contract,
            caveats,
            trials: asked.len(),
            not_given_back: Vec::new(),
        })
    }

    /// The groups of the pool that are asked about, and what is said of those that are not.
    async fn groups_to_ask(
        &self,
        pool: &str,
        wanted: &[String],
    ) -> Result<(Vec<String>, Vec<String>), Failure> {
        let of_pool = self.cloud.cognito.groups(pool).await?;
        let of_pool: Vec<String> = of_pool.into_iter().map(|group| group.name).collect();
        let mut wanted: Vec<String> = wanted.to_vec();
        if wanted.is_empty() {
            wanted.extend(self.matrix.groups().into_iter().map(str::to_owned));
            wanted.extend(of_pool.iter().cloned());
        }
        let mut groups: Vec<String> = Vec::new();
        let mut caveats = Vec::new();
        for group in wanted {
            if groups.contains(&group) {
                continue;
            }
            if of_pool.contains(&group) {
                groups.push(group);
            } else {
                caveats.push(format!("group {group}: not asked about, the pool has none"));
            }
        }
        Ok((groups, caveats))
    }

    /// Asks the deployed authorizer about a token.
    async fn ask(&self, token: &SecretString) -> Result<Answer, Failure> {
        let deployment = &self.deployment;
        let api = deployment.need("rest_api_id", deployment.rest_api_id.as_ref())?;
        let authorizer = deployment.need("authorizer_id", deployment.authorizer_id.as_ref())?;
        let gateway = &self.cloud.apigateway;
        let test = gateway
            .test_invoke_authorizer(api, authorizer, token, PATH)
            .await?;
        Ok(match (test.status, test.policy) {
            (200, Some(document)) => Answer::Policy(document),
            (401, _) => Answer::Refused,
            _ => Answer::Crash,
        })
    }
}

impl Caller<'_> {
    /// Goes into just these groups, and signs in anew.
    async fn in_groups(&mut self, set: &[String]) -> Result<IdToken, Failure> {
        let ProbeUser { pool, user, .. } = &self.probe;
        let cognito = &self.verifier.cloud.cognito;
        for group in self.groups.iter().filter(|group| !set.contains(group)) {
            cognito
                .remove_from_group(self.writes, pool, user, group)
                .await?;
        }
        for group in set.iter().filter(|group| !self.groups.contains(group)) {
            cognito.add_to_group(self.writes, pool, user, group).await?;
        }
        self.groups = set.to_vec();
        let keeper = probe_user::sign_in_as(
            &self.verifier.cloud,
            self.client,
            &self.probe,
            &self.password,
        )
        .await?;
        let token = keeper.id_token().await?;
        let carried = &token.claims().groups;
        if carried.len() == set.len() && set.iter().all(|group| carried.contains(group)) {
            return Ok(token);
        }
        // What it would be asked is not what was meant: a trigger of the pool may rewrite tokens.
        Err(Failure::new(
            ErrorClass::Conflict,
            DOING,
            format!(
                "the probe user is in {set:?}, and its token says {carried:?}: somebody else changes \
                 its groups, or a trigger of the pool its tokens"
            ),
        ))
    }
}
