//! The one Studio domain.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    State, arn as any_arn,
    input::{Checked, Rule},
    known_domain,
    life::Life,
    list::{Item, Order},
    refusal::{Answer, Refusal},
};
use crate::sandbox::{
    wire::epoch,
    world::{DOMAIN_ID, REGION},
};

/// The name.
const NAME: &str = "mlflow-domain";

/// The ARN.
pub(super) fn arn() -> String {
    any_arn("domain", &[DOMAIN_ID])
}

/// `ListDomains`.
pub(super) fn list(state: &State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let order = Order::read(&mut checked, input, &[])?;
    checked.done()?;
    let item = Item {
        created: state.created,
        modified: state.created,
        name: NAME.to_owned(),
        shown: Box::new(|| summary(state, now)),
    };
    let there = (!state.life.is_gone(now)).then_some(item);
    Ok(order.page("Domains", there.into_iter()))
}

/// `DescribeDomain`.
pub(super) fn describe(state: &State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let id = checked.text("DomainId", Rule::Domain);
    checked.done()?;
    known_domain(id)?;
    if state.life.is_gone(now) {
        return Err(Refusal::not_found("Domain"));
    }
    let mut value = summary(state, now);
    value["AuthMode"] = json!("IAM");
    value["DefaultUserSettings"] = json!({"ExecutionRole": state.default_role});
    value["SubnetIds"] = json!(["subnet-0a1b2c3d4e5f60718"]);
    value["VpcId"] = json!("vpc-0a1b2c3d4e5f60718");
    Ok(value)
}

/// `DeleteDomain`: only an empty one goes.
pub(super) fn delete(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let id = checked.text("DomainId", Rule::Domain);
    checked.done()?;
    known_domain(id)?;
    in_service(state, now)?;
    let apps = state
        .apps
        .iter()
        .filter(|app| app.is_in_the_way(now))
        .count();
    for (count, what) in [
        (apps, "Apps"),
        (state.spaces.len(), "Spaces"),
        (state.profiles.len(), "UserProfiles"),
    ] {
        if count > 0 {
            return Err(Refusal::in_use(format!(
                "Unable to delete Domain [{}] because it has {count} {what} associated.",
                arn()
            )));
        }
    }
    state.life = Life::ended(now, state.pace);
    Ok(json!({}))
}

/// `UpdateDomain`: the default execution role.
pub(super) fn update(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let id = checked.text("DomainId", Rule::Domain);
    let role = checked.optional("DefaultUserSettings.ExecutionRole", Rule::Role);
    checked.done()?;
    known_domain(id)?;
    in_service(state, now)?;
    if let Some(role) = role {
        role.clone_into(&mut state.default_role);
    }
    state.life = Life::changed(now, state.pace);
    Ok(json!({"DomainArn": arn()}))
}

/// Refuses to change what is in a domain that is on its way out, or gone.
pub(super) fn in_service(state: &State, now: Timestamp) -> Answer<()> {
    match state.life.status(now) {
        "InService" | "Updating" => Ok(()),
        "Deleted" => Err(Refusal::not_found("Domain")),
        status => Err(Refusal::in_use(format!(
            "Domain [{}] is in {status} state.",
            arn()
        ))),
    }
}

fn summary(state: &State, now: Timestamp) -> Value {
    json!({
        "DomainArn": arn(),
        "DomainId": DOMAIN_ID,
        "DomainName": NAME,
        "Status": state.life.status(now),
        "CreationTime": epoch(state.created),
        "LastModifiedTime": epoch(state.created),
        "Url": format!("https://{DOMAIN_ID}.studio.{REGION}.sagemaker.aws"),
    })
}
