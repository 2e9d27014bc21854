//! The sample's labs through the gateway before real MLflow servers: they pass with the sample's
//! matrix, fail in the right step without it, and leave nothing alive and nothing else changed.

use mlwarden::{
    access::authorizer::Rule,
    browse::Host,
    domain::AuthScheme,
    probe::Verifier,
    sandbox::{Options, Sandbox},
    story::{LABS, Outcome, Report, Story, Teller, lab, tidy},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{
    mlflow_server::{MlflowServer, VERSIONS},
    sandboxed::verifier,
};

const ROWS: &str = include_str!("story_rows.py");

/// A server behind a sandbox's gateway, and somebody who tells stories at it.
struct Stage {
    server: MlflowServer,
    sandbox: Sandbox,
    verifier: Verifier,
    state: tempfile::TempDir,
}

impl Stage {
    async fn new(version: &'static str) -> Self {
        let server = tokio::task::spawn_blocking(move || MlflowServer::start(version, 1))
            .await
            .unwrap();
        let sandbox = Sandbox::start(Options {
            mlflow: Some(server.url.parse().unwrap()),
            ..Options::default()
        })
        .await
        .unwrap();
        let state = tempfile::tempdir().unwrap();
        let verifier = verifier(&sandbox, state.path()).await;
        Self {
            server,
            sandbox,
            verifier,
            state,
        }
    }

    /// Tells stories by both schemes, one after the other.
    async fn tell(&self, stories: &[Story]) -> Vec<Report> {
        let host = Host::new(self.verifier.clone(), true, |_| {}).unwrap();
        let teller = Teller {
            host: &host,
            writes: self.verifier.writes.as_ref(),
            journal: &self.verifier.journal,
        };
        let (events, _told) = mpsc::unbounded_channel();
        let mut reports = Vec::new();
        for story in stories {
            for telling in story.tellings(None, &[]) {
                let cancel = CancellationToken::new();
                let report = teller.tell(story, &telling, &events, &cancel).await;
                reports.push(report.unwrap());
            }
        }
        assert_eq!(host.close().await, []);
        reports
    }

    /// The rows of stories by what they are, and every other row.
    fn rows(&self) -> (Vec<String>, Vec<String>) {
        let printed = self.server.python(ROWS, &["mlflow.db", "artifacts"]);
        let lines = printed.lines().map(ToOwned::to_owned);
        lines.partition(|line| line.starts_with("live ") || line.starts_with("marked "))
    }
}

fn told(report: &Report) -> String {
    let step = report
        .unlike()
        .map(|step| format!("{}: {}", step.title, step.why));
    format!(
        "{} {}: {} {step:?} {:?} {:?}",
        report.story,
        report.telling.scheme,
        report.words(),
        report.not_begun,
        report.left
    )
}

async fn prove(version: &'static str) {
    let stage = Stage::new(version).await;
    let (none, before) = stage.rows();
    assert_eq!(none, [""; 0]);

    let labs: Vec<Story> = LABS
        .iter()
        .map(|(name, _)| lab(name).unwrap().unwrap())
        .collect();
    let reports = stage.tell(&labs).await;
    assert_eq!(reports.len(), 6);
    for report in &reports {
        assert_eq!(report.outcome(), Outcome::Passed, "{}", told(report));
        assert!(report.left.is_empty(), "{}", told(report));
    }
    let (rows, after) = stage.rows();
    assert_eq!(
        after, before,
        "MLflow {version}: something else was changed"
    );
    let marked = |kind: &str| rows.iter().filter(|row| *row == kind).count();
    assert_eq!(marked("marked experiment"), 1, "{rows:?}");
    assert_eq!(marked("marked run"), 6, "{rows:?}");
    assert_eq!(rows.len(), 7, "nothing lives: {rows:?}");

    tamper(&stage.sandbox);
    let reports = stage.tell(&labs[1..]).await;
    assert_eq!(reports.len(), 4);
    for report in &reports {
        let title = match report.story.as_str() {
            "reader" => "Is refused to create a run",
            _ => "Moves the version to Staging",
        };
        assert_eq!(report.outcome(), Outcome::Failed, "{}", told(report));
        assert_eq!(report.unlike().unwrap().title, title, "{}", told(report));
        assert!(report.left.is_empty(), "{}", told(report));
    }
    let (rows, after) = stage.rows();
    assert_eq!(
        after, before,
        "MLflow {version}: something else was changed"
    );
    assert!(!rows.iter().any(|row| row.starts_with("live")), "{rows:?}");
    killed(&stage, &labs[0], &before).await;
}

/// Lets readers create runs and approvers not transition, by both schemes.
fn tamper(sandbox: &Sandbox) {
    let path = |operation: &str| format!("/ajax-api/2.0/mlflow/{operation}");
    for group in &mut sandbox.world().gateway.lock().contract.groups {
        if group.name == "readers" {
            group.allow.push(Rule {
                method: "POST".to_owned(),
                path: path("runs/create"),
            });
        }
        for rule in &mut group.allow {
            if rule.path == path("model-versions/*") {
                rule.path = path("model-versions/create");
            }
        }
    }
    let mut iam = sandbox.world().iam.lock();
    for (role, effect, operation) in [
        ("readerrole", "Allow", "runs/create"),
        ("modelaprov", "Deny", "model-versions/transition-stage"),
    ] {
        let name = iam.role_names().find(|name| name.contains(role)).unwrap();
        let name = name.to_owned();
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*:*:*/*/POST/api/2.0/mlflow/{operation}"}}}}"#
        );
        iam.put_role_policy(&name, "more", &policy);
    }
}

/// A story that dies in the middle: its future is dropped, as nothing more is run after kill -9.
async fn killed(stage: &Stage, story: &Story, before: &[String]) {
    let doomed = verifier(&stage.sandbox, stage.state.path()).await;
    {
        let host = Host::new(doomed.clone(), true, |_| {}).unwrap();
        let teller = Teller {
            host: &host,
            writes: doomed.writes.as_ref(),
            journal: &doomed.journal,
        };
        let (events, mut heard) = mpsc::unbounded_channel();
        let telling = &story.tellings(Some(AuthScheme::Bearer), &[])[0];
        let cancel = CancellationToken::new();
        let run = teller.tell(story, telling, &events, &cancel);
        tokio::pin!(run);
        loop {
            tokio::select! {
                _ = &mut run => panic!("it ended before it was killed"),
                event = heard.recv() => {
                    if let Some(mlwarden::story::Event::Step(at, _)) = event
                        && story.steps[at].title.starts_with("Moves the version")
                    {
                        break;
                    }
                }
            }
        }
    }
    drop(doomed);
    let (rows, _) = stage.rows();
    assert!(rows.iter().any(|row| row == "live run"), "{rows:?}");
    let left = stage.verifier.journal.leftovers().unwrap();
    assert_eq!(left.len(), 3, "experiment, model and probe user: {left:?}");

    assert_eq!(stage.verifier.tidy().await.unwrap(), []);
    assert_eq!(tidy(&stage.verifier, false).await.unwrap(), []);
    let (rows, after) = stage.rows();
    assert!(!rows.iter().any(|row| row.starts_with("live")), "{rows:?}");
    assert_eq!(after, before);
    assert_eq!(stage.verifier.journal.leftovers().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_pass_before_the_samples_mlflow() {
    Box::pin(prove(VERSIONS[0])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_pass_before_the_newest_mlflow() {
    Box::pin(prove(VERSIONS[1])).await;
}
