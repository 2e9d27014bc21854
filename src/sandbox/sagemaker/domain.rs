//! The one Studio domain.

use serde_json::{Value, json};

use super::{
    State, arn as any_arn,
    input::{Checked, Rule},
    known_domain,
    list::{Item, Order},
    refusal::Answer,
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
pub(super) fn list(state: &State, input: &Value) -> Answer {
    let mut checked = Checked::new(input);
    let order = Order::read(&mut checked, input, &[])?;
    checked.done()?;
    let item = Item {
        created: state.created,
        modified: state.created,
        name: NAME.to_owned(),
        shown: summary(state),
    };
    Ok(order.page("Domains", std::iter::once(item)))
}

/// `DescribeDomain`.
pub(super) fn describe(state: &State, input: &Value) -> Answer {
    let mut checked = Checked::new(input);
    let id = checked.text("DomainId", Rule::Domain);
    checked.done()?;
    known_domain(id)?;
    let mut value = summary(state);
    value["AuthMode"] = json!("IAM");
    value["DefaultUserSettings"] = json!({"ExecutionRole": state.default_role});
    value["SubnetIds"] = json!(["subnet-0a1b2c3d4e5f60718"]);
    value["VpcId"] = json!("vpc-0a1b2c3d4e5f60718");
    Ok(value)
}

fn summary(state: &State) -> Value {
    json!({
        "DomainArn": arn(),
        "DomainId": DOMAIN_ID,
        "DomainName": NAME,
        "Status": "InService",
        "CreationTime": epoch(state.created),
        "LastModifiedTime": epoch(state.created),
        "Url": format!("https://{DOMAIN_ID}.studio.{REGION}.sagemaker.aws"),
    })
}
