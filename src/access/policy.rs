//! IAM policy evaluation: documents in, decisions out.
//!
//! Written here because the answers of the crates at hand differ from AWS's in the very
//! cases that matter. It must never fail on a document: what cannot be used is reported
//! as a [`PolicyFault`], and a statement that cannot be used never turns a deny into an
//! allow. Resource policies, session policies and service control policies are not known
//! here; who needs them asks AWS.

mod arn;
mod compiler;
mod condition;
mod context;
mod estimate;
pub mod glob;
mod json;
pub(super) mod statement;
mod variable;
mod view;

use std::sync::Arc;

pub use compiler::Compiler;
pub use context::{Context, PartialContext};
pub use estimate::Estimate;
use statement::{Document, Flavor, Statement};
pub use view::ActionView;

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

/// One document under its label.
#[derive(Clone, Debug)]
struct Policy {
    label: String,
    compiled: Arc<Compiled>,
}

impl Policy {
    fn denies(&self) -> &[Statement] {
        &self.compiled.denies
    }

    fn allows(&self) -> &[Statement] {
        &self.compiled.allows
    }
}

/// What a document's text says, whoever carries it.
#[derive(Debug, Default)]
struct Compiled {
    denies: Vec<Statement>,
    allows: Vec<Statement>,
    /// What cannot be used: the statement's place, and what is wrong.
    faults: Vec<(Option<usize>, String)>,
    /// The places of statements that are none, so that nobody knows what they were to do.
    unread: Vec<usize>,
}

impl Compiled {
    /// Compiles one document and notes what is wrong with it.
    fn of(text: &str) -> Self {
        let mut compiled = Self::default();
        let document = match Document::read(text) {
            Ok(document) => document,
            Err(message) => {
                compiled.faults.push((None, message));
                return compiled;
            }
        };
        for (index, value) in document.statements.iter().enumerate() {
            let mut faults = Vec::new();
            let statement =
                Statement::compile(value, index, &document, Flavor::Identity, &mut faults);
            compiled
                .faults
                .extend(faults.into_iter().map(|message| (Some(index), message)));
            match statement {
                Some(statement) if statement.effect == Effect::Deny => {
                    compiled.denies.push(statement);
                }
                Some(statement) => compiled.allows.push(statement),
                None if value.is_object() => {}
                None => compiled.unread.push(index),
            }
        }
        compiled
    }
}

/// What came out, by reference, so that it costs nothing.
#[derive(Clone, Copy)]
enum Outcome<'a> {
    Denied(&'a Policy, &'a Statement, &'a str),
    Allowed(&'a Policy, &'a Statement, &'a str),
    NotAllowed,
    Bounded(&'a Policy),
}

impl Outcome<'_> {
    fn effect(self) -> Effect {
        match self {
            Self::Allowed(..) => Effect::Allow,
            Self::Denied(..) | Self::NotAllowed | Self::Bounded(_) => Effect::Deny,
        }
    }
}

impl PolicySet {
    /// Compiles a principal's identity policies and, where it has one, its permissions boundary.
    pub fn compile(identity: &[PolicyText<'_>], boundary: Option<PolicyText<'_>>) -> Self {
        Compiler::default().compile(identity, boundary)
    }

    /// Takes a document over, with what is wrong with it.
    fn policy(&mut self, label: &str, compiled: Arc<Compiled>) -> Policy {
        for (statement, message) in &compiled.faults {
            if statement.is_none() {
                self.doubt(&format!("policy {label}: {message}"));
            }
            self.faults.push(PolicyFault {
                policy: label.to_owned(),
                statement: *statement,
                message: message.clone(),
            });
        }
        for index in &compiled.unread {
            self.doubt(&format!(
                "statement {} of policy {label} is not an object",
                index + 1
            ));
        }
        Policy {
            label: label.to_owned(),
            compiled,
        }
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

    /// Whether a permissions boundary limits it.
    pub fn has_boundary(&self) -> bool {
        self.boundary.is_some()
    }

    /// Decides, and says which statement did.
    pub fn evaluate(&self, request: &AccessRequest<'_>) -> Decision {
        self.explained(self.outcome(request))
    }

    /// An outcome with what it rests on.
    fn explained(&self, outcome: Outcome<'_>) -> Decision {
        match outcome {
            Outcome::Denied(policy, by, pattern) => {
                let caveat = by.fault.as_ref().map(|fault| {
                    format!(
                        "the statement cannot be used as it is ({fault}) and is taken at its worst"
                    )
                });
                Decision::deny(basis(policy, by, pattern)).with_caveat(caveat)
            }
            Outcome::Allowed(policy, by, pattern) => {
                Decision::allow(basis(policy, by, pattern)).with_caveat(self.caveat.clone())
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
        self.outcome(request).effect()
    }

    /// The statements that speak of one action, for deciding about many resources: what it
    /// decides is what the whole set decides.
    pub fn for_action<'a>(&'a self, action: &'a str) -> ActionView<'a> {
        ActionView::of(self, action)
    }

    /// An explicit deny anywhere decides; else the identity policies must allow, and so must
    /// the boundary.
    fn outcome(&self, request: &AccessRequest<'_>) -> Outcome<'_> {
        for policy in self.identity.iter().chain(&self.boundary) {
            if let Some((statement, pattern)) = first(policy.denies(), request) {
                return Outcome::Denied(policy, statement, pattern);
            }
        }
        let allowed = self
            .identity
            .iter()
            .find_map(|policy| Some((policy, first(policy.allows(), request)?)));
        let Some((policy, (statement, pattern))) = allowed else {
            return Outcome::NotAllowed;
        };
        match &self.boundary {
            Some(boundary) if first(boundary.allows(), request).is_none() => {
                Outcome::Bounded(boundary)
            }
            _ => Outcome::Allowed(policy, statement, pattern),
        }
    }
}

/// The statement that decided, to be shown.
fn basis(policy: &Policy, statement: &Statement, pattern: &str) -> Basis {
    Basis::Statement {
        policy: policy.label.clone(),
        index: statement.index,
        sid: statement.sid.clone(),
        pattern: pattern.to_owned(),
        text: statement.text.clone(),
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
