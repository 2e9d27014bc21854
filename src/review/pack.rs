//! What a review pack holds: plain data, from which every format is written.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    decision::Decision,
    digest::{self, Checked, Digests},
};
use crate::{
    access::{Effect, Finding, Method},
    domain::{AuthScheme, Deployment, Failure, Found, Principal},
    plan::Place,
    probe::{Layer, Summary, Verdict},
};

/// The version of the pack's shape.
pub const SCHEMA: u32 = 1;
/// What kind of document it is.
pub const KIND: &str = "access-review";

/// A review of who can do what in one deployment, as of one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Which deployment it is about.
    pub context: Scope,
    /// Who looked, when, with what, and what was asked.
    pub run: Run,
    /// What the words mean, and what they do not.
    pub method: Vec<Term>,
    /// The people, by what they are called.
    pub people: Vec<Reviewed>,
    /// What each access level may do, in the order of the verify.
    pub access: Vec<Level>,
    /// The ways around the matrix.
    pub side_doors: Vec<Finding>,
    /// Everything else that an admin should act on.
    pub findings: Vec<Finding>,
    /// What was not looked at, and why; what the reader should know of the run.
    pub limits: Vec<String>,
    /// What was decided; empty in a pack that is to be decided on.
    pub decisions: Vec<Decision>,
    /// How the review was closed; none where it is open.
    pub closure: Option<Closure>,
}

/// The deployment that a pack is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The context's name in the config file.
    pub name: String,
    /// The AWS account id.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The user pool's id.
    pub user_pool_id: Option<String>,
    /// The app client's id.
    pub client_id: Option<String>,
    /// The REST API's id.
    pub rest_api_id: Option<String>,
    /// The base URL of the protected API.
    pub api_url: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The Studio domain's id.
    pub domain_id: Option<String>,
    /// MLflow's version.
    pub mlflow_version: Option<String>,
}

impl Scope {
    /// The scope of a deployment, by the name that its context has.
    pub fn of(name: &str, deployment: &Deployment) -> Self {
        let text = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
        Self {
            name: name.to_owned(),
            account: text(&deployment.account),
            region: text(&deployment.region),
            user_pool_id: text(&deployment.user_pool_id),
            client_id: text(&deployment.client_id),
            rest_api_id: text(&deployment.rest_api_id),
            api_url: text(&deployment.api_url),
            stage: text(&deployment.stage),
            domain_id: text(&deployment.domain_id),
            mlflow_version: text(&deployment.mlflow_version),
        }
    }

    /// Where the plans that follow from the review are to be run.
    pub fn place(&self) -> Place {
        Place {
            account: self.account.clone(),
            region: self.region.clone(),
            user_pool_id: self.user_pool_id.clone(),
            domain_id: self.domain_id.clone(),
        }
    }

    /// Each item by its name for a reader.
    pub fn items(&self) -> [(&'static str, &str); 10] {
        fn known(item: Option<&String>) -> &str {
            item.map_or("not known", String::as_str)
        }
        [
            ("Context", &self.name),
            ("AWS account", known(self.account.as_ref())),
            ("Region", known(self.region.as_ref())),
            ("User pool", known(self.user_pool_id.as_ref())),
            ("App client", known(self.client_id.as_ref())),
            ("REST API", known(self.rest_api_id.as_ref())),
            ("API URL", known(self.api_url.as_ref())),
            ("Stage", known(self.stage.as_ref())),
            ("Studio domain", known(self.domain_id.as_ref())),
            ("MLflow version", known(self.mlflow_version.as_ref())),
        ]
    }
}

/// How a pack came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The program: `mlwarden`.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// Whose credentials looked; none where AWS did not say.
    pub by: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the last thing was looked at.
    pub finished_at: Timestamp,
    /// Whether requests were sent to the protected API; false where everything is predicted.
    pub live: bool,
    /// Who was tested, as [`Principal`]s.
    pub principals: Vec<Principal>,
    /// The declared matrix.
    pub declared: Declared,
    /// The verify in numbers.
    pub summary: Summary,
}

/// The matrix that a pack compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The file, or what stood in for one.
    pub source: String,
    /// The SHA-256 of the matrix as canonical JSON.
    pub sha256: String,
}

/// A word of the pack, with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The word.
    pub word: String,
    /// What it means.
    pub meaning: String,
}

/// One person: a user with what belongs to it, or a Studio profile that is nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// What no other person has: `user:USERNAME`, else `profile:DOMAIN/NAME`.
    pub id: String,
    /// What the person is called: the address, else the user name, else the profile.
    pub person: String,
    /// Cognito's user name; none where there is a profile only.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Cognito's status word.
    pub status: Option<String>,
    /// Whether the user may sign in.
    pub enabled: Option<bool>,
    /// Who signs the person in, where that is not the pool.
    pub identity_provider: Option<String>,
    /// The groups, sorted.
    pub groups: Vec<String>,
    /// The group whose rights the authorizer gives; none where it knows none of the groups.
    pub acts_as: Option<String>,
    /// The access levels that are the person's, as in [`Level::principal`].
    pub access: Vec<Principal>,
    /// The Studio profile's name.
    pub profile: Option<String>,
    /// The ARN of the profile's execution role.
    pub execution_role: Option<String>,
    /// Apps that run, which cost.
    pub running_apps: usize,
    /// When the user, else the profile, was made.
    pub created_at: Option<Timestamp>,
    /// When the user's record, else the profile, was last changed; not when anybody signed in.
    pub changed_at: Option<Timestamp>,
    /// What a reviewer should look at twice.
    pub marks: Vec<Mark>,
    /// What does not fit together, in words.
    pub notes: Vec<String>,
}

impl Reviewed {
    /// Whether the person may sign in to the pool.
    pub fn may_sign_in(&self) -> bool {
        self.enabled == Some(true) && !self.marks.contains(&Mark::Unconfirmed)
    }
}

/// What a reviewer should look at twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// May do everything.
    Administrator,
    /// In several groups that the authorizer knows, of which it takes one.
    SeveralGroups,
    /// In groups, none of which the authorizer knows.
    UnknownGroups,
    /// In no group.
    NoGroup,
    /// Signed in by another identity provider.
    Federated,
    /// Never confirmed the address.
    Unconfirmed,
    /// Invited, and has never set a password.
    Invited,
    /// May not sign in.
    Disabled,
    /// In Studio has another access level than the group gives.
    OtherRole,
    /// A Studio profile that is nobody's.
    NoUser,
}

impl Mark {
    /// The word in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::SeveralGroups => "several-groups",
            Self::UnknownGroups => "unknown-groups",
            Self::NoGroup => "no-group",
            Self::Federated => "federated",
            Self::Unconfirmed => "unconfirmed",
            Self::Invited => "invited",
            Self::Disabled => "disabled",
            Self::OtherRole => "other-role",
            Self::NoUser => "no-user",
        }
    }
}

/// What one principal may do by one auth scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Who.
    pub principal: Principal,
    /// By which scheme.
    pub scheme: AuthScheme,
    /// How many people have it who may sign in to the pool, and profiles that are nobody's.
    pub people: usize,
    /// What it may do, by permission.
    pub permissions: Vec<Grant>,
}

/// One permission of a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The permission.
    pub permission: String,
    /// What the matrix declares.
    pub declared: Tally,
    /// What the deployed policies compute to.
    pub predicted: Tally,
    /// What live requests got.
    pub observed: Tally,
    /// The worst verdict of its routes: declared against observed.
    pub verdict: Verdict,
    /// The same of declared against predicted.
    pub predicted_verdict: Verdict,
    /// The evidence, a request each.
    pub routes: Vec<Evidence>,
}

/// How the routes of a permission were decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Allowed.
    pub allow: usize,
    /// Denied.
    pub deny: usize,
    /// Neither: not declared, not computable, not tested.
    pub unknown: usize,
}

/// One cell with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The route's method.
    pub method: Method,
    /// The route's path template.
    pub path: String,
    /// What the matrix declares.
    pub declared: Option<Effect>,
    /// What the deployed policies compute to.
    pub predicted: Option<Effect>,
    /// What the prediction rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_by: Option<String>,
    /// What a live request got.
    pub observed: Option<Effect>,
    /// Declared against observed.
    pub verdict: Verdict,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The gateway's error type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// The gateway's request id, by which its own log has the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When the answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What the answer means, one sentence.
    pub reason: String,
}

/// How a review ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The digest of the pack that was decided on.
    pub first: String,
    /// When it was closed.
    pub at: Timestamp,
    /// Who closed it, as that person was named.
    pub by: String,
    /// The ids of the people about whom nothing was decided.
    pub undecided: Vec<String>,
    /// The ids of people whose reviewer was that person.
    pub own_reviewer: Vec<String>,
    /// What was done, by the journal.
    pub carried_out: Option<CarriedOut>,
}

/// A plan that followed from the decisions, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOut {
    /// The plan's id in the journal.
    pub plan: String,
    /// What it does.
    pub title: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Where it stands: `done`, `unfinished`, ….
    pub standing: String,
    /// Its steps.
    pub steps: Vec<MadeStep>,
}

/// A step of such a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeStep {
    /// The call, as `service:Action`.
    pub call: String,
    /// What it does, one sentence.
    pub does: String,
    /// When it was made; none where it was not.
    pub done_at: Option<Timestamp>,
}

/// A pack with its digests: what is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// The pack.
    pub pack: Pack,
    /// Its digests.
    pub digests: Digests,
}

impl Pack {
    /// Seals the pack.
    ///
    /// # Errors
    /// It cannot be written as JSON, which only a fault of this program can cause.
    pub fn seal(self) -> Result<Sealed, Failure> {
        let digests = Digests::of(&self.document()?);
        Ok(Sealed {
            pack: self,
            digests,
        })
    }

    /// The pack as an object without digests.
    fn document(&self) -> Result<Map<String, Value>, Failure> {
        let mut object = Map::new();
        object.insert("schema".to_owned(), json!(SCHEMA));
        object.insert("kind".to_owned(), json!(KIND));
        match serde_json::to_value(self) {
            Ok(Value::Object(sections)) => object.extend(sections),
            Ok(_) => {}
            Err(error) => {
                return Err(Failure::invalid(
                    "writing the review pack",
                    error.to_string(),
                ));
            }
        }
        Ok(object)
    }

    /// Whether anything was observed of a level.
    pub fn is_observed(level: &Level) -> bool {
        level
            .permissions
            .iter()
            .any(|grant| grant.observed.allow + grant.observed.deny > 0)
    }

    /// The people about whom nothing was decided when it was closed.
    pub fn undecided(&self) -> Vec<&Reviewed> {
        let closure = self.closure.as_ref();
        let ids: HashSet<&String> = closure.iter().flat_map(|end| &end.undecided).collect();
        let people = self.people.iter();
        people.filter(|person| ids.contains(&person.id)).collect()
    }

    /// A person by id.
    pub fn person(&self, id: &str) -> Option<&Reviewed> {
        self.people.iter().find(|person| person.id == id)
    }
}

impl Sealed {
    /// The pack as one JSON object, digests last.
    ///
    /// # Errors
    /// As of [`Pack::seal`].
    pub fn to_json(&self) -> Result<Value, Failure> {
        let mut object = self.pack.document()?;
        object.insert(digest::FIELD.to_owned(), json!(self.digests));
        Ok(Value::Object(object))
    }

    /// A pack from its JSON text; `file` is only named in failures. What was changed since it
    /// was written is no pack any more.
    ///
    /// # Errors
    /// `Invalid` where it is none, of a later shape, or altered.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        let value = parse(text, file)?;
        let checked = Checked::of(&value);
        if !checked.is_intact() {
            return Err(
                Failure::invalid(format!("reading {file}"), checked.in_words())
                    .advise("go back to the file as it was written; its digest is in every copy"),
            );
        }
        let pack = serde_json::from_value(value.clone()).map_err(|error| {
            Failure::invalid(format!("reading {file}"), error.to_string())
                .advise("use the mlwarden that wrote it")
        })?;
        let digests = Digests::stated(&value).unwrap_or_default();
        Ok(Self { pack, digests })
    }
}

/// A pack's JSON, altered or not.
///
/// # Errors
/// `Invalid` where it is no JSON, no pack, or a pack of a later shape.
pub fn parse(text: &str, file: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::invalid(format!("reading {file}"), why)
            .advise("give the review.json or review.html that `mlwarden review` wrote")
    };
    let value: Value =
        serde_json::from_str(text).map_err(|error| wrong(format!("it is no JSON: {error}")))?;
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(wrong("it is no review pack".to_owned()));
    }
    match value.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => Ok(value),
        Some(schema) if schema > u64::from(SCHEMA) => Err(Failure::invalid(
            format!("reading {file}"),
            format!("its schema is {schema}, this version reads {SCHEMA} at most"),
        )
        .advise("use the mlwarden that wrote it, or a newer one")),
        _ => Err(wrong("it has no schema".to_owned())),
    }
}
