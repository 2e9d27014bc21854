//! Devices that a pool remembers of its users.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    input::{self, Input},
    pool::Pool,
    refusal::{Answer, Refusal},
};
use crate::sandbox::{wire::epoch, world::REGION};

/// One device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    /// The key that names it.
    pub(super) key: String,
    name: String,
    last_ip: IpAddr,
    created: Timestamp,
}

impl Device {
    /// A device signed in with now.
    pub(super) fn new(name: &str, last_ip: IpAddr, now: Timestamp) -> Self {
        Self {
            key: format!("{REGION}_{}", Uuid::new_v4()),
            name: name.to_owned(),
            last_ip,
            created: now,
        }
    }

    fn shown(&self) -> Value {
        let attribute = |name: &str, value: &str| json!({"Name": name, "Value": value});
        json!({
            "DeviceKey": self.key,
            "DeviceAttributes": [
                attribute("device_status", "valid"),
                attribute("device_name", &self.name),
                attribute("last_ip_used", &self.last_ip.to_string()),
            ],
            "DeviceCreateDate": epoch(self.created),
            "DeviceLastModifiedDate": epoch(self.created),
            "DeviceLastAuthenticatedDate": epoch(self.created),
        })
    }
}

/// `AdminListDevices`.
pub(super) fn list(pool: &Pool, input: &Input) -> Answer {
    let user = pool.user(input.text("Username")?)?;
    let limit = input.limit("Limit")?;
    let after = input.after("PaginationToken")?;
    tracked(pool)?;
    let mut devices: Vec<&Device> = user.devices.iter().collect();
    devices.sort_by(|one, other| one.key.cmp(&other.key));
    let rest = devices
        .into_iter()
        .skip_while(|device| after.as_ref().is_some_and(|after| device.key <= *after));
    Ok(input::page(
        ("Devices", "PaginationToken"),
        limit,
        rest,
        |device| device.key.clone(),
        |device| device.shown(),
    ))
}

/// `AdminGetDevice`.
pub(super) fn get(pool: &Pool, input: &Input) -> Answer {
    let user = pool.user(input.text("Username")?)?;
    let key = input.text("DeviceKey")?;
    tracked(pool)?;
    user.devices
        .iter()
        .find(|device| device.key == key)
        .map(|device| json!({"Device": device.shown()}))
        .ok_or_else(unknown)
}

/// `AdminForgetDevice`.
pub(super) fn forget(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let name = input.text("Username")?;
    let key = input.text("DeviceKey")?;
    pool.user(name)?;
    tracked(pool)?;
    pool.change(name, now, |user| {
        let before = user.devices.len();
        user.devices.retain(|device| device.key != key);
        if user.devices.len() == before {
            return Err(unknown());
        }
        Ok(json!({}))
    })
}

/// Refuses where the pool does not remember devices.
fn tracked(pool: &Pool) -> Answer<()> {
    if pool.tracks_devices {
        Ok(())
    } else {
        Err(Refusal::new(
            "InvalidUserPoolConfigurationException",
            "Device tracking is not enabled for the user pool.",
        ))
    }
}

fn unknown() -> Refusal {
    Refusal::not_found("Device does not exist.")
}
