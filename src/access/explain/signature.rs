//! What would turn the decision about a role's signature around.

use serde_json::{Value, json};

use super::flip::{Also, Change, Edit, Flip, declaring, narrowest};
use crate::{
    access::{
        Basis, Decision, Effect, INVOKE, Matrix, PolicySet, Route,
        audit::{Decider, House, KnownRole, Means, Subject},
        policy_set, role_policy,
    },
    domain::{PolicySource, Principal, Role, RolePolicy},
};

/// How many statements may stand in the way of one request before nothing is proposed.
const OBSTACLES: usize = 8;

/// The name of the inline policy that a proposal stands in while it is tried.
const TRIED: &str = "the policy proposed";

/// The changes: another role for the profile first, then the matrix, then the documents.
pub(super) fn flips(
    house: &House<'_>,
    matrix: &Matrix,
    subject: &Subject<'_>,
    known: &KnownRole<'_>,
    route: &Route,
    wanted: Effect,
) -> Vec<Flip> {
    let mut flips = taking_another(house, subject, known, route, wanted);
    let (Some(documents), Some(policies)) = (known.documents, &known.policies) else {
        return flips;
    };
    let case = Case {
        house,
        arn: &known.role.arn,
        documents,
        policies,
        route,
        wanted,
        resource: pattern(&house.api.arn(route.method, &route.path)),
    };
    flips.extend(case.by_matrix(matrix, known));
    flips.extend(case.by_hand());
    if wanted == Effect::Deny {
        flips.extend(case.by_deny());
    }
    flips
}

/// Another role for the profile.
fn taking_another(
    house: &House<'_>,
    subject: &Subject<'_>,
    known: &KnownRole<'_>,
    route: &Route,
    wanted: Effect,
) -> Vec<Flip> {
    let Some(profile) = subject.profile else {
        return Vec::new();
    };
    let now = house.decider(Means::Signature(known));
    let others = house
        .roles
        .iter()
        .filter(|other| other.role.arn != known.role.arn);
    let flips = others.filter_map(|other| {
        let then = house.decider(Means::Signature(other));
        let decision = then.decide(route)?;
        (decision.effect == wanted).then(|| {
            let how = Change::TakeRole {
                profile: profile.name.clone(),
                role: other.role.name.clone(),
            };
            Flip::new(how, decision, Also::between(house, route, &now, &then))
        })
    });
    narrowest(flips.collect())
}

/// An ARN whose parameters may be anything: `…/artifacts/*` for `…/artifacts/<artifact_path>`.
fn pattern(arn: &str) -> String {
    let mut parts = arn.split('<');
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        pattern.push('*');
        pattern.push_str(part.split_once('>').map_or("", |(_, rest)| rest));
    }
    pattern
}

struct Case<'c, 'a> {
    house: &'c House<'a>,
    arn: &'c str,
    documents: &'c Role,
    policies: &'c PolicySet,
    route: &'c Route,
    wanted: Effect,
    resource: String,
}

impl Case<'_, '_> {
    fn decider<'d>(&'d self, policies: &'d PolicySet) -> Decider<'d> {
        Decider::by_policies(self.house, self.arn, policies)
    }

    /// The flip to these documents, if it is one.
    fn with_documents(&self, how: Change, documents: &Role) -> Option<Flip> {
        let policies = policy_set(documents);
        let then = self.decider(&policies);
        let decision = then.decide(self.route)?;
        (decision.effect == self.wanted).then(|| {
            let now = self.decider(self.policies);
            Flip::new(
                how,
                decision,
                Also::between(self.house, self.route, &now, &then),
            )
        })
    }

    /// The policy that the role's row declares, as the row is or with another entry.
    fn by_matrix(&self, matrix: &Matrix, known: &KnownRole<'_>) -> Option<Flip> {
        let principal = Principal::Role(known.role.name.clone());
        let roles = std::slice::from_ref(known.role);
        let row = matrix.row_of(&principal, roles)?;
        let role = known.role.name.clone();
        let apply = Change::Apply { role: role.clone() };
        if row.effect_of(self.route) == self.wanted {
            return self.with_documents(apply, &self.given(row)?);
        }
        let (changed, entry) = declaring(matrix, &row.name, self.route, self.wanted)?;
        let how = Change::DeclareAndApply {
            row: row.name.clone(),
            entry,
            effect: self.wanted,
            role,
        };
        let row = changed.row_of(&principal, roles)?;
        self.with_documents(how, &self.given(row)?)
    }

    /// The role with what a row declares.
    fn given(&self, row: &crate::access::MatrixRow) -> Option<Role> {
        let (api, catalog) = (self.house.api, self.house.catalog);
        let change = role_policy::change(self.documents, row, api, catalog).ok()?;
        Some(role_policy::written(self.documents, &change.writes))
    }

    /// What stands in the way is changed, one obstacle after the other.
    fn by_hand(&self) -> Option<Flip> {
        let mut documents = self.documents.clone();
        let mut edits = Vec::new();
        for _ in 0..OBSTACLES {
            let decision = self.decider(&policy_set(&documents)).decide(self.route)?;
            if decision.effect == self.wanted {
                break;
            }
            let edit = self.edit(&decision)?;
            documents = edited(&documents, &edit, &decision)?;
            edits.push(edit);
        }
        self.edited(edits, &documents)
    }

    fn by_deny(&self) -> Option<Flip> {
        let edit = Edit::Deny {
            resource: self.resource.clone(),
        };
        let documents = with_statement(self.documents, "Deny", &self.resource);
        self.edited(vec![edit], &documents)
    }

    fn edited(&self, edits: Vec<Edit>, documents: &Role) -> Option<Flip> {
        let how = Change::EditRole {
            role: self.documents.name.clone(),
            edits,
        };
        self.with_documents(how, documents)
    }

    /// What takes away what a decision rests on.
    fn edit(&self, decision: &Decision) -> Option<Edit> {
        match &decision.basis {
            Basis::Statement { policy, index, .. } => Some(Edit::Remove {
                policy: policy.clone(),
                statement: index + 1,
            }),
            Basis::NoStatement => Some(Edit::Allow {
                resource: self.resource.clone(),
            }),
            Basis::Boundary { policy } => Some(Edit::Bound {
                policy: policy.clone(),
                resource: self.resource.clone(),
            }),
            _ => None,
        }
    }
}

/// The documents after an edit.
fn edited(role: &Role, edit: &Edit, decision: &Decision) -> Option<Role> {
    match edit {
        Edit::Allow { resource } => Some(with_statement(role, "Allow", resource)),
        Edit::Deny { resource } => Some(with_statement(role, "Deny", resource)),
        Edit::Bound { resource, .. } => {
            let mut role = role.clone();
            let bounds =
                |policy: &&mut RolePolicy| matches!(policy.source, PolicySource::Boundary(_));
            let boundary = role.policies.iter_mut().find(bounds)?;
            change(&mut boundary.document, |statements| {
                statements.push(statement("Allow", resource));
                Some(())
            })?;
            Some(role)
        }
        Edit::Remove { policy, statement } => {
            let Basis::Statement { text, .. } = &decision.basis else {
                return None;
            };
            let mut role = role.clone();
            // Two policies may have one name: the statement itself tells them apart.
            role.policies
                .iter_mut()
                .filter(|one| one.source.label() == policy)
                .find_map(|one| {
                    change(&mut one.document, |statements| {
                        let at = statement.checked_sub(1)?;
                        let there = statements.get(at)?.to_string();
                        let same = there == *text;
                        same.then(|| drop(statements.remove(at)))
                    })
                })?;
            Some(role)
        }
    }
}

/// Changes the statements of a document; nothing where it cannot be read or changed.
fn change(document: &mut String, change: impl FnOnce(&mut Vec<Value>) -> Option<()>) -> Option<()> {
    let mut value: Value = serde_json::from_str(document).ok()?;
    let statements = value.get_mut("Statement")?;
    if !statements.is_array() {
        *statements = json!([statements.take()]);
    }
    change(statements.as_array_mut()?)?;
    *document = value.to_string();
    Some(())
}

fn with_statement(role: &Role, effect: &str, resource: &str) -> Role {
    let mut role = role.clone();
    let document = json!({"Version": "2012-10-17", "Statement": [statement(effect, resource)]});
    role.policies.push(RolePolicy {
        source: PolicySource::Inline(TRIED.to_owned()),
        document: document.to_string(),
    });
    role
}

fn statement(effect: &str, resource: &str) -> Value {
    json!({"Effect": effect, "Action": INVOKE, "Resource": resource})
}
