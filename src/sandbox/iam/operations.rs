//! IAM's operations over awsQuery.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Role, State, simulate};
use crate::sandbox::{
    World,
    call::{Call, Reply},
    wire::Xml,
};

/// The namespace of every answer.
const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
/// The most characters that a role's inline policies may have together.
const INLINE_LIMIT: usize = 10_240;
/// The items of a page where the call names no number.
const PAGE: usize = 100;

/// An error of the service: status, code, message.
pub(super) struct Error(
    pub(super) StatusCode,
    pub(super) &'static str,
    pub(super) String,
);

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let form: BTreeMap<String, String> = call.form().into_iter().collect();
    let mut state = world.iam.lock();
    let result = match call.operation.as_str() {
        "GetRole" => get_role(&state, &form),
        "ListRoles" => Ok(Some(list_roles(&state, &form))),
        "ListRolePolicies" => list_role_policies(&state, &form),
        "GetRolePolicy" => get_role_policy(&state, &form),
        "ListAttachedRolePolicies" => list_attached(&state, &form),
        "GetPolicy" => get_policy(&state, &form),
        "GetPolicyVersion" => get_policy_version(&state, &form),
        "UpdateAssumeRolePolicy" => update_trust(&mut state, &form),
        "PutRolePolicy" => {
            changing(world, &mut state, &form);
            put_role_policy(&mut state, &form)
        }
        "DeleteRolePolicy" => {
            changing(world, &mut state, &form);
            delete_role_policy(&mut state, &form)
        }
        "CreateRole" => create_role(&mut state, &form, world.clock.now()),
        "DeleteRole" => delete_role(&mut state, &form),
        "AttachRolePolicy" => attach(&mut state, &form),
        "DetachRolePolicy" => detach(&mut state, &form),
        "SimulatePrincipalPolicy" => simulate::principal(&state, &form, world.clock.now()),
        "SimulateCustomPolicy" => simulate::custom(&form),
        operation => Err(Error(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            format!("Could not find operation {operation} for version 2010-05-08"),
        )),
    };
    match result {
        Ok(xml) => Reply::xml(NAMESPACE, &call.operation, xml),
        Err(Error(status, code, message)) => Reply::xml_error(NAMESPACE, status, code, &message),
    }
}

/// What the role's inline policies are may decide for a while yet.
fn changing(world: &World, state: &mut State, form: &BTreeMap<String, String>) {
    if let Some(role) = form.get("RoleName") {
        state.changing(role, world.clock.now());
    }
}

type Outcome = Result<Option<Xml>, Error>;
type Form = BTreeMap<String, String>;

pub(super) fn given<'a>(form: &'a Form, name: &str) -> Result<&'a str, Error> {
    form.get(name).map(String::as_str).ok_or_else(|| {
        Error(
            StatusCode::BAD_REQUEST,
            "ValidationError",
            format!("1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"),
        )
    })
}

fn no_such(what: &str) -> Error {
    Error(
        StatusCode::NOT_FOUND,
        "NoSuchEntity",
        format!("The {what} cannot be found."),
    )
}

fn no_such_role(name: &str) -> Error {
    no_such(&format!("role with name {name}"))
}

fn role<'a>(state: &'a State, form: &Form) -> Result<(&'a str, &'a Role), Error> {
    let name = given(form, "RoleName")?;
    state
        .roles
        .get_key_value(name)
        .map(|(name, role)| (name.as_str(), role))
        .ok_or_else(|| no_such_role(name))
}

fn role_mut<'a>(state: &'a mut State, form: &Form) -> Result<&'a mut Role, Error> {
    let name = given(form, "RoleName")?;
    state.generation += 1;
    state.roles.get_mut(name).ok_or_else(|| no_such_role(name))
}

/// Percent-encoded, as IAM returns documents.
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

/// Refuses a document that IAM does not take. Trust policies have a principal in place of
/// resources.
fn well_formed(document: &str, trust: bool) -> Result<(), Error> {
    let malformed = |message: &str| {
        Err(Error(
            StatusCode::BAD_REQUEST,
            "MalformedPolicyDocument",
            message.to_owned(),
        ))
    };
    let Ok(Value::Object(policy)) = serde_json::from_str::<Value>(document) else {
        return malformed("This policy contains invalid Json");
    };
    let version = policy.get("Version").and_then(Value::as_str);
    if policy.contains_key("Version") && !matches!(version, Some("2012-10-17" | "2008-10-17")) {
        return malformed("The policy is not in the valid JSON format.");
    }
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return malformed("Syntax errors in policy."),
    };
    for statement in statements {
        let has = |name: &str| statement.get(name).is_some();
        let effect = statement.get("Effect").and_then(Value::as_str);
        if !matches!(effect, Some("Allow" | "Deny")) {
            return malformed("Syntax errors in policy.");
        }
        if !has("Action") && !has("NotAction") {
            return malformed("Policy statement must contain actions.");
        }
        if trust && !has("Principal") && !has("NotPrincipal") {
            return malformed("Missing required field Principal");
        }
        if !trust && (has("Principal") || has("NotPrincipal")) {
            return malformed("Policy document should not specify a principal.");
        }
        if !trust && !has("Resource") && !has("NotResource") {
            return malformed("Policy statement must contain resources.");
        }
    }
    Ok(())
}

/// Refuses a name that IAM does not take.
fn well_named(field: &str, name: &str, longest: usize) -> Result<(), Error> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !name.is_empty() && name.len() <= longest && name.chars().all(good) {
        return Ok(());
    }
    Err(Error(
        StatusCode::BAD_REQUEST,
        "ValidationError",
        format!(
            "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        ),
    ))
}

fn create_role(state: &mut State, form: &Form, now: Timestamp) -> Outcome {
    let (name, trust) = (
        given(form, "RoleName")?,
        given(form, "AssumeRolePolicyDocument")?,
    );
    well_named("roleName", name, 64)?;
    well_formed(trust, true)?;
    if state.roles.contains_key(name) {
        return Err(Error(
            StatusCode::CONFLICT,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    state.generation += 1;
    let role = Role {
        id: format!("AROA{:016X}", state.generation),
        path: form.get("Path").map_or("/", String::as_str).to_owned(),
        created: now,
        trust: trust.to_owned(),
        inline: BTreeMap::new(),
        attached: Vec::new(),
        boundary: form.get("PermissionsBoundary").cloned(),
    };
    state.roles.insert(name.to_owned(), role);
    get_role(state, form)
}

fn delete_role(state: &mut State, form: &Form) -> Outcome {
    let (name, role) = role(state, form)?;
    if !role.inline.is_empty() || !role.attached.is_empty() {
        return Err(Error(
            StatusCode::CONFLICT,
            "DeleteConflict",
            "Cannot delete entity, must remove all policies first.".to_owned(),
        ));
    }
    let name = name.to_owned();
    state.generation += 1;
    state.roles.remove(&name);
    Ok(None)
}

fn attach(state: &mut State, form: &Form) -> Outcome {
    let arn = managed(state, form)?.0.to_owned();
    let role = role_mut(state, form)?;
    if !role.attached.contains(&arn) {
        role.attached.push(arn);
    }
    Ok(None)
}

fn detach(state: &mut State, form: &Form) -> Outcome {
    let arn = given(form, "PolicyArn")?;
    let role = role_mut(state, form)?;
    let before = role.attached.len();
    role.attached.retain(|attached| attached != arn);
    if role.attached.len() == before {
        return Err(no_such(&format!("policy {arn}")));
    }
    Ok(None)
}

fn write_role(xml: &mut Xml, state: &State, name: &str, role: &Role) {
    xml.text("Path", &role.path);
    xml.text("RoleName", name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", &state.role_arn(name));
    xml.text(
        "CreateDate",
        &role.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    );
    xml.text("AssumeRolePolicyDocument", &encoded(&role.trust));
    xml.text("MaxSessionDuration", "3600");
    if let Some(boundary) = &role.boundary {
        xml.node("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy");
            xml.text("PermissionsBoundaryArn", boundary);
        });
    }
}

fn get_role(state: &State, form: &Form) -> Outcome {
    let (name, role) = role(state, form)?;
    let mut xml = Xml::default();
    xml.node("Role", |xml| write_role(xml, state, name, role));
    Ok(Some(xml))
}

/// Writes the page of a list that the form asks for, and where it goes on.
fn page<'a, T: 'a>(
    form: &Form,
    name: &str,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Xml, T),
) -> Xml {
    let start: usize = form
        .get("Marker")
        .and_then(|marker| marker.parse().ok())
        .unwrap_or(0);
    let size = form
        .get("MaxItems")
        .and_then(|size| size.parse().ok())
        .unwrap_or(PAGE);
    let mut items = items.skip(start).peekable();
    let mut xml = Xml::default();
    let mut written = 0;
    xml.node(name, |xml| {
        while written < size {
            let Some(item) = items.next() else { break };
            xml.node("member", |xml| write(xml, item));
            written += 1;
        }
    });
    let more = items.peek().is_some();
    xml.text("IsTruncated", if more { "true" } else { "false" });
    if more {
        xml.text("Marker", &(start + written).to_string());
    }
    xml
}

fn list_roles(state: &State, form: &Form) -> Xml {
    let prefix = form.get("PathPrefix").map_or("/", String::as_str);
    let roles = state
        .roles
        .iter()
        .filter(|(_, role)| role.path.starts_with(prefix));
    page(form, "Roles", roles, |xml, (name, role)| {
        write_role(xml, state, name, role);
    })
}

fn list_role_policies(state: &State, form: &Form) -> Outcome {
    let (_, role) = role(state, form)?;
    let mut xml = Xml::default();
    xml.node("PolicyNames", |xml| {
        for name in role.inline.keys() {
            xml.text("member", name);
        }
    });
    xml.text("IsTruncated", "false");
    Ok(Some(xml))
}

fn get_role_policy(state: &State, form: &Form) -> Outcome {
    let (name, role) = role(state, form)?;
    let policy = given(form, "PolicyName")?;
    let document = role
        .inline
        .get(policy)
        .ok_or_else(|| no_such(&format!("role policy with name {policy}")))?;
    let mut xml = Xml::default();
    xml.text("RoleName", name);
    xml.text("PolicyName", policy);
    xml.text("PolicyDocument", &encoded(document));
    Ok(Some(xml))
}

fn policy_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn list_attached(state: &State, form: &Form) -> Outcome {
    let (_, role) = role(state, form)?;
    Ok(Some(page(
        form,
        "AttachedPolicies",
        role.attached.iter(),
        |xml, arn| {
            xml.text("PolicyName", policy_name(arn));
            xml.text("PolicyArn", arn);
        },
    )))
}

fn managed<'a>(state: &'a State, form: &Form) -> Result<(&'a str, &'a str), Error> {
    let arn = given(form, "PolicyArn")?;
    state
        .managed
        .get_key_value(arn)
        .map(|(arn, document)| (arn.as_str(), document.as_str()))
        .ok_or_else(|| no_such(&format!("policy {arn}")))
}

fn get_policy(state: &State, form: &Form) -> Outcome {
    let (arn, _) = managed(state, form)?;
    let mut xml = Xml::default();
    xml.node("Policy", |xml| {
        xml.text("PolicyName", policy_name(arn));
        xml.text("Arn", arn);
        xml.text("Path", "/");
        xml.text("DefaultVersionId", "v1");
        xml.text("IsAttachable", "true");
    });
    Ok(Some(xml))
}

fn get_policy_version(state: &State, form: &Form) -> Outcome {
    let (_, document) = managed(state, form)?;
    let mut xml = Xml::default();
    xml.node("PolicyVersion", |xml| {
        xml.text("Document", &encoded(document));
        xml.text("VersionId", given(form, "VersionId").unwrap_or("v1"));
        xml.text("IsDefaultVersion", "true");
    });
    Ok(Some(xml))
}

fn update_trust(state: &mut State, form: &Form) -> Outcome {
    let document = given(form, "PolicyDocument")?;
    well_formed(document, true)?;
    document.clone_into(&mut role_mut(state, form)?.trust);
    Ok(None)
}

fn put_role_policy(state: &mut State, form: &Form) -> Outcome {
    let (name, document) = (given(form, "PolicyName")?, given(form, "PolicyDocument")?);
    well_named("policyName", name, 128)?;
    well_formed(document, false)?;
    let role = role_mut(state, form)?;
    // IAM does not count white space.
    let size = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let others: usize = role
        .inline
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(_, other)| size(other))
        .sum();
    if others + size(document) > INLINE_LIMIT {
        return Err(Error(
            StatusCode::CONFLICT,
            "LimitExceeded",
            format!(
                "Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {}",
                given(form, "RoleName")?
            ),
        ));
    }
    role.inline.insert(name.to_owned(), document.to_owned());
    Ok(None)
}

fn delete_role_policy(state: &mut State, form: &Form) -> Outcome {
    let name = given(form, "PolicyName")?;
    role_mut(state, form)?
        .inline
        .remove(name)
        .map(|_| None)
        .ok_or_else(|| no_such(&format!("role policy with name {name}")))
}
