//! Plans that change what MLflow holds, as the journal's commands meet them.

use mlwarden::{
    aws::{Cloud, Target, discovery},
    plan::{Change, Item, Journal, MlflowStep, Origin, Place, Plan, Step, Thing},
};

use super::*;

const ADMIN: &str = "user:mlflow-admin@example.com";

/// Moves an experiment's tag from its sample value.
fn tag() -> Change {
    Change::Tag {
        thing: Thing::Experiment { id: "1".into() },
        key: "team".into(),
        after: Some("finance".into()),
        before: Some("pricing".into()),
        removable: false,
    }
}

fn version() -> Change {
    Change::CreateVersion {
        name: "demand-forecaster".into(),
        origin: Origin {
            source: "mlflow-artifacts:/3/none/artifacts/model".into(),
            run: String::new(),
        },
    }
}

impl Bench {
    /// Leaves a plan behind that nobody has begun; its id.
    async fn leave(&self, principal: &str, change: Change) -> String {
        let target = Target {
            region: Some(self.environment["AWS_REGION"].clone()),
            endpoint_url: Some(self.environment["AWS_ENDPOINT_URL"].clone()),
            ..Target::default()
        };
        let administrator = aws_credential_types::Credentials::new(
            &self.environment["AWS_ACCESS_KEY_ID"],
            &self.environment["AWS_SECRET_ACCESS_KEY"],
            None,
            None,
            "test",
        );
        let cloud = Cloud::connect_as(&target, administrator).await.unwrap();
        let found = discovery::discover(&cloud, discovery::Known::default(), |_| {}).await;
        let step = Step::Mlflow(MlflowStep {
            api: found.api_url.clone().unwrap().value,
            principal: principal.parse().unwrap(),
            change,
            seen: true,
        });
        let item = Item::new("a thing", vec![step]);
        let plan = Plan::new("change something".into(), Place::of(&found), vec![item]);
        let journal = Journal::open(&self.path("state")).unwrap();
        journal.plan(plan).unwrap().plan.id.to_string()
    }

    fn fingerprint(&self) -> String {
        self.sandbox.world().mlflow.lock().fingerprint()
    }

    async fn journal(&self, command: &str, id: &str) -> Ran {
        self.run(&["journal", command, id, "--yes"]).await
    }

    /// The only step of a plan, as it is shown.
    async fn step(&self, id: &str) -> Value {
        let shown = self.run(&["journal", "show", id, "-o", "json"]).await;
        items(&shown.ends(0).json(), "steps")[0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_shown_gone_on_with_and_undone() {
    let bench = Bench::start().await;
    let trusts = bench.trusts();
    for principal in ["group:admins", "profile:mlflow-admin"] {
        for change in [tag(), version()] {
            let id = bench.leave(principal, change.clone()).await;
            let step = bench.step(&id).await;
            assert_eq!(step["call"]["call"], change.call());
            assert_eq!(step["call"]["undone_by"], change.undone_by().unwrap());
            let before = bench.fingerprint();
            bench.journal("resume", &id).await.ends(0);
            assert_ne!(bench.fingerprint(), before);
            let step = bench.step(&id).await;
            assert_eq!(step["became"]["ours"], true, "{step}");
            bench.journal("undo", &id).await.ends(0);
            bench
                .journal("undo", &id)
                .await
                .ends(2)
                .says(&["taken back already"]);
        }
    }
    let found = bench.run(&["journal", "list"]).await.ends(0).out;
    assert_eq!(found.matches("undone").count(), 4, "{found}");
    assert_eq!(bench.trusts(), trusts, "what was borrowed is given back");
    let users = bench.run(&["users", "list"]).await.ends(0).out;
    assert!(!users.contains("probe"), "{users}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_for_the_password() {
    let mut bench = Bench::start().await;
    let id = bench.leave(ADMIN, tag()).await;
    bench.journal("resume", &id).await.ends(2).says(&[
        "the password of mlflow-admin@example.com",
        "MLWARDEN_PASSWORD",
    ]);
    let password = bench.password().to_owned();
    bench.set("MLWARDEN_PASSWORD", &password);
    bench.journal("resume", &id).await.ends(0);
    let state = std::fs::read_to_string(bench.path("state/journal.jsonl")).unwrap();
    assert!(!state.contains(&password));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_one_is_told_with_its_proof_and_kept_as_failed() {
    let bench = Bench::start().await;
    let before = bench.fingerprint();
    let id = bench.leave("group:readers", tag()).await;
    let proof = "refused by the gateway (403 AccessDeniedException, request ";
    bench.journal("resume", &id).await.ends(4).says(&[
        proof,
        "as declared: the matrix says deny",
        "mlwarden why group:readers",
    ]);
    let step = bench.step(&id).await;
    assert!(
        step["became"]["failure"].as_str().unwrap().contains(proof),
        "{step}"
    );
    assert_eq!(bench.fingerprint(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_takes_back_what_the_same_may_not() {
    let bench = Bench::start().await;
    let before = bench.fingerprint();
    let change = Change::CreateModel {
        name: "a new one".into(),
        description: String::new(),
    };
    let id = bench.leave("group:model-approvers", change).await;
    bench.journal("resume", &id).await.ends(0);
    assert_ne!(bench.fingerprint(), before);
    bench
        .run(&["journal", "undo", &id, "--as", "group:admins", "--yes"])
        .await
        .ends(0);
    let entries = bench.run(&["journal", "list"]).await.ends(0).out;
    assert!(entries.contains("undone"), "{entries}");
    assert_eq!(bench.fingerprint(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_read_only() {
    let bench = Bench::start().await;
    let before = bench.fingerprint();
    let id = bench.leave("group:admins", tag()).await;
    bench
        .run(&["journal", "resume", &id, "--yes", "--read-only"])
        .await
        .ends(2)
        .says(&["read-only"]);
    assert_eq!(bench.fingerprint(), before);
}
