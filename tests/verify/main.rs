//! A verify from end to end: the sandbox's wire protocols, real sign-in, real signatures.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod bad_days;
mod borrowing;
mod learning;
mod sample;
#[path = "../support/sandboxed.rs"]
mod sandboxed;
mod tampered;

use mlwarden::{
    access::{Effect, Method},
    aws::WriteAccess,
    domain::{Failure, Principal},
    probe::{Cell, Report, Verifier, VerifyOptions},
    sandbox::{Options, Sandbox},
};
use sandboxed::verifier;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A sandbox, and a verifier that found its way to it with nothing but credentials.
struct Bench {
    sandbox: Sandbox,
    state: TempDir,
    verifier: Verifier,
}

impl Bench {
    async fn start(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let state = tempfile::tempdir().unwrap();
        let verifier = verifier(&sandbox, state.path()).await;
        Self {
            sandbox,
            state,
            verifier,
        }
    }

    async fn run(&self, options: VerifyOptions) -> Result<Report, Failure> {
        let (events, _told) = mpsc::unbounded_channel();
        self.verifier
            .run(options, events, CancellationToken::new())
            .await
    }

    /// Everybody, roles by temporary trust.
    async fn run_all(&self) -> Report {
        self.run(VerifyOptions {
            grant_trust: true,
            ..VerifyOptions::default()
        })
        .await
        .unwrap()
    }

    fn password(&mut self, user: &str) {
        let password = self.sandbox.environment()["MLWARDEN_SANDBOX_PASSWORD"].clone();
        self.verifier
            .secrets
            .passwords
            .insert(user.to_owned(), SecretString::from(password));
    }

    /// How many users the pool has.
    async fn users(&self) -> usize {
        let pool = &self
            .verifier
            .deployment
            .user_pool_id
            .as_ref()
            .unwrap()
            .value;
        let page = self
            .verifier
            .cloud
            .cognito
            .users_page(pool, None, None)
            .await
            .unwrap();
        assert!(page.next.is_none());
        page.items.len()
    }

    /// Every role's trust policy.
    fn trusts(&self) -> Vec<String> {
        let iam = self.sandbox.world().iam.lock();
        iam.role_names()
            .filter_map(|role| iam.trust(role).map(str::to_owned))
            .collect()
    }
}

fn group(name: &str) -> Principal {
    Principal::Group(name.to_owned())
}

fn user(name: &str) -> Principal {
    Principal::User(name.to_owned())
}

/// The execution role of one of the sample's profiles, by a part of its name.
fn role(report: &Report, part: &str) -> Principal {
    report
        .cells
        .iter()
        .map(|cell| &cell.principal)
        .find(|principal| matches!(principal, Principal::Role(name) if name.contains(part)))
        .unwrap_or_else(|| panic!("no role with {part} in its name"))
        .clone()
}

/// The cell of an operation, under whichever prefix the principal uses.
fn cell<'a>(
    report: &'a Report,
    principal: &Principal,
    method: Method,
    operation: &str,
) -> &'a Cell {
    report
        .cells
        .iter()
        .find(|cell| {
            cell.principal == *principal
                && cell.method == method
                && cell.path.ends_with(&format!("/2.0/mlflow/{operation}"))
        })
        .unwrap_or_else(|| panic!("no cell {method} {operation} of {principal}"))
}

fn observed(report: &Report, principal: &Principal, method: Method, operation: &str) -> Effect {
    let cell = cell(report, principal, method, operation);
    cell.observed_effect()
        .unwrap_or_else(|| panic!("{method} {operation} of {principal}: {}", cell.reason))
}
