//! Policy templates, filled in for one role of one deployment.

use serde_json::Value;

use super::{House, Resident};
use crate::access::{Context, trust};

/// Up to how many profiles of a role a policy names; of more it names whichever one is calling.
const NAMED: usize = 20;

/// What stands for the places of a template.
pub(super) struct Places {
    /// Texts within texts: `{region}`.
    words: Vec<(&'static str, Option<String>)>,
    /// Lists in place of whole texts: `{own_profiles}`.
    lists: Vec<(&'static str, Vec<String>)>,
}

impl Places {
    pub fn of(house: &House, resident: &Resident) -> Self {
        let site = &house.site;
        let known = |text: &str| (text != "*").then(|| text.to_owned());
        let profiles = profiles(resident);
        let of_profiles = |service: &str, end: &str| -> Vec<String> {
            let Some(domain) = &site.domain else {
                return Vec::new();
            };
            let arn = |profile: &String| {
                site.arn("sagemaker", &format!("{service}/{domain}/{profile}{end}"))
            };
            profiles.iter().map(arn).collect()
        };
        let pool = site.pool.iter();
        let pool = pool.map(|pool| site.arn("cognito-idp", &format!("userpool/{pool}")));
        Self {
            words: vec![
                ("region", known(&site.api.region)),
                ("account", known(&site.api.account)),
                ("role", Some(resident.role.arn.clone())),
            ],
            lists: vec![
                ("own_profiles", of_profiles("user-profile", "")),
                ("own_apps", of_profiles("app", "/*/*")),
                ("pool", pool.collect()),
                ("assumable", assumable(house, resident)),
                ("read_only_buckets", read_only_buckets(house, resident)),
                ("authorizer", authorizer(house)),
                ("api", api(house)),
            ],
        }
    }

    /// The template as a policy document: statements without a resource are left out, and so are
    /// those whose place is not known.
    pub fn fill(&self, template: &str) -> Option<String> {
        let mut document: Value = serde_json::from_str(template).ok()?;
        let statements = document["Statement"].as_array()?;
        let filled: Vec<Value> = statements
            .iter()
            .filter_map(|statement| self.statement(statement))
            .collect();
        if filled.is_empty() {
            return None;
        }
        document["Statement"] = Value::Array(filled);
        Some(document.to_string())
    }

    fn statement(&self, statement: &Value) -> Option<Value> {
        let mut filled = statement.clone();
        for (_, value) in filled.as_object_mut()? {
            *value = self.value(value)?;
        }
        let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        if empty(&filled["Resource"]) {
            return None;
        }
        // All but nothing is everything.
        if empty(&filled["NotResource"]) {
            let object = filled.as_object_mut()?;
            object.shift_remove("NotResource");
            object.insert("Resource".to_owned(), Value::from("*"));
        }
        let object = filled.as_object_mut()?;
        object.retain(|_, value| !value.is_null());
        Some(filled)
    }

    /// A value with its places filled in; none where one is not known.
    fn value(&self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::String(text) => self.text(text)?,
            Value::Array(items) => {
                let mut all = Vec::new();
                for item in items {
                    match self.value(item)? {
                        Value::Array(several) => all.extend(several),
                        one => all.push(one),
                    }
                }
                Value::Array(all)
            }
            Value::Object(fields) => {
                let mut object = serde_json::Map::new();
                for (name, field) in fields {
                    object.insert(name.clone(), self.value(field)?);
                }
                Value::Object(object)
            }
            other => other.clone(),
        })
    }

    fn text(&self, text: &str) -> Option<Value> {
        let list = self.lists.iter().find(|(name, _)| {
            text.strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
                == Some(name)
        });
        if let Some((_, list)) = list {
            return Some(match list.as_slice() {
                [one] => Value::from(one.as_str()),
                several => Value::from(several.to_vec()),
            });
        }
        let mut filled = text.to_owned();
        for (name, word) in &self.words {
            let place = format!("{{{name}}}");
            if filled.contains(&place) {
                filled = filled.replace(&place, word.as_ref()?);
            }
        }
        Some(Value::from(filled))
    }
}

/// The role's own profiles, by name or, where they are many, as the one that is calling. Studio
/// puts that into its sessions, and AWS's own policies for Studio go by it.
fn profiles(resident: &Resident) -> Vec<String> {
    let profiles = &resident.found.profiles;
    if profiles.len() > NAMED {
        return vec!["${sagemaker:UserProfileName}".to_owned()];
    }
    profiles.clone()
}

/// The other roles whose trust lets a session of this one in.
fn assumable(house: &House, resident: &Resident) -> Vec<String> {
    let account = &house.site.api.account;
    let session = format!(
        "arn:aws:sts::{account}:assumed-role/{}/SageMaker",
        resident.role.name
    );
    house
        .residents
        .iter()
        .filter(|other| other.role.arn != resident.role.arn)
        .filter(|other| {
            trust::may_assume(&other.role.trust, &session, account, &Context::new()).is_allow()
        })
        .map(|other| other.role.arn.clone())
        .collect()
}

/// The artifacts' buckets and what is in them, where the role may not write artifacts.
fn read_only_buckets(house: &House, resident: &Resident) -> Vec<String> {
    if house.artifact_writes_beyond(&resident.reach).is_empty() {
        return Vec::new();
    }
    let arns = |bucket: &String| {
        [
            format!("arn:aws:s3:::{bucket}"),
            format!("arn:aws:s3:::{bucket}/*"),
        ]
    };
    house.buckets.iter().flat_map(arns).collect()
}

/// The authorizer's function and its versions.
fn authorizer(house: &House) -> Vec<String> {
    let function = house.site.authorizer_function.iter();
    function
        .flat_map(|arn| [arn.clone(), format!("{arn}:*")])
        .collect()
}

/// The API and everything of it.
fn api(house: &House) -> Vec<String> {
    let api = &house.site.api;
    if api.id == "*" || api.region == "*" {
        return Vec::new();
    }
    let arn = format!("arn:aws:apigateway:{}::/restapis/{}", api.region, api.id);
    vec![arn.clone(), format!("{arn}/*")]
}
