//! Lambda: the authorizer's function with its packages and versions, restJson.
//!
//! The gateway decides by the package in effect (`State::in_effect`): what was handed over
//! last, once its update is over and did not fail.

mod answer;
mod code;
mod refusal;
mod sample;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use code::Behaviour;

use self::code::Code;
use super::{
    World,
    call::{Call, Reply},
    world::{ACCOUNT, REGION, Seed},
};

/// The largest package that is taken without a bucket, in bytes.
const LARGEST: usize = 50 * 1024 * 1024;
/// How long a link to a package is good for.
const LINK: SignedDuration = SignedDuration::from_mins(10);
/// Where links to packages begin.
const SNAPSHOTS: &str = "/awslambda-us-west-2-tasks/snapshots/";

/// What a function is set to beside its package.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The handler.
    pub handler: String,
    /// The runtime.
    pub runtime: String,
    /// Whether it is a container image.
    pub image: bool,
    /// The environment's variables.
    pub environment: BTreeMap<String, String>,
    /// The layers' ARNs.
    pub layers: Vec<String>,
}

/// A change of the package.
#[derive(Clone, Copy, Debug)]
struct Update {
    /// Until when it is under way.
    until: Timestamp,
    /// Whether it fails at its end.
    fails: bool,
}

/// A version that was kept.
#[derive(Clone, Debug)]
struct Version {
    code: Arc<Code>,
    revision: Uuid,
    modified: Timestamp,
}

/// What is known of a package from the last time that it decided.
#[derive(Debug)]
struct Known {
    sha256: String,
    handler: String,
    behaviour: Arc<Behaviour>,
}

/// What the service holds: the authorizer's function.
#[derive(Debug)]
pub struct State {
    /// What the function is set to.
    pub settings: Settings,
    /// How long an update takes from now on.
    pub takes: SignedDuration,
    /// Whether the next update fails at its end.
    pub next_fails: bool,
    latest: Arc<Code>,
    /// What was in effect before the last update.
    before: Arc<Code>,
    update: Update,
    revision: Uuid,
    modified: Timestamp,
    versions: Vec<Version>,
    /// Links that were given out: until when each is good.
    links: HashMap<String, (Arc<Code>, Timestamp)>,
    known: Option<Known>,
}

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        let modified = seed
            .now
            .saturating_sub(SignedDuration::from_hours(24 * 40))
            .unwrap_or(seed.now);
        // The package is part of the program, and no other is ever empty.
        let code = Code::read(sample::package()).unwrap_or_else(Code::none);
        Self {
            settings: Settings {
                handler: "index.handler".to_owned(),
                runtime: "python3.9".to_owned(),
                image: false,
                environment: sample::environment(seed),
                layers: Vec::new(),
            },
            takes: SignedDuration::from_millis(1500),
            next_fails: false,
            before: Arc::clone(&code),
            latest: code,
            update: Update {
                until: modified,
                fails: false,
            },
            revision: Uuid::new_v4(),
            modified,
            versions: Vec::new(),
            links: HashMap::new(),
            known: None,
        }
    }

    /// The function's ARN.
    pub fn arn() -> String {
        format!(
            "arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}",
            sample::NAME
        )
    }

    /// The package that was handed over last.
    pub fn package(&self) -> Bytes {
        self.latest.zip.clone()
    }

    /// Puts a package into effect at once, as somebody else does who deploys; false where it is
    /// no zip archive.
    pub fn deploy(&mut self, zip: impl Into<Bytes>, now: Timestamp) -> bool {
        let Some(code) = Code::read(zip.into()) else {
            return false;
        };
        self.before = Arc::clone(&code);
        self.take(code, now);
        self.update.until = now;
        true
    }

    /// How the package in effect decides.
    pub(crate) fn in_effect(&mut self, now: Timestamp) -> Arc<Behaviour> {
        let code = match self.status(now) {
            "Successful" => &self.latest,
            _ => &self.before,
        };
        let handler = &self.settings.handler;
        if let Some(known) = &self.known
            && known.sha256 == code.sha256
            && known.handler == *handler
        {
            return Arc::clone(&known.behaviour);
        }
        let behaviour = Arc::new(code.behaviour(handler));
        self.known = Some(Known {
            sha256: code.sha256.clone(),
            handler: handler.clone(),
            behaviour: Arc::clone(&behaviour),
        });
        behaviour
    }

    /// How the last update stands, in the service's word.
    fn status(&self, now: Timestamp) -> &'static str {
        if now < self.update.until {
            "InProgress"
        } else if self.update.fails {
            "Failed"
        } else {
            "Successful"
        }
    }

    /// Begins an update.
    fn take(&mut self, code: Arc<Code>, now: Timestamp) {
        if self.status(now) == "Successful" {
            self.before = Arc::clone(&self.latest);
        }
        self.latest = code;
        self.update = Update {
            until: now.saturating_add(self.takes).unwrap_or(Timestamp::MAX),
            fails: std::mem::take(&mut self.next_fails),
        };
        self.revision = Uuid::new_v4();
        self.modified = now;
    }

    /// Keeps what was handed over last as a version; its number.
    fn keep(&mut self, now: Timestamp) -> usize {
        let same = |version: &Version| version.code.sha256 == self.latest.sha256;
        if !self.versions.last().is_some_and(same) {
            self.versions.push(Version {
                code: Arc::clone(&self.latest),
                revision: Uuid::new_v4(),
                modified: now,
            });
            self.revision = Uuid::new_v4();
        }
        self.versions.len()
    }

    /// A version by its number.
    fn version(&self, number: &str) -> Option<(usize, &Version)> {
        let number: usize = number.parse().ok()?;
        let version = self.versions.get(number.checked_sub(1)?)?;
        Some((number, version))
    }
}

/// The operation that a request asks for, and the function that it names.
fn asked(method: &Method, path: &str) -> Option<(&'static str, String)> {
    let rest = path.strip_prefix("/2015-03-31/functions/")?;
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let operation = match (method.as_str(), rest) {
        ("GET", "") => "GetFunction",
        ("GET", "configuration") => "GetFunctionConfiguration",
        ("GET", "versions") => "ListVersionsByFunction",
        ("POST", "versions") => "PublishVersion",
        ("PUT", "code") => "UpdateFunctionCode",
        _ => return None,
    };
    let name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
    Some((operation, name))
}

/// The name of a function that is given by name or ARN, and what follows it: version or alias.
fn named(given: &str) -> (&str, Option<&str>) {
    let rest = given
        .rsplit_once("function:")
        .map_or(given, |(_, rest)| rest);
    match rest.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (rest, None),
    }
}

/// The IAM action of a request and the ARN that it is made on; none where there is no such
/// operation.
pub(crate) fn action(method: &Method, path: &str) -> Option<(String, String)> {
    let (operation, given) = asked(method, path)?;
    let (name, _) = named(&given);
    Some((
        format!("lambda:{operation}"),
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
    ))
}

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let Some((operation, given)) = asked(call.method(), call.path()) else {
        return refusal::refusal(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "Unable to determine service/operation name to be authorized",
        );
    };
    world.arrives(operation);
    let (name, in_name) = named(&given);
    let query = call.query();
    let in_query = query.iter().find(|(name, _)| name == "Qualifier");
    let qualifier = in_name.or(in_query.map(|(_, value)| value.as_str()));
    let qualifier = qualifier.filter(|qualifier| *qualifier != "$LATEST");
    let now = world.clock.now();
    let mut state = world.lambda.lock();
    if name != sample::NAME || qualifier.is_some_and(|number| state.version(number).is_none()) {
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{given}");
        return refusal::not_found(&arn);
    }
    match operation {
        "GetFunctionConfiguration" => Reply::rest(
            StatusCode::OK,
            &answer::configuration(&state, qualifier, now),
        ),
        "GetFunction" => get(&mut state, world, qualifier, now),
        "ListVersionsByFunction" => answer::versions(&state, &query, now),
        "PublishVersion" => publish(&mut state, call, now),
        _ => update(&mut state, call, now),
    }
}

/// The function with a link to its package.
fn get(state: &mut State, world: &World, qualifier: Option<&str>, now: Timestamp) -> Reply {
    let code = match qualifier.and_then(|number| state.version(number)) {
        Some((_, version)) => Arc::clone(&version.code),
        None => Arc::clone(&state.latest),
    };
    let location = if state.settings.image {
        json!({
            "RepositoryType": "ECR",
            "ImageUri": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/authorizer:latest"),
        })
    } else {
        let token = Uuid::new_v4().simple().to_string();
        let until = now.saturating_add(LINK).unwrap_or(Timestamp::MAX);
        state.links.retain(|_, (_, until)| *until > now);
        state.links.insert(token.clone(), (code, until));
        let date = now.strftime("%Y%m%dT%H%M%SZ");
        let day = now.strftime("%Y%m%d");
        let base = world.url.as_str().trim_end_matches('/');
        json!({
            "RepositoryType": "S3",
            "Location": format!(
                "{base}{SNAPSHOTS}{ACCOUNT}/{}-{}?versionId=s4ndb0x&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                 &X-Amz-Date={date}&X-Amz-SignedHeaders=host&X-Amz-Expires=600\
                 &X-Amz-Credential=ASIASANDBOX%2F{day}%2F{REGION}%2Fs3%2Faws4_request\
                 &X-Amz-Signature={token}",
                sample::NAME,
                Uuid::new_v4(),
            ),
        })
    };
    let answer = json!({
        "Configuration": answer::configuration(state, qualifier, now),
        "Code": location,
        "Concurrency": {"ReservedConcurrentExecutions": 100},
    });
    Reply::rest(StatusCode::OK, &answer)
}

/// What a link gives: the package, for as long as the link is good. None where the path is
/// that of no package.
pub(crate) fn download(world: &World, call: &Call) -> Option<Reply> {
    if !call.path().starts_with(SNAPSHOTS) {
        return None;
    }
    let now = world.clock.now();
    let query = call.query();
    let token = query.iter().find(|(name, _)| name == "X-Amz-Signature");
    let state = world.lambda.lock();
    let link = token.and_then(|(_, token)| state.links.get(token));
    Some(match link {
        Some((code, until)) if now < *until => {
            Reply::new(StatusCode::OK, "application/zip", code.zip.clone())
        }
        other => {
            let message = if other.is_some() {
                "Request has expired"
            } else {
                "Access Denied"
            };
            Reply::new(
                StatusCode::FORBIDDEN,
                "application/xml",
                format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>"),
            )
        }
    })
}

/// The request's body as an object; Lambda takes none for an empty one.
fn body(call: &Call) -> Result<Value, Reply> {
    call.json()
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| refusal::invalid("Could not parse request body into json"))
}

/// Refuses a change that was meant for another revision, or that comes while one is under way.
fn check(state: &State, body: &Value, now: Timestamp) -> Result<(), Reply> {
    let revision = body["RevisionId"].as_str();
    if revision.is_some_and(|revision| revision != state.revision.to_string()) {
        return Err(refusal::changed());
    }
    if state.status(now) == "InProgress" {
        return Err(refusal::busy(&State::arn()));
    }
    Ok(())
}

fn publish(state: &mut State, call: &Call, now: Timestamp) -> Reply {
    let body = match body(call).and_then(|body| check(state, &body, now).map(|()| body)) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    if let Some(sha256) = body["CodeSha256"]
        .as_str()
        .filter(|sha256| !sha256.is_empty())
        && sha256 != state.latest.sha256
    {
        return refusal::invalid(&format!(
            "CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({}). Please \
             try again with the CodeSHA256 in $LATEST.",
            state.latest.sha256
        ));
    }
    let number = state.keep(now).to_string();
    Reply::rest(
        StatusCode::CREATED,
        &answer::configuration(state, Some(&number), now),
    )
}

fn update(state: &mut State, call: &Call, now: Timestamp) -> Reply {
    let body = match body(call).and_then(|body| check(state, &body, now).map(|()| body)) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let Some(zip) = body["ZipFile"].as_str() else {
        return refusal::invalid("Please provide a source for function code.");
    };
    let unreadable =
        "Could not unzip uploaded file. Please check your file, then try to upload again.";
    let Ok(zip) = STANDARD.decode(zip) else {
        return refusal::invalid(unreadable);
    };
    if zip.len() > LARGEST {
        return refusal::refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation",
        );
    }
    let Some(code) = Code::read(zip.into()) else {
        return refusal::invalid(unreadable);
    };
    if state.settings.image {
        return refusal::invalid(
            "Please don't provide ZipFile when updating a function with packageType Image.",
        );
    }
    if body["DryRun"].as_bool() != Some(true) {
        state.take(code, now);
        if body["Publish"].as_bool() == Some(true) {
            state.keep(now);
        }
    }
    Reply::rest(StatusCode::OK, &answer::configuration(state, None, now))
}
