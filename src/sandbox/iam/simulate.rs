//! IAM's policy simulator, on the program's own evaluator.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;

use super::{
    Labelled, State, compile,
    operations::{Error, given},
};
use crate::{
    access::{AccessRequest, Basis, Context, Effect},
    sandbox::wire::Xml,
};

type Form = BTreeMap<String, String>;

/// `SimulatePrincipalPolicy`
pub(super) fn principal(state: &State, form: &Form, now: Timestamp) -> Result<Option<Xml>, Error> {
    let arn = given(form, "PolicySourceArn")?;
    let role = state.role_by_arn(arn).ok_or_else(|| {
        Error(
            StatusCode::NOT_FOUND,
            "NoSuchEntity",
            format!("The role with name {arn} cannot be found."),
        )
    })?;
    let (identity, boundary) = state.role_policies(role, now);
    Ok(Some(results(form, &identity, boundary.as_ref())?))
}

/// `SimulateCustomPolicy`
pub(super) fn custom(form: &Form) -> Result<Option<Xml>, Error> {
    let identity: Vec<Labelled> = members(form, "PolicyInputList")
        .into_iter()
        .enumerate()
        .map(|(index, document)| (format!("PolicyInputList.{}", index + 1), document))
        .collect();
    Ok(Some(results(form, &identity, None)?))
}

fn results(form: &Form, identity: &[Labelled], boundary: Option<&Labelled>) -> Result<Xml, Error> {
    let set = compile(identity, boundary);
    let context = context(form);
    let actions = members(form, "ActionNames");
    if actions.is_empty() {
        given(form, "ActionNames.member.1")?;
    }
    let mut resources = members(form, "ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let mut xml = Xml::default();
    xml.node("EvaluationResults", |xml| {
        for action in &actions {
            for resource in &resources {
                let decision = set.evaluate(&AccessRequest {
                    action,
                    resource,
                    context: &context,
                });
                let word = match (decision.effect, &decision.basis) {
                    (Effect::Allow, _) => "allowed",
                    (Effect::Deny, Basis::Statement { .. }) => "explicitDeny",
                    (Effect::Deny, _) => "implicitDeny",
                };
                xml.node("member", |xml| {
                    xml.text("EvalActionName", action);
                    xml.text("EvalResourceName", resource);
                    xml.text("EvalDecision", word);
                    xml.node("MatchedStatements", |xml| {
                        if let Basis::Statement { policy, .. } = &decision.basis {
                            xml.node("member", |xml| {
                                xml.text("SourcePolicyId", policy);
                                xml.text("SourcePolicyType", "IAM Policy");
                            });
                        }
                    });
                    xml.node("MissingContextValues", |_| {});
                });
            }
        }
    });
    xml.text("IsTruncated", "false");
    Ok(xml)
}

/// The values of `NAME.member.1`, `NAME.member.2`, ….
fn members(form: &Form, name: &str) -> Vec<String> {
    (1..)
        .map_while(|index| form.get(&format!("{name}.member.{index}")).cloned())
        .collect()
}

fn context(form: &Form) -> Context {
    let mut context = Context::new();
    for index in 1.. {
        let entry = format!("ContextEntries.member.{index}");
        let Some(key) = form.get(&format!("{entry}.ContextKeyName")) else {
            break;
        };
        context.set(key, members(form, &format!("{entry}.ContextKeyValues")));
    }
    context
}
