//! The protected API: API Gateway in front of MLflow, at `/prod/…`.
//!
//! A path selects a method of the resource tree; the method's authorization decides; only
//! then does the integration see the request. What the authorizer decides by is data in
//! [`State`], so that a test can deploy a changed authorizer.

mod answer;
mod authorizer;
mod iam;
mod integration;
pub mod resource;
mod token;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use http::header;

pub(crate) use authorizer::{Outcome, invoke};

use self::resource::Authorization;
use super::{
    World,
    call::{Call, Reply},
    world::{API_ID, CLIENT_ID, STAGE, Seed},
};
use crate::access::{
    authorizer::{Contract, method_arn},
    decision::{Basis, Decision},
    policy::{AccessRequest, Context, PolicySet, PolicyText},
    route::Method,
};

/// How many compiled policies are remembered; then it starts over.
const REMEMBERED: usize = 256;

/// The protected API's own state.
pub struct State {
    /// What the deployed authorizer decides by.
    pub contract: Contract,
    /// The app client whose ID tokens the authorizer takes.
    pub audience: String,
    /// The authorizer's reserved concurrency: how many of it run at once.
    pub concurrency: usize,
    /// How long one run of the authorizer takes.
    pub authorizer_takes: Duration,
    /// How long the gateway waits for MLflow; 29 seconds at AWS.
    pub integration_timeout: Duration,
    running: Arc<AtomicUsize>,
    verified: token::Verified,
    compiled: HashMap<String, Arc<PolicySet>>,
    upstream: integration::Upstream,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the remembered tokens nor the client have anything to show.
        f.debug_struct("State")
            .field("contract", &self.contract)
            .field("audience", &self.audience)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

impl State {
    /// As the sample deploys it.
    pub fn sample(_seed: &Seed) -> Self {
        Self {
            contract: Contract::sample(),
            audience: CLIENT_ID.to_owned(),
            concurrency: 100,
            authorizer_takes: Duration::ZERO,
            integration_timeout: Duration::from_secs(29),
            running: Arc::default(),
            verified: token::Verified::default(),
            compiled: HashMap::new(),
            upstream: integration::client(),
        }
    }

    /// The policies compiled, remembered by `key`, which must name their whole text.
    fn compiled(&mut self, key: &str, compile: impl FnOnce() -> PolicySet) -> Arc<PolicySet> {
        if let Some(known) = self.compiled.get(key) {
            return Arc::clone(known);
        }
        if self.compiled.len() >= REMEMBERED {
            self.compiled.clear();
        }
        let made = Arc::new(compile());
        self.compiled.insert(key.to_owned(), Arc::clone(&made));
        made
    }
}

/// Answers one call.
pub(crate) async fn handle(world: &Arc<World>, call: Call) -> Reply {
    answer::with_ids(answer_call(world, &call).await)
}

async fn answer_call(world: &World, call: &Call) -> Reply {
    let Some(path) = inside_stage(call.path()) else {
        return answer::forbidden();
    };
    let Ok(method) = call.method().as_str().parse::<Method>() else {
        return answer::missing_token();
    };
    let resources = Arc::clone(&world.apigateway.lock().resources);
    let Some(any) = resource::select(&resources, path) else {
        return answer::missing_token();
    };
    let arn = method_arn(&world.region, &world.account, API_ID, STAGE, method, path);
    let refused = match any.authorization {
        Authorization::Custom => custom(world, call, &arn).await,
        Authorization::Iam => iam::authorize(world, call, &arn),
    };
    match refused {
        Err(refusal) => refusal,
        Ok(()) => integration::answer(world, any.target, call, path).await,
    }
}

/// The path below the stage, `/` at least; none where the first part is another stage.
fn inside_stage(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?.strip_prefix(STAGE)?;
    match rest {
        "" => Some("/"),
        _ => rest.starts_with('/').then_some(rest),
    }
}

/// Authorization by the Lambda: its answer, or its policy's, as a refusal or none.
async fn custom(world: &World, call: &Call, arn: &str) -> Result<(), Reply> {
    let given = call
        .headers()
        .get(header::AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    // The identity source is missing: the Lambda is not even asked.
    let Some(given) = given.filter(|value| !value.is_empty()) else {
        return Err(answer::unauthorized());
    };
    let document = match invoke(world, &given).await.outcome {
        Outcome::Policy { document, .. } => document.to_string(),
        Outcome::Unauthorized => return Err(answer::unauthorized()),
        Outcome::Crash => return Err(answer::authorizer_crash()),
        Outcome::Throttled => return Err(answer::throttled()),
    };
    let policy = world.gateway.lock().compiled(&document, || {
        let text = PolicyText {
            label: "authorizer",
            document: &document,
        };
        PolicySet::compile(&[text], None)
    });
    let decision = decide(&policy, arn, &Context::new());
    if decision.is_allow() {
        return Ok(());
    }
    let mut message = "User is not authorized to access this resource".to_owned();
    if is_explicit(&decision) {
        message.push_str(" with an explicit deny");
    }
    Err(answer::denied(&message))
}

fn decide(policy: &PolicySet, arn: &str, context: &Context) -> Decision {
    policy.evaluate(&AccessRequest {
        action: "execute-api:Invoke",
        resource: arn,
        context,
    })
}

/// Whether a deny comes from a statement that says so.
fn is_explicit(decision: &Decision) -> bool {
    !decision.is_allow() && matches!(decision.basis, Basis::Statement { .. })
}
