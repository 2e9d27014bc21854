//! What the deployed policy computes to, without any request to the protected API.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    actor::{Actor, Means},
    verdict::Cell,
};
use crate::{
    access::{
        AccessRequest, Api, Basis, Context, Contract, Decision, INVOKE, Method, PolicyFault,
        PolicySet, PolicyText, policy_set, route,
    },
    aws::Cloud,
    domain::{AuthScheme, Deployment, Failure},
};

/// How many resources go into one simulation.
const BATCH: usize = 50;

/// Where a prediction for one principal comes from.
#[derive(Debug)]
pub enum Source {
    /// The policy that the authorizer itself returned for this principal's token.
    Authorizer(Box<PolicySet>),
    /// The authorizer failed, or refused the token.
    Refused(Decision),
    /// The contract that the deployed authorizer is taken to have, by groups.
    Contract(Arc<Contract>, Vec<String>),
    /// The role's own documents.
    Role(Box<PolicySet>),
    /// IAM's simulation, by method ARN.
    Simulated(BTreeMap<String, bool>),
    /// Nobody has rights.
    Anonymous,
    /// Nothing to compute from.
    Unknown,
}

impl Source {
    /// Finds the best source there is for an actor. What could not be used is told to `note`.
    pub async fn find(
        cloud: &Cloud,
        deployment: &Deployment,
        contract: &Arc<Contract>,
        actor: &Actor,
        mut note: impl FnMut(String),
    ) -> Self {
        if matches!(actor.means, Means::Anonymous) {
            return Self::Anonymous;
        }
        if let Some(role) = &actor.role {
            return match cloud.iam.role(&role.name).await {
                Ok(role) => Self::Role(Box::new(policy_set(&role))),
                Err(failure) => {
                    note(format!("{}: no prediction: {failure}", actor.principal));
                    Self::Unknown
                }
            };
        }
        match tried(cloud, deployment, actor).await {
            Ok(Some(source)) => return source,
            Ok(None) => {}
            Err(failure) => note(format!(
                "{}: predicted by the contract, since the authorizer cannot be tried: {failure}",
                actor.principal
            )),
        }
        let contract = |groups| Self::Contract(contract.clone(), groups);
        actor.groups.clone().map_or(Self::Unknown, contract)
    }

    /// IAM's own simulation for the cells of one role.
    pub async fn simulate(
        cloud: &Cloud,
        api: &Api,
        actor: &Actor,
        cells: &[Cell],
    ) -> Result<Option<Self>, Failure> {
        let Some(role) = &actor.role else {
            return Ok(None);
        };
        let arns: Vec<String> = cells
            .iter()
            .map(|cell| api.arn(cell.method, &cell.path))
            .collect();
        let mut results = BTreeMap::new();
        for batch in arns.chunks(BATCH) {
            let simulated = cloud
                .iam
                .simulate(&role.arn, &[INVOKE.to_owned()], batch, &[])
                .await?;
            results.extend(
                simulated
                    .into_iter()
                    .map(|result| (result.resource, result.decision == "allowed")),
            );
        }
        Ok(Some(Self::Simulated(results)))
    }

    /// The parts of the documents that could not be used.
    pub fn faults(&self) -> &[PolicyFault] {
        match self {
            Self::Authorizer(set) | Self::Role(set) => set.faults(),
            _ => &[],
        }
    }

    /// Fills in the predictions of an actor's cells.
    pub fn fill(&self, cells: &mut [Cell], api: &Api, context: &Context) {
        match self {
            Self::Contract(contract, groups) => {
                let caller = contract.caller(groups);
                for cell in cells {
                    cell.predicted = Some(caller.decide(cell.method, &cell.path));
                }
            }
            Self::Authorizer(set) | Self::Role(set) => {
                let invoke = set.for_action(INVOKE);
                for cell in cells {
                    cell.predicted = Some(if route::has_method(&cell.path) {
                        invoke.evaluate(&api.arn(cell.method, &cell.path), context)
                    } else {
                        Decision::deny(Basis::NoMethod)
                    });
                }
            }
            _ => {
                for cell in cells {
                    cell.predicted =
                        self.decide(api, context, cell.scheme, cell.method, &cell.path);
                }
            }
        }
    }

    /// The prediction for one route; none where there is nothing to compute from.
    pub fn decide(
        &self,
        api: &Api,
        context: &Context,
        scheme: AuthScheme,
        method: Method,
        path: &str,
    ) -> Option<Decision> {
        if !route::has_method(path) {
            return Some(Decision::deny(Basis::NoMethod));
        }
        Some(match self {
            Self::Authorizer(set) | Self::Role(set) => set.evaluate(&AccessRequest {
                action: INVOKE,
                resource: &api.arn(method, path),
                context,
            }),
            Self::Refused(decision) => decision.clone(),
            Self::Contract(contract, groups) => contract.decide(groups, method, path),
            Self::Simulated(results) => {
                let allowed = *results.get(&api.arn(method, path))?;
                let basis = Basis::Rule {
                    group: "iam:SimulatePrincipalPolicy".to_owned(),
                    rule: format!("{method} {path}"),
                };
                if allowed {
                    Decision::allow(basis)
                } else {
                    Decision::deny(basis)
                }
            }
            Self::Anonymous => Decision::deny(Basis::Unauthenticated {
                reason: match scheme {
                    AuthScheme::Bearer => "no token".to_owned(),
                    AuthScheme::SigV4 => "no signature".to_owned(),
                },
            }),
            Self::Unknown => return None,
        })
    }
}

/// Asks the deployed authorizer itself, where there is a token to ask with.
async fn tried(
    cloud: &Cloud,
    deployment: &Deployment,
    actor: &Actor,
) -> Result<Option<Source>, Failure> {
    let (Some(api), Some(authorizer)) = (&deployment.rest_api_id, &deployment.authorizer_id) else {
        return Ok(None);
    };
    let Some(crate::identity::Credential::Bearer(token)) = actor.credential().await? else {
        return Ok(None);
    };
    let test = cloud
        .apigateway
        .test_invoke_authorizer(
            &api.value,
            &authorizer.value,
            token.secret(),
            "/ajax-api/2.0/mlflow/experiments/search",
        )
        .await?;
    Ok(Some(match (test.status, &test.policy) {
        (200, Some(document)) => Source::Authorizer(Box::new(PolicySet::compile(
            &[PolicyText {
                label: "the authorizer's policy",
                document,
            }],
            None,
        ))),
        (401, _) => Source::Refused(Decision::deny(Basis::Unauthenticated {
            reason: "the authorizer refuses the token".to_owned(),
        })),
        _ => Source::Refused(Decision::deny(Basis::Crash {
            reason: last_line(&test.log),
        })),
    }))
}

fn last_line(log: &str) -> String {
    log.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it returned no policy")
        .chars()
        .take(200)
        .collect()
}
