//! `mlwarden roles`: execution roles, whom they trust, what they hold, what they are worth in
//! MLflow, and the policy that the matrix declares.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    MISMATCH, OK, UNREACHED,
    args::{Global, Output, RolesCommand},
    carry_out::{self, Proposal},
    doors,
    output::{self, Listing},
    session::Session,
    verify,
};
use crate::{
    access::{
        Api, Catalog, Matrix, MatrixRow, finding, policy_set,
        role_policy::{self, RolePolicyChange},
        trust,
    },
    domain::{ErrorClass, ExecutionRole, Failure, PolicySource, Principal, Role},
    plan::{Place, role_policy::role_policies},
};

/// How often a proof is made again, where IAM may not have caught up with a change.
const PROOFS: u32 = 4;
/// How long there is between two proofs.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs one of them.
pub(super) async fn run(global: &Global, command: RolesCommand) -> Result<u8, Failure> {
    match command {
        RolesCommand::List => Box::pin(list(global)).await,
        RolesCommand::Show { role } => Box::pin(show(global, &role)).await,
        RolesCommand::Policy {
            role,
            level,
            apply,
            no_proof,
        } => Box::pin(policy(global, &role, level.as_deref(), apply, no_proof)).await,
        RolesCommand::Doors { role } => Box::pin(doors::list(global, role.as_deref())).await,
        RolesCommand::Guard {
            role,
            replace,
            apply,
        } => Box::pin(doors::guard(global, &role, replace, apply)).await,
    }
}

/// What roles are held against.
pub(super) struct Yardstick {
    pub matrix: Matrix,
    pub api: Api,
    pub catalog: Catalog,
}

impl Yardstick {
    pub fn of(global: &Global, session: &Session) -> Result<Self, Failure> {
        Ok(Self {
            matrix: session.effective.matrix(global)?,
            api: Api::of(&session.deployment, session.cloud.region()),
            catalog: Catalog::of(&session.deployment),
        })
    }

    /// The row that a role stands in.
    pub fn row(&self, role: &ExecutionRole) -> Option<&MatrixRow> {
        let principal = Principal::Role(role.arn.clone());
        self.matrix.row_of(&principal, std::slice::from_ref(role))
    }

    /// What a role is worth, in words: `reader as declared`.
    fn worth(&self, found: &ExecutionRole, role: &Role) -> String {
        let Some(row) = self.row(found) else {
            return "no row of the matrix".to_owned();
        };
        let policies = policy_set(role);
        match role_policy::differences(&policies, row, &self.api, &self.catalog) {
            0 => format!("{} as declared", row.name),
            1 => format!("{}, 1 route otherwise", row.name),
            routes => format!("{}, {routes} routes otherwise", row.name),
        }
    }
}

/// A role that is given by name or ARN, as one of those found or as it is.
pub(super) fn named(session: &Session, name: &str) -> ExecutionRole {
    let short = name.rsplit('/').next().unwrap_or(name);
    let known = session
        .deployment
        .roles()
        .iter()
        .find(|role| role.arn == name || role.name == short);
    known.cloned().unwrap_or_else(|| ExecutionRole {
        name: short.to_owned(),
        arn: name.to_owned(),
        profiles: Vec::new(),
    })
}

/// The execution roles with what they are worth.
async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = Yardstick::of(global, &session)?;
    let roles = session
        .cloud
        .iam
        .documents(session.deployment.roles())
        .await;
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (found, role) in &roles {
        let (trusts, worth, findings) = match role {
            Ok(role) => (
                trust::in_words(&role.trust),
                yardstick.worth(found, role),
                finding::trust_widened(role).map(|finding| finding.evidence),
            ),
            Err(failure) => ("unknown".to_owned(), failure.to_string(), None),
        };
        let mut value = json!(found);
        value["trusts"] = json!(trusts);
        value["worth"] = json!(worth);
        value["level"] = json!(yardstick.row(found).map(|row| &row.name));
        value["findings"] = json!(findings.clone().unwrap_or_default());
        values.push(value);
        rows.push(vec![
            found.name.clone(),
            found.profiles.join(", "),
            if findings.is_some() {
                format!("! {trusts}")
            } else {
                trusts
            },
            worth,
        ]);
    }
    Listing {
        noun: "roles",
        context: session.context(),
        columns: &["role", "profiles", "trusts", "in MLflow"],
        rows,
        values,
    }
    .print(global.output)
}

/// One role with its trust in words, every policy, and what it may do.
async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = Yardstick::of(global, &session)?;
    let found = named(&session, name);
    let role = session.cloud.iam.role(&found.name).await?;
    let policies = policy_set(&role);
    let mut value = json!(role);
    value["trusts"] = json!(trust::in_words(&role.trust));
    value["profiles"] = json!(found.profiles);
    value["level"] = json!(yardstick.row(&found).map(|row| &row.name));
    value["worth"] = json!(yardstick.worth(&found, &role));
    value["api_statements"] = json!(role_policy::touching(&role, &yardstick.api));
    let inline = role
        .policies
        .iter()
        .filter_map(|policy| match &policy.source {
            PolicySource::Inline(_) => Some(policy.document.as_str()),
            _ => None,
        });
    let size: usize = inline.map(role_policy::size_of).sum();
    value["inline_size"] = json!(format!("{size} of {}", role_policy::LIMIT));
    let mut findings: Vec<String> = Vec::new();
    findings.extend(
        finding::trust_widened(&role)
            .into_iter()
            .flat_map(|finding| finding.evidence),
    );
    let unusable = finding::unusable_policies(&role.name, policies.faults());
    findings.extend(unusable.into_iter().flat_map(|finding| finding.evidence));
    value["findings"] = json!(findings);
    value["side_doors"] = json!(doors::of_one(&session, &yardstick, &found, &role).await);
    let row = yardstick.row(&found);
    let decisions = role_policy::decisions(&policies, &yardstick.api, &yardstick.catalog);
    let routes: Vec<Value> = decisions
        .iter()
        .map(|(route, decision)| {
            json!({
                "method": route.method,
                "path": route.path,
                "permission": route.permission,
                "expected": row.map(|row| row.effect_of(route)),
                "predicted": decision.effect,
                "by": decision.explain(),
            })
        })
        .collect();
    if global.output == Output::Json {
        value["routes"] = json!(routes);
    } else {
        let mut permissions: Vec<&str> = Vec::new();
        let mut otherwise: Vec<String> = Vec::new();
        for (route, decision) in &decisions {
            if decision.is_allow() && !permissions.contains(&route.permission.as_str()) {
                permissions.push(&route.permission);
            }
            if row.is_some_and(|row| row.effect_of(route) != decision.effect) {
                let text = decision.explain();
                otherwise.push(format!("{} {}: {text}", route.method, route.path));
            }
        }
        value["may"] = json!(permissions);
        value["otherwise_than_declared"] = json!(otherwise);
    }
    output::one(session.context(), "role", value, global.output)
}

/// The policy that gives a role what a row of the matrix declares.
async fn policy(
    global: &Global,
    name: &str,
    level: Option<&str>,
    apply: bool,
    no_proof: bool,
) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = Yardstick::of(global, &session)?;
    let found = named(&session, name);
    let row = match level {
        None => yardstick.row(&found).ok_or_else(|| {
            Failure::invalid(
                format!("looking for the access level of {}", found.name),
                "no row of the matrix names this role",
            )
            .advise("name a row by --level, or the role in the matrix")
        })?,
        Some(level) => {
            let rows = &yardstick.matrix.rows;
            rows.iter().find(|row| row.name == level).ok_or_else(|| {
                let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
                Failure::new(
                    ErrorClass::NotFound,
                    format!("looking for the row {level}"),
                    format!("the matrix has: {}", names.join(", ")),
                )
                .advise("name one of these by --level")
            })?
        }
    };
    let role = session.cloud.iam.role(&found.name).await?;
    let change = role_policy::change(&role, row, &yardstick.api, &yardstick.catalog)?;
    if !apply {
        return show_change(global, &session, &change);
    }
    let mut proposal = Proposal {
        plan: Some(role_policies([&change], Place::of(&session.deployment))),
        notes: consequences(&change),
        ..Proposal::default()
    };
    if change.writes.is_empty() {
        proposal.complete.push(change.role.clone());
    }
    if !global.dry_run && !global.yes {
        for write in &change.writes {
            output::note(role_policy::diff(write).trim_end());
        }
    }
    let carried = carry_out::carry(global, &session, proposal).await?;
    if no_proof || carried.made.is_empty() || carried.code != OK {
        return Ok(carried.code);
    }
    // The role is proved against its own row, whatever it was given.
    prove(global, &session, &found).await
}

/// What follows from a change, in words.
pub(super) fn consequences(change: &RolePolicyChange) -> Vec<String> {
    let mut notes = vec![format!(
        "{} is given what the row {} declares; its inline policies have {} of {} characters then",
        change.role,
        change.level,
        change.size,
        role_policy::LIMIT
    )];
    for (word, routes) in [("gains", &change.gains), ("loses", &change.loses)] {
        match routes.as_slice() {
            [] => {}
            [one] => notes.push(format!("{word} {one}")),
            several if several.len() <= 6 => notes.push(format!("{word} {}", several.join(", "))),
            several => notes.push(format!(
                "{word} {} routes: {}, …",
                several.len(),
                several
                    .iter()
                    .take(4)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }
    for one in change.unreached.iter().take(8) {
        notes.push(format!("not reached: {} stays so, {}", one.route, one.why));
    }
    if change.unreached.len() > 8 {
        notes.push(format!(
            "and {} more routes are not reached",
            change.unreached.len() - 8
        ));
    }
    notes
}

/// The generated policy beside what is there.
fn show_change(
    global: &Global,
    session: &Session,
    change: &RolePolicyChange,
) -> Result<u8, Failure> {
    if global.output == Output::Json {
        return output::object(session.context(), "change", json!(change));
    }
    for note in consequences(change) {
        output::note(&format!("· {note}"));
    }
    if change.writes.is_empty() {
        output::note("the role's policy is so already");
        return Ok(OK);
    }
    let diffs: Vec<String> = change.writes.iter().map(role_policy::diff).collect();
    output::print(&diffs.concat())?;
    output::note("nothing was changed; add --apply to write it");
    Ok(OK)
}

/// Proves live what the role may do. IAM's changes take seconds to be seen everywhere, so what
/// is otherwise is asked again before it counts.
pub(super) async fn prove(
    global: &Global,
    session: &Session,
    role: &ExecutionRole,
) -> Result<u8, Failure> {
    output::note(
        "proving what the role may do, by requests that change nothing; for as long as that takes \
         its trust lets you in…",
    );
    let mut left = PROOFS;
    loop {
        left -= 1;
        let principal = Principal::Role(role.arn.clone());
        let proof = verify::prove(global, session, vec![principal]).await?;
        match proof {
            verify::Proof::AsDeclared => return Ok(OK),
            verify::Proof::NotTested => return Ok(UNREACHED),
            verify::Proof::Otherwise { unsettled } if left == 0 || !unsettled => {
                return Ok(MISMATCH);
            }
            verify::Proof::Otherwise { .. } => {
                output::note("IAM has not caught up yet: asking again in some seconds…");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
