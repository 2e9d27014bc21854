//! The Lambda authorizer: a bearer token in, a policy or a failure out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use super::token::{self, Problem};
use crate::{
    access::Contract,
    sandbox::{World, lambda::Behaviour},
};

/// The prefix the sample's Lambda strips, if it is there.
const BEARER: &str = "Bearer ";

/// What the Lambda made of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It returned a policy.
    Policy {
        /// The principal, from `cognito:username`.
        principal: String,
        /// The policy document.
        document: Value,
    },
    /// It raised `Unauthorized`.
    Unauthorized,
    /// It raised something else.
    Crash,
    /// It was not run: too many run at once.
    Throttled,
}

/// One run of the Lambda.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// What it printed; never the token.
    pub(crate) printed: Vec<String>,
}

/// Counts one run for as long as it lasts.
struct Running(Arc<AtomicUsize>);

impl Running {
    /// Starts a run unless `most` run already.
    fn start(count: Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let before = count.fetch_add(1, Ordering::AcqRel);
        let running = Self(count);
        (before < most).then_some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs the Lambda on the value of the `Authorization` header.
pub(crate) async fn invoke(world: &World, authorization: &str) -> Invocation {
    let (count, most, takes) = {
        let state = world.gateway.lock();
        (
            Arc::clone(&state.running),
            state.concurrency,
            state.authorizer_takes,
        )
    };
    let Some(_running) = Running::start(count, most) else {
        return Invocation {
            outcome: Outcome::Throttled,
            printed: Vec::new(),
        };
    };
    if takes > Duration::ZERO {
        tokio::time::sleep(takes).await;
    }
    run(world, authorization)
}

fn run(world: &World, authorization: &str) -> Invocation {
    let token = authorization.strip_prefix(BEARER).unwrap_or(authorization);
    let behaviour = world.lambda.lock().in_effect(world.clock.now());
    let decided = match &*behaviour {
        Behaviour::Sample => decide(world, token, None),
        // It takes what it does not understand for a bad token.
        Behaviour::DropIn(rules) => decide(world, token, Some(rules)).map_err(|problem| {
            let Problem::Crash(_) = problem else {
                return problem;
            };
            Problem::Unauthorized("The token cannot be used")
        }),
        Behaviour::Broken(why) => Err(Problem::Crash(why.clone())),
    };
    match decided {
        Ok(outcome) => Invocation {
            outcome,
            printed: vec!["Signature successfully verified".to_owned()],
        },
        Err(Problem::Unauthorized(why)) => Invocation {
            outcome: Outcome::Unauthorized,
            printed: vec![why.to_owned(), "[ERROR] Exception: Unauthorized".to_owned()],
        },
        Err(Problem::Crash(why)) => Invocation {
            outcome: Outcome::Crash,
            printed: vec![format!("[ERROR] {why}")],
        },
    }
}

/// What becomes of a token: by the drop-in's rules where there are some, else as the sample does.
fn decide(world: &World, token: &str, rules: Option<&Contract>) -> Result<Outcome, Problem> {
    let remembered = world.gateway.lock().verified.get(token);
    let claims = if let Some(claims) = remembered {
        claims
    } else {
        let claims = Arc::new(token::verify_signature(world, token)?);
        world.gateway.lock().verified.remember(token, &claims);
        claims
    };
    let state = world.gateway.lock();
    token::check_claims(&claims, world.clock.now().as_second(), &state.audience)?;
    let principal = claims
        .get("cognito:username")
        .and_then(Value::as_str)
        .ok_or_else(|| token::missing("cognito:username"))?
        .to_owned();
    let groups = claims.get("cognito:groups").and_then(Value::as_array);
    if groups.is_none() && rules.is_none() {
        return Err(token::missing("cognito:groups"));
    }
    let groups: Vec<String> = groups
        .into_iter()
        .flatten()
        .filter_map(|group| group.as_str().map(str::to_owned))
        .collect();
    let document = rules
        .unwrap_or(&state.contract)
        .policy_for(
            &groups,
            &world.region,
            &world.account,
            crate::sandbox::world::API_ID,
            crate::sandbox::world::STAGE,
        )
        .ok_or_else(|| {
            Problem::Crash("NameError: No statements defined for the policy".to_owned())
        })?;
    Ok(Outcome::Policy {
        principal,
        document,
    })
}
