//! IAM policy evaluation: documents in, decisions out.
//!
//! Written here because the answers of the crates at hand differ from AWS's in the very
//! cases that matter. It must never fail on a document: what cannot be used is reported
//! as a [`PolicyFault`], and a statement that cannot be used never turns a deny into an
//! allow. Resource policies, session policies and service control policies are not known
//! here; who needs them asks AWS.

mod arn;
mod condition;
mod context;
pub mod glob;
mod json;
pub(super) mod statement;
mod variable;

pub use context::Context;
use statement::{Document, Flavor, Statement};

use super::decision::{Basis, Decision, Effect};

/// One policy document with the name to show for it.
#[derive(Clone, Copy, Debug)]
pub struct PolicyText<'a> {
    /// The name to show: the inline policy's name, the managed policy's, ….
    pub label: &'a str,
    /// The document: JSON text, percent-decoded, not necessarily valid.
    pub document: &'a str,
}

/// Something in a policy that AWS would refuse or that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PolicyFault {
    /// The policy's label.
    pub policy: String,
    /// The statement's place, from 0; none where the whole document is meant.
    pub statement: Option<usize>,
    /// What is wrong with it.
    pub message: String,
}

/// A request to be decided.
#[derive(Clone, Copy, Debug)]
pub struct AccessRequest<'a> {
    /// The action, for example `execute-api:Invoke`.
    pub action: &'a str,
    /// The resource's ARN; what is no ARN is compared as a plain string.
    pub resource: &'a str,
    /// The condition keys of the request.
    pub context: &'a Context,
}

/// The policies of one principal, compiled.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    faults: Vec<PolicyFault>,
    /// What stands in every explanation: a document could not be read at all.
    caveat: Option<String>,
}

/// One compiled document.
#[derive(Clone, Debug)]
struct Policy {
    label: String,
    denies: Vec<Statement>,
    allows: Vec<Statement>,
}

/// What came out, by reference, so that it costs nothing.
enum Outcome<'a> {
    Denied(&'a Policy, &'a Statement, &'a str),
    Allowed(&'a Policy, &'a Statement, &'a str),
    NotAllowed,
    Bounded(&'a Policy),
}

impl PolicySet {
    /// Compiles a principal's identity policies and, where it has one, its permissions boundary.
    pub fn compile(identity: &[PolicyText<'_>], boundary: Option<PolicyText<'_>>) -> Self {
        let mut set = Self::default();
        for text in identity {
            let policy = set.policy(*text);
            set.identity.push(policy);
        }
        set.boundary = boundary.map(|text| set.policy(text));
        set
    }

    /// Compiles one document and notes what is wrong with it.
    fn policy(&mut self, text: PolicyText<'_>) -> Policy {
        let mut policy = Policy {
            label: text.label.to_owned(),
            denies: Vec::new(),
            allows: Vec::new(),
        };
        let document = match Document::read(text.document) {
            Ok(document) => document,
            Err(message) => {
                self.doubt(&format!("policy {}: {message}", text.label));
                self.faults.push(PolicyFault {
                    policy: text.label.to_owned(),
                    statement: None,
                    message,
                });
                return policy;
            }
        };
        for (index, value) in document.statements.iter().enumerate() {
            let mut faults = Vec::new();
            let statement =
                Statement::compile(value, index, &document, Flavor::Identity, &mut faults);
            if !value.is_object() {
                self.doubt(&format!(
                    "statement {} of policy {} is not an object",
                    index + 1,
                    text.label
                ));
            }
            self.faults
                .extend(faults.into_iter().map(|message| PolicyFault {
                    policy: text.label.to_owned(),
                    statement: Some(index),
                    message,
                }));
            match statement {
                Some(statement) if statement.effect == Effect::Deny => {
                    policy.denies.push(statement);
                }
                Some(statement) => policy.allows.push(statement),
                None => {}
            }
        }
        policy
    }

    /// Something that may hold a deny could not be read.
    fn doubt(&mut self, what: &str) {
        let text = format!(
            "{what}: AWS would refuse it; it counts as empty here, and may have been meant to deny"
        );
        self.caveat = Some(match self.caveat.take() {
            Some(before) => format!("{before}; {text}"),
            None => text,
        });
    }

    /// What of the policies cannot be used.
    pub fn faults(&self) -> &[PolicyFault] {
        &self.faults
    }

    /// Decides, and says which statement did.
    pub fn evaluate(&self, request: &AccessRequest<'_>) -> Decision {
        let statement = |policy: &Policy, statement: &Statement, pattern: &str| Basis::Statement {
            policy: policy.label.clone(),
            index: statement.index,
            sid: statement.sid.clone(),
            pattern: pattern.to_owned(),
            text: statement.text.clone(),
        };
        match self.outcome(request) {
            Outcome::Denied(policy, by, pattern) => {
                let caveat = by.fault.as_ref().map(|fault| {
                    format!(
                        "the statement cannot be used as it is ({fault}) and is taken at its worst"
                    )
                });
                Decision::deny(statement(policy, by, pattern)).with_caveat(caveat)
            }
            Outcome::Allowed(policy, by, pattern) => {
                Decision::allow(statement(policy, by, pattern)).with_caveat(self.caveat.clone())
            }
            Outcome::NotAllowed => {
                Decision::deny(Basis::NoStatement).with_caveat(self.caveat.clone())
            }
            Outcome::Bounded(policy) => Decision::deny(Basis::Boundary {
                policy: policy.label.clone(),
            })
            .with_caveat(self.caveat.clone()),
        }
    }

    /// Decides without explaining; allocates nothing.
    pub fn effect(&self, request: &AccessRequest<'_>) -> Effect {
        match self.outcome(request) {
            Outcome::Allowed(..) => Effect::Allow,
            Outcome::Denied(..) | Outcome::NotAllowed | Outcome::Bounded(_) => Effect::Deny,
        }
    }

    /// An explicit deny anywhere decides; else the identity policies must allow, and so must
    /// the boundary.
    fn outcome(&self, request: &AccessRequest<'_>) -> Outcome<'_> {
        for policy in self.identity.iter().chain(&self.boundary) {
            if let Some((statement, pattern)) = first(&policy.denies, request) {
                return Outcome::Denied(policy, statement, pattern);
            }
        }
        let allowed = self
            .identity
            .iter()
            .find_map(|policy| Some((policy, first(&policy.allows, request)?)));
        let Some((policy, (statement, pattern))) = allowed else {
            return Outcome::NotAllowed;
        };
        match &self.boundary {
            Some(boundary) if first(&boundary.allows, request).is_none() => {
                Outcome::Bounded(boundary)
            }
            _ => Outcome::Allowed(policy, statement, pattern),
        }
    }
}

/// The first statement that applies, and the resource pattern that matched.
fn first<'a>(
    statements: &'a [Statement],
    request: &AccessRequest<'_>,
) -> Option<(&'a Statement, &'a str)> {
    statements
        .iter()
        .find_map(|statement| Some((statement, statement.applies(request)?)))
}
