//! The protected API in IAM's words: its methods' ARNs, and a role's documents to hold against
//! them.

use super::{Compiler, Method, PolicySet, PolicyText, method_arn};
use crate::domain::{Deployment, Found, PolicySource, Role};

/// The action that the gateway asks IAM about.
pub const INVOKE: &str = "execute-api:Invoke";

/// The parts of a method ARN.
#[derive(Clone, Debug)]
pub struct Api {
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The REST API's id.
    pub id: String,
    /// The stage.
    pub stage: String,
}

impl Api {
    /// The API of a deployment; parts that were not found stand as `*`, which no statement
    /// about one API matches.
    pub fn of(deployment: &Deployment, region: &str) -> Self {
        let value = |found: &Option<Found<String>>| {
            found
                .as_ref()
                .map_or_else(|| "*".to_owned(), |found| found.value.clone())
        };
        Self {
            region: region.to_owned(),
            account: value(&deployment.account),
            id: value(&deployment.rest_api_id),
            stage: value(&deployment.stage),
        }
    }

    /// The ARN of one method.
    pub fn arn(&self, method: Method, path: &str) -> String {
        method_arn(
            &self.region,
            &self.account,
            &self.id,
            &self.stage,
            method,
            path,
        )
    }
}

/// The role's documents as one set to evaluate.
pub fn policy_set(role: &Role) -> PolicySet {
    policy_set_by(&mut Compiler::default(), role)
}

/// The same for one of many roles: what several of them carry is read once.
pub fn policy_set_by(compiler: &mut Compiler, role: &Role) -> PolicySet {
    let mut boundary = None;
    let mut identity = Vec::new();
    for policy in &role.policies {
        let text = PolicyText {
            label: policy.source.label(),
            document: &policy.document,
        };
        if matches!(policy.source, PolicySource::Boundary(_)) {
            boundary = Some(text);
        } else {
            identity.push(text);
        }
    }
    compiler.compile(&identity, boundary)
}
