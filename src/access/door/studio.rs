//! The everyday calls of somebody who works in Studio: what a remedy must not break.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{House, Resident, allowed};
use crate::access::Estimate;

/// The calls, as embedded.
const ASSET: &str = include_str!("../../../assets/studio-calls.toml");

/// One everyday call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudioCall {
    /// What it is for: `start a training job`.
    pub name: String,
    /// The action.
    pub action: String,
    /// The resource, with places to fill in.
    pub resource: String,
    /// The condition keys that it carries.
    #[serde(default)]
    context: BTreeMap<String, String>,
    /// The condition keys that it is known not to carry.
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    call: Vec<StudioCall>,
}

/// Every everyday call.
pub fn studio_calls() -> Vec<StudioCall> {
    // The asset is part of the program, and a test reads it.
    toml::from_str(ASSET).map_or_else(|_| Vec::new(), |asset: Asset| asset.call)
}

impl StudioCall {
    /// What the resident's policies decide of the call; none where its place is not known.
    pub fn estimate(&self, house: &House, resident: &Resident) -> Option<Estimate> {
        let fill = |text: &str| fill(text, house, resident);
        let mut session =
            allowed::session(house, resident).without(self.absent.iter().map(String::as_str));
        for (key, value) in &self.context {
            session = session.with(key, [fill(value)?]);
        }
        let view = resident.policies.for_action(&self.action);
        Some(view.estimate(&fill(&self.resource)?, &session))
    }
}

/// A text with its places filled in; none where one of them is not known.
fn fill(text: &str, house: &House, resident: &Resident) -> Option<String> {
    let site = &house.site;
    let places = [
        ("{region}", Some(&site.api.region)),
        ("{account}", Some(&site.api.account)),
        ("{domain}", site.domain.as_ref()),
        ("{profile}", resident.found.profiles.first()),
        ("{role}", Some(&resident.role.arn)),
        ("{bucket}", house.buckets.first()),
    ];
    let mut filled = text.to_owned();
    for (place, value) in places {
        if filled.contains(place) {
            filled = filled.replace(place, value?);
        }
    }
    Some(filled)
}
