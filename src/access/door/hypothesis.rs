//! Doors by which a role changes itself: what it would have if it did.

use super::{Door, DoorKind, Lead, Resident, allowed::Allowed, find::Visit, spoken, ways};
use crate::{
    access::{PolicySet, PolicyText},
    domain::{PolicySource, Role},
};

/// What a role writes that gives itself everything.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The doors by which the role, or whom a stronger one lets in, is changed. `others` are the
/// role's other doors: a change that only opens those again leads to nothing new.
pub(super) fn role_doors(visit: &Visit<'_>, others: &[Door]) -> Vec<Door> {
    let own = &visit.resident.role.arn;
    let any = |actions: &[&str], resource: &str| {
        Allowed::any(actions.iter().map(|action| visit.allowed(action, resource)))
    };
    let versions = customer_policies(&visit.resident.role)
        .map(|arn| visit.allowed("iam:CreatePolicyVersion", arn));
    let grants = ways::ROLE_GRANTS
        .iter()
        .map(|action| visit.allowed(action, own));
    let mut doors = Vec::new();
    let mut add = |by: Option<Allowed>, becomes: &Resident, does: &str| {
        if let Some(by) = by
            && let Some(lead) = more(visit, becomes, others)
        {
            let path = format!(
                "{} {does}, and then may do more: {}",
                visit.whoever(),
                lead.in_words()
            );
            doors.push(visit.door(DoorKind::Role, path, vec![lead], by));
        }
    };
    add(
        Allowed::any(grants.chain(versions)),
        &becoming(visit, Some(EVERYTHING), true),
        "writes itself a wider policy",
    );
    if has_denies(&visit.resident.role) {
        add(
            any(&ways::ROLE_LOOSENS, own),
            &without_denies(visit),
            "takes off the policy that denies",
        );
    }
    if visit.resident.policies.has_boundary() {
        add(
            any(&ways::BOUNDARY_LOOSENS, own),
            &becoming(visit, None, false),
            "takes off its permissions boundary",
        );
    }
    doors.extend(trust_door(visit));
    doors
}

/// Letting itself into a stronger role.
fn trust_door(visit: &Visit<'_>) -> Option<Door> {
    let mut leads = Vec::new();
    let mut ways = Vec::new();
    for other in &visit.house.residents {
        let gains = visit.house.gains(&visit.resident.reach, &other.own);
        if other.role.arn == visit.resident.role.arn || gains.is_empty() {
            continue;
        }
        if let Some(by) = visit.allowed("iam:UpdateAssumeRolePolicy", &other.role.arn) {
            ways.push(Some(by));
            leads.push(Lead {
                to: format!("role:{}", other.role.name),
                gains,
            });
        }
    }
    let by = Allowed::any(ways)?;
    let most = leads.iter().max_by_key(|lead| lead.gains.len())?;
    let name = most.to.trim_start_matches("role:");
    let path = format!(
        "{} writes itself into the trust of {} and assumes it, which may do more: {}",
        visit.whoever(),
        spoken(name),
        most.in_words()
    );
    Some(visit.door(DoorKind::Role, path, leads, by))
}

/// What the role has more once it is so: permissions in MLflow, or doors that it has not yet.
fn more(visit: &Visit<'_>, becomes: &Resident, others: &[Door]) -> Option<Lead> {
    let to = format!("role:{}", visit.resident.role.name);
    let gains = visit.house.gains(&visit.resident.reach, &becomes.reach);
    if !gains.is_empty() {
        return Some(Lead { to, gains });
    }
    let new = Visit::of(visit.house, becomes)
        .without_the_role()
        .into_iter()
        .find(|door| {
            !others
                .iter()
                .any(|known| known.kind == door.kind && known.is_certain())
        })?;
    let gains = new.leads_to.into_iter().flat_map(|lead| lead.gains);
    let mut gains: Vec<String> = gains.collect();
    gains.sort();
    gains.dedup();
    Some(Lead { to, gains })
}

/// The role with another document in place of its own, within its boundary or without.
fn becoming(visit: &Visit<'_>, document: Option<&str>, bounded: bool) -> Resident {
    let role = &visit.resident.role;
    let is_boundary = |source: &PolicySource| matches!(source, PolicySource::Boundary(_));
    let mut identity: Vec<PolicyText<'_>> = Vec::new();
    let mut boundary = None;
    for policy in &role.policies {
        let text = PolicyText {
            label: policy.source.label(),
            document: &policy.document,
        };
        if is_boundary(&policy.source) {
            boundary = bounded.then_some(text);
        } else if document.is_none() {
            identity.push(text);
        }
    }
    identity.extend(document.map(|document| PolicyText {
        label: "what it writes",
        document,
    }));
    let policies = PolicySet::compile(&identity, boundary);
    visit.house.with_policies(visit.resident, policies)
}

/// The role without the inline and managed policies that deny anything.
fn without_denies(visit: &Visit<'_>) -> Resident {
    let mut role = visit.resident.role.clone();
    role.policies.retain(|policy| {
        matches!(policy.source, PolicySource::Boundary(_)) || !denies(&policy.document)
    });
    visit.house.with_documents(visit.resident, role)
}

fn has_denies(role: &Role) -> bool {
    role.policies.iter().any(|policy| {
        !matches!(policy.source, PolicySource::Boundary(_)) && denies(&policy.document)
    })
}

fn denies(document: &str) -> bool {
    let statements = crate::access::role_policy::statements(document).unwrap_or_default();
    statements
        .iter()
        .any(|statement| statement["Effect"] == "Deny")
}

/// The ARNs of the attached managed policies that are the account's own.
fn customer_policies(role: &Role) -> impl Iterator<Item = &str> {
    role.policies
        .iter()
        .filter_map(|policy| match &policy.source {
            PolicySource::Managed(arn) if !arn.contains(":iam::aws:") => Some(arn.as_str()),
            _ => None,
        })
}
