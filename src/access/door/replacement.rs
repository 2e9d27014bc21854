//! What closes a role's side doors and keeps Studio working: a guard that denies the doors
//! beside whatever the role carries, or least-privilege policies in place of the widest ones.
//!
//! The guard is what is offered first: one small inline policy, put in by one call and taken out
//! by one. The replacement also takes away what nobody has thought of yet, but it is a change of
//! every right that the role has, so it comes second. Both are judged by evaluating the role as
//! it is afterwards; nothing is closed, kept or broken by assertion.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Door, House, Resident, doors, studio_calls, template::Places};
use crate::{
    access::{
        PolicySet,
        policy::glob,
        role_policy::{self, LIMIT, PolicyWrite, same_document},
    },
    domain::{Failure, PolicySource, Role},
};

/// The name of the guard among a role's inline policies.
pub const GUARD: &str = "mlwarden-side-doors";
/// The name of the policy that stands for the managed one.
const STUDIO: &str = "mlwarden-studio";
/// The managed policy that is replaced.
const REPLACED: &str = "AmazonSageMakerFullAccess";
/// The guard, to be filled in.
const GUARD_TEMPLATE: &str = include_str!("../../../assets/least-privilege/guard.json");
/// The replacement, to be filled in: nothing in it is wider than in the policy it stands for.
const STUDIO_TEMPLATE: &str = include_str!("../../../assets/least-privilege/studio.json");
/// What reading a bucket takes; kept of a wildcard that allows writing too.
const READS: [&str; 4] = [
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
];

/// How a role's doors are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// By an inline policy that denies them.
    Guard,
    /// By narrower policies in place of those that open them.
    Replacement,
}

/// Policies that close a role's doors, with what follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// The role's name.
    pub role: String,
    /// How.
    pub remedy: Remedy,
    /// The inline policies to be written; none where it is so already.
    pub writes: Vec<PolicyWrite>,
    /// The ARNs of the managed policies to be detached: without that nothing gets narrower.
    pub detaches: Vec<String>,
    /// The doors that are closed by it.
    pub closes: Vec<Door>,
    /// The doors that stay open, or stay possible.
    pub leaves: Vec<Door>,
    /// The everyday calls that stay allowed.
    pub keeps: Vec<String>,
    /// The everyday calls that are not allowed any more, or not for certain, and the permissions
    /// in MLflow that are lost.
    pub breaks: Vec<String>,
    /// How many characters the role's inline policies have together afterwards, as IAM counts.
    pub size: usize,
}

/// The guard of a role: an inline policy that denies what opens doors.
///
/// # Errors
/// `Invalid` where too little is known of the deployment, or where the role's inline policies
/// would be larger than IAM takes.
pub fn guard(house: &House, resident: &Resident) -> Result<Replacement, Failure> {
    let doing = || format!("making the guard of the role {}", resident.role.name);
    let document = filled(house, resident, GUARD_TEMPLATE, doing)?;
    let writes = vec![write(&resident.role, GUARD, document)];
    judged(house, resident, Remedy::Guard, writes, Vec::new(), doing)
}

/// Least-privilege policies in place of `AmazonSageMakerFullAccess`, and of the inline policies
/// that let a role write artifacts which may only read them.
///
/// # Errors
/// `Invalid` where the role does not carry that policy, where too little is known of the
/// deployment, or where the role's inline policies would be larger than IAM takes.
pub fn replacement(house: &House, resident: &Resident) -> Result<Replacement, Failure> {
    let doing = || format!("replacing the policies of the role {}", resident.role.name);
    let detaches: Vec<String> = resident
        .role
        .policies
        .iter()
        .filter_map(|policy| match &policy.source {
            PolicySource::Managed(arn) if policy.source.label() == REPLACED => Some(arn.clone()),
            _ => None,
        })
        .collect();
    if detaches.is_empty() {
        return Err(
            Failure::invalid(doing(), format!("it does not carry {REPLACED}"))
                .advise("`mlwarden roles guard ROLE` closes the doors of any role"),
        );
    }
    let document = filled(house, resident, STUDIO_TEMPLATE, doing)?;
    let mut writes = vec![write(&resident.role, STUDIO, document)];
    if !house.artifact_writes_beyond(&resident.reach).is_empty() {
        writes.extend(reading_only(&resident.role, &house.buckets));
    }
    judged(
        house,
        resident,
        Remedy::Replacement,
        writes,
        detaches,
        doing,
    )
}

fn filled(
    house: &House,
    resident: &Resident,
    template: &str,
    doing: impl Fn() -> String,
) -> Result<String, Failure> {
    let api = &house.site.api;
    if [&api.account, &api.region].contains(&&"*".to_owned()) {
        return Err(
            Failure::invalid(doing(), "the account or the region is not known")
                .advise("`mlwarden discover` says what is missing"),
        );
    }
    Places::of(house, resident)
        .fill(template)
        .ok_or_else(|| Failure::invalid(doing(), "too little is known of the deployment"))
}

fn write(role: &Role, name: &str, document: String) -> PolicyWrite {
    let before = role_policy::inline(role).find(|(other, _)| *other == name);
    PolicyWrite {
        name: name.to_owned(),
        before: before.map(|(_, document)| document.to_owned()),
        after: Some(document),
    }
}

/// The change with what follows from it.
fn judged(
    house: &House,
    resident: &Resident,
    remedy: Remedy,
    mut writes: Vec<PolicyWrite>,
    detaches: Vec<String>,
    doing: impl Fn() -> String,
) -> Result<Replacement, Failure> {
    writes.retain(|write| match (&write.before, &write.after) {
        (Some(before), Some(after)) => !same_document(before, after),
        (before, after) => before != after,
    });
    let size = role_policy::size(&resident.role, &writes);
    if size > LIMIT {
        return Err(Failure::invalid(
            doing(),
            format!(
                "its inline policies would have {size} characters together, and IAM takes {LIMIT}"
            ),
        )
        .advise("move other inline policies of the role to managed ones"));
    }
    let after = house.with_documents(resident, afterwards(&resident.role, &writes, &detaches));
    let left = doors(house, &after);
    let (leaves, closes) = doors(house, resident).into_iter().partition(|door| {
        left.iter()
            .any(|other| other.kind == door.kind && other.path == door.path)
    });
    let (keeps, mut breaks) = everyday(house, resident, &after);
    let lost = house.gains(&after.own, &resident.own);
    breaks.extend(
        lost.iter()
            .map(|permission| format!("{permission} in MLflow")),
    );
    Ok(Replacement {
        role: resident.role.name.clone(),
        remedy,
        writes,
        detaches,
        closes,
        leaves,
        keeps,
        breaks,
        size,
    })
}

/// The role as it is once this is done.
fn afterwards(role: &Role, writes: &[PolicyWrite], detaches: &[String]) -> Role {
    let mut role = role_policy::written(role, writes);
    role.policies.retain(|policy| match &policy.source {
        PolicySource::Managed(arn) => !detaches.contains(arn),
        _ => true,
    });
    role
}

impl Replacement {
    /// The policies of a role as they are once this is done.
    pub fn applied_to(&self, role: &Role) -> PolicySet {
        crate::access::policy_set(&afterwards(role, &self.writes, &self.detaches))
    }
}

/// The everyday calls that stay as open as they were, and those that do not.
fn everyday(house: &House, before: &Resident, after: &Resident) -> (Vec<String>, Vec<String>) {
    let (mut keeps, mut breaks) = (Vec::new(), Vec::new());
    for call in studio_calls() {
        let (Some(was), Some(is)) = (call.estimate(house, before), call.estimate(house, after))
        else {
            continue;
        };
        if !was.is_possible() {
            continue;
        }
        if is.openness() >= was.openness() {
            keeps.push(call.name);
        } else {
            breaks.push(format!("{} ({})", call.name, call.action));
        }
    }
    (keeps, breaks)
}

/// The inline policies that allow writing to these buckets, as they are without that.
fn reading_only<'a>(
    role: &'a Role,
    buckets: &'a [String],
) -> impl Iterator<Item = PolicyWrite> + 'a {
    role_policy::inline(role).filter_map(|(name, before)| {
        let statements = role_policy::statements(before)?;
        let narrowed: Vec<Value> = statements
            .iter()
            .flat_map(|statement| narrowed(statement, buckets))
            .collect();
        if narrowed == statements {
            return None;
        }
        let after = if narrowed.is_empty() {
            None
        } else {
            Some(role_policy::with_statements(before, narrowed)?)
        };
        Some(PolicyWrite {
            name: name.to_owned(),
            before: Some(before.to_owned()),
            after,
        })
    })
}

/// A statement without writing to these buckets: what it says of others, and what it reads of
/// these.
fn narrowed(statement: &Value, buckets: &[String]) -> Vec<Value> {
    let resources = role_policy::texts(&statement["Resource"]);
    let (ours, others): (Vec<&str>, Vec<&str>) = resources.iter().partition(|resource| {
        let name = resource.strip_prefix("arn:aws:s3:::").unwrap_or_default();
        let bucket = name.split('/').next().unwrap_or_default();
        buckets.iter().any(|known| known == bucket)
    });
    let actions = role_policy::texts(&statement["Action"]);
    let reads = reads_of(&actions);
    let same = reads.len() == actions.len() && reads.iter().eq(actions.iter());
    if statement["Effect"] != "Allow" || ours.is_empty() || actions.is_empty() || same {
        return vec![statement.clone()];
    }
    let mut statements = Vec::new();
    if !others.is_empty() {
        let mut rest = statement.clone();
        rest["Resource"] = json!(others);
        statements.push(rest);
    }
    if !reads.is_empty() {
        let mut read = statement.clone();
        read["Action"] = json!(reads);
        read["Resource"] = json!(ours);
        if !others.is_empty()
            && let Some(object) = read.as_object_mut()
        {
            // A Sid stands once in a document.
            object.shift_remove("Sid");
        }
        statements.push(read);
    }
    statements
}

/// What of these actions reads: none of it is wider than they are.
fn reads_of<'a>(actions: &[&'a str]) -> Vec<&'a str> {
    let mut reads: Vec<&str> = Vec::new();
    for action in actions {
        let lower = action.to_ascii_lowercase();
        let is_read = ["s3:get", "s3:list", "s3:describe"]
            .iter()
            .any(|start| lower.starts_with(start));
        if is_read || !(lower.starts_with("s3:") || lower.contains(['*', '?'])) {
            reads.push(action);
        } else if lower.contains(['*', '?']) {
            let covered = READS
                .iter()
                .filter(|read| glob::matches(&lower, &read.to_ascii_lowercase()));
            reads.extend(covered);
        }
    }
    let mut seen = Vec::new();
    reads.retain(|action| {
        let new = !seen.contains(action);
        seen.push(*action);
        new
    });
    reads
}

#[cfg(test)]
mod tests;
