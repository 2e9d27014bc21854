//! Changing what MLflow holds through the gateway, as somebody, on the sandbox: previewed,
//! journalled, taken back, refused with proof, and never under `--read-only`.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

#[path = "support/changing.rs"]
mod changing;
#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::sync::Arc;

use mlwarden::{
    access::{Catalog, Effect, Kind, Probe},
    aws::WriteAccess,
    browse::{ChangeKind, Host, Offer, Seen, Wish},
    domain::ErrorClass,
    mlflow::{ApiRequest, Root, Search, SearchRuns, experiments, registry, runs},
    plan::{Standing, Thing},
    probe::Layer,
    sandbox::{Options, Sandbox, world},
};
use rstest::rstest;
use serde_json::json;
use tempfile::TempDir;

use changing::{Cast, Desk};

struct Stage {
    sandbox: Sandbox,
    desk: Desk,
    cast: Cast,
    _state: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let state = tempfile::tempdir().unwrap();
        let verifier = sandboxed::verifier(&sandbox, state.path()).await;
        let desk = Desk::new(verifier, state.path());
        let cast = cast(&desk).await;
        Self {
            sandbox,
            desk,
            cast,
            _state: state,
        }
    }

    fn fingerprint(&self) -> String {
        self.sandbox.world().mlflow.lock().fingerprint()
    }

    /// The version numbers of the model, with their stages.
    async fn stages(&self) -> Vec<(String, String)> {
        let stay = self.desk.stay("group:admins").await;
        let search = Search {
            filter: Some(Search::is("name", &self.cast.model)),
            ..Search::default()
        };
        let call = registry::search_versions(Root::Ajax, &search);
        let page = self.desk.host.call(&stay, &call).await.value.unwrap();
        let mut stages: Vec<(String, String)> = page
            .items
            .into_iter()
            .map(|version| (version.version, version.current_stage))
            .collect();
        stages.sort();
        stages
    }
}

/// Gives the sandbox's sample what the changes need: things that are deleted, notes and tags.
async fn cast(desk: &Desk) -> Cast {
    let stay = desk.stay("group:admins").await;
    let host = &desk.host;
    let of = SearchRuns {
        experiment_ids: vec!["1".into()],
        ..SearchRuns::default()
    };
    let found = host.call(&stay, &runs::search(Root::Ajax, &of)).await;
    let ids: Vec<String> = found
        .value
        .unwrap()
        .items
        .into_iter()
        .map(|run| run.info.run_id)
        .collect();
    let cast = Cast {
        experiment: "1".into(),
        gone: "3".into(),
        run: ids[0].clone(),
        deleted: ids[1].clone(),
        model: "california-housing-regressor".into(),
        champion: "2".into(),
        alias: "champion".into(),
        challenger: "1".into(),
    };
    let model = registry::search_models(Root::Ajax, &Search::default());
    let models = host.call(&stay, &model).await.value.unwrap().items;
    let model = models
        .into_iter()
        .find(|model| model.latest_versions.len() > 1)
        .unwrap();
    let in_production = |stage: &str| {
        let mut versions = model.latest_versions.iter();
        versions.find(|version| (version.current_stage == "Production") == (stage == "Production"))
    };
    let cast = Cast {
        champion: in_production("Production").unwrap().version.clone(),
        challenger: in_production("another").unwrap().version.clone(),
        model: model.name.clone(),
        ..cast
    };
    let admin = [
        runs::delete(Root::Ajax, &cast.deleted),
        experiments::delete(Root::Ajax, &cast.gone),
        experiments::set_tag(Root::Ajax, "1", "mlflow.note.content", "Prices"),
        registry::set_alias(Root::Ajax, &cast.model, &cast.alias, &cast.champion),
    ];
    for call in admin {
        host.call(&stay, &call).await.value.unwrap();
    }
    for wish in cast.preparations() {
        let plan = desk.plan("group:admins", &wish).await;
        desk.complete(plan).await;
    }
    cast
}

#[rstest]
#[case::with_a_token("group:admins")]
#[case::with_a_signature("profile:mlflow-admin")]
#[tokio::test(flavor = "multi_thread")]
async fn every_change_can_be_taken_back(#[case] principal: &str) {
    let stage = Stage::new().await;
    for wish in stage.cast.every_wish() {
        stage.desk.there_and_back(principal, &wish).await;
    }
    assert_eq!(stage.desk.host.close().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_takes_anothers_place_gives_it_back() {
    let stage = Stage::new().await;
    let before = stage.stages().await;
    let cast = &stage.cast;
    let plan = stage
        .desk
        .plan("group:model-approvers", &cast.stage(true))
        .await;
    let does: Vec<String> = plan.calls().map(|call| call.does).collect();
    assert!(
        does[0].ends_with(&format!("and archives version {}", cast.champion)),
        "{does:?}"
    );
    let record = stage.desk.complete(plan).await;
    let stages = stage.stages().await;
    let of = |version: &str| {
        &stages
            .iter()
            .find(|(number, _)| number == version)
            .unwrap()
            .1
    };
    assert_eq!(of(&cast.challenger), "Production");
    assert_eq!(of(&cast.champion), "Archived");
    stage.desk.complete(record.inverse().0).await;
    assert_eq!(stage.stages().await, before);
}

#[rstest]
#[case::the_model(0)]
#[case::the_version(1)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_call_and_the_record_nothing_is_made_twice(#[case] answers: usize) {
    let stage = Stage::new().await;
    let before = stage.desk.everything().await;
    let plan = stage
        .desk
        .plan("group:admins", &stage.cast.register())
        .await;
    assert_eq!(plan.steps(), 2);
    let record = stage.desk.killed(plan, answers).await;
    let journal = stage.desk.verifier.journal.clone();
    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    assert_eq!(record.standing(), Standing::Unfinished);

    let runner = stage.desk.runner(journal.clone(), stage.desk.host.clone());
    let outcome = runner.run(&record, |_| ()).await.unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    let after = stage.desk.everything().await;
    let count = |all: &serde_json::Value| {
        let versions = all["versions"].as_array().unwrap().len();
        (all["models"].as_array().unwrap().len(), versions)
    };
    let (models, versions) = count(&before);
    assert_eq!(count(&after), (models + 1, versions + 1));
    // What was made before it was killed is known as this plan's own.
    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    let made: Vec<bool> = (0..2)
        .map(|step| record.step(0, step).unwrap().ours)
        .collect();
    assert_eq!(made, [true, true]);
    stage.desk.complete(record.inverse().0).await;
    assert_eq!(stage.desk.everything().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_register_a_model_may_not_delete_it_but_somebody_else_may() {
    let stage = Stage::new().await;
    let before = stage.desk.everything().await;
    let plan = stage
        .desk
        .plan("group:model-approvers", &stage.cast.register())
        .await;
    let record = stage.desk.complete(plan).await;
    let (outcome, failures, _) = stage.desk.run(record.inverse().0).await;
    assert_eq!(outcome.failed, 1);
    assert!(failures[0].to_string().contains("refused by the gateway"));
    // The version is gone by then; the rest is taken back as somebody who may.
    let rest = record.inverse().0.made_as(&"group:admins".parse().unwrap());
    stage.desk.complete(rest).await;
    assert_eq!(stage.desk.everything().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_refused_with_proof_and_nothing_is_changed() {
    let stage = Stage::new().await;
    let before = stage.fingerprint();
    for wish in stage.cast.every_wish() {
        let plan = stage.desk.plan("group:readers", &wish).await;
        let (outcome, failures, record) = stage.desk.run(plan).await;
        assert_eq!((outcome.done, outcome.failed), (0, 1), "{wish:?}");
        let failure = &failures[0];
        assert!(
            matches!(failure.class, ErrorClass::Denied { .. }),
            "{failure}"
        );
        let request = failure.request_id.as_deref().unwrap();
        let said = failure.to_string();
        for part in [
            "as group:readers: refused by the gateway (403 AccessDeniedException",
            request,
            "the authorizer's policy does not allow it",
            "as declared: the matrix says deny",
        ] {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
        assert!(failure.next_step().contains("mlwarden why group:readers"));
        // The journal keeps the proof, and there is nothing to take back.
        let kept = record.step(0, 0).unwrap();
        assert_eq!(kept.failure.as_deref(), Some(said.as_str()));
        assert_eq!(record.inverse().0.steps(), 0);
    }
    assert_eq!(stage.fingerprint(), before);
}

#[rstest]
#[case::a_role(
    "profile:mlflow-reader",
    "refused by IAM (403 AccessDeniedException, request"
)]
#[case::nobody("anonymous", "refused by the gateway (401 UnauthorizedException")]
#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_is_told_apart(#[case] principal: &str, #[case] says: &str) {
    let stage = Stage::new().await;
    let before = stage.fingerprint();
    let plan = stage.desk.plan(principal, &stage.cast.new_version()).await;
    let (_, failures, _) = stage.desk.run(plan).await;
    let said = failures[0].to_string();
    assert!(said.contains(says), "{said}");
    assert_eq!(stage.fingerprint(), before);
    stage.desk.host.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_tried_all_the_same_and_not_taken_back() {
    let stage = Stage::new().await;
    let plan = stage.desk.plan("anonymous", &stage.cast.stage(true)).await;
    assert!(
        plan.losses()[0].contains("could not be read"),
        "{:?}",
        plan.losses()
    );
    assert!(plan.calls().all(|call| call.undone_by.is_none()));
    let (_, failures, _) = stage.desk.run(plan).await;
    assert!(
        failures[0]
            .to_string()
            .contains("POST /ajax-api/2.0/mlflow/model-versions/transition-stage")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_changed_meanwhile_is_left_alone() {
    let stage = Stage::new().await;
    let wish = |value: &str| Wish::Tag {
        thing: Thing::Run {
            id: stage.cast.run.clone(),
        },
        key: "kept".into(),
        value: Some(value.into()),
    };
    let mine = stage.desk.plan("group:admins", &wish("mine")).await;
    let theirs = stage.desk.plan("group:admins", &wish("theirs")).await;
    stage.desk.complete(theirs).await;
    let before = stage.fingerprint();
    let (_, failures, _) = stage.desk.run(mine).await;
    assert_eq!(failures[0].class, ErrorClass::Conflict, "{}", failures[0]);
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_others_use_by_now_is_not_taken_back() {
    let stage = Stage::new().await;
    let record = stage
        .desk
        .complete(
            stage
                .desk
                .plan("group:admins", &stage.cast.register())
                .await,
        )
        .await;
    let Wish::Register {
        run, source, model, ..
    } = stage.cast.register()
    else {
        unreachable!()
    };
    let theirs = Wish::NewVersion { model, source, run };
    stage
        .desk
        .complete(stage.desk.plan("group:admins", &theirs).await)
        .await;
    let (_, failures, _) = stage.desk.run(record.inverse().0).await;
    assert_eq!(failures[0].class, ErrorClass::Conflict, "{}", failures[0]);
    let versions = stage.desk.everything().await["versions"].to_string();
    assert!(
        versions.contains("a new one"),
        "their version is still there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_made_through_the_api_that_it_was_made_for() {
    let stage = Stage::new().await;
    let other = Stage::new().await;
    let plan = other
        .desk
        .plan("group:admins", &other.cast.new_version())
        .await;
    let before = stage.fingerprint();
    let (_, failures, _) = stage.desk.run(plan).await;
    assert!(
        failures[0].message.contains("it was planned for"),
        "{}",
        failures[0]
    );
    assert_eq!(stage.fingerprint(), before);
}

#[rstest]
#[case(|cast: &Cast| Wish::Tag { thing: Thing::Run { id: cast.run.clone() }, key: "kept".into(), value: Some("as it was".into()) }, "it is so already")]
#[case(|cast: &Cast| Wish::Stage { model: cast.model.clone(), version: cast.challenger.clone(), stage: "Prod".into(), archive_existing: false }, "Production")]
#[case(|cast: &Cast| Wish::Stage { model: cast.model.clone(), version: cast.challenger.clone(), stage: "Archived".into(), archive_existing: true }, "can be archived")]
#[case(|cast: &Cast| Wish::Restore(Thing::Run { id: cast.run.clone() }), "it is so already")]
#[case(|cast: &Cast| Wish::Restore(Thing::Model { name: cast.model.clone() }), "gone for good")]
#[case(|cast: &Cast| Wish::Rename { thing: Thing::Run { id: cast.run.clone() }, name: " ".into() }, "is empty")]
#[case(|cast: &Cast| Wish::Tag { thing: Thing::Experiment { id: cast.experiment.clone() }, key: "team".into(), value: None }, "no request that removes")]
#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_not_planned(#[case] wish: fn(&Cast) -> Wish, #[case] says: &str) {
    let stage = Stage::new().await;
    let stay = stage.desk.stay("group:admins").await;
    let failure = stage
        .desk
        .host
        .plan(&stay, &wish(&stage.cast))
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.to_string().contains(says), "{failure}");
}

/// A host that may not write, as an administrator signed in with a password.
async fn reading_only(stage: &Stage) -> (Host, Arc<mlwarden::probe::Stay>) {
    let mut verifier = stage.desk.verifier.clone();
    verifier.writes = WriteAccess::unless_read_only(true);
    let host = Host::new(verifier, false, |_| ()).unwrap();
    host.give_password("mlflow-admin@example.com", world::PASSWORD.into());
    let stay = host
        .become_principal(&"user:mlflow-admin@example.com".parse().unwrap())
        .await
        .unwrap();
    (host, stay)
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_sends_no_write_of_any_version() {
    let stage = Stage::new().await;
    let (host, stay) = reading_only(&stage).await;
    let before = stage.fingerprint();
    let mut blocked = 0;
    for route in Catalog::every_route().filter(|route| route.kind != Kind::Read) {
        let (path, query, body) = match &route.probe {
            Probe::Safe(safe) => (safe.path.clone(), safe.query.clone(), safe.body.clone()),
            Probe::None { .. } => (route.path.clone(), Vec::new(), Some(json!({}))),
        };
        let method = route.method;
        let request = ApiRequest {
            method,
            path,
            query,
            body,
        };
        let (answer, exchange) = host.send(&stay, &request).await;
        assert_eq!(
            answer.unwrap_err().class,
            ErrorClass::ReadOnly,
            "{} {}",
            method,
            route.path
        );
        assert_eq!(
            (exchange.observed.status, exchange.observed.effect),
            (None, None)
        );
        blocked += 1;
    }
    assert!(blocked > 200, "{blocked}");
    // What nobody knows may do anything.
    for request in [
        ApiRequest::get("/ajax-api/2.0/mlflow/something/new"),
        ApiRequest::post("/ajax-api/2.0/mlflow/experiments/get", json!({})),
    ] {
        let (answer, _) = host.send(&stay, &request).await;
        assert_eq!(answer.unwrap_err().class, ErrorClass::ReadOnly);
        let opened = host.open(&stay, &request, None).await;
        assert_eq!(opened.unwrap_err().class, ErrorClass::ReadOnly);
    }
    assert_eq!(stage.fingerprint(), before);
    // It reads as ever, also by routes that only MLflow 3 has.
    let read = host.call(&stay, &experiments::get(Root::Ajax, "1")).await;
    assert_eq!(read.value.unwrap().experiment_id, "1");
    let newer = ApiRequest::post("/ajax-api/3.0/mlflow/traces/search", json!({}));
    let (answer, _) = host.send(&stay, &newer).await;
    assert_eq!(answer.unwrap().status, 404, "it was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_plans_and_makes_nothing() {
    let stage = Stage::new().await;
    let (host, stay) = reading_only(&stage).await;
    let before = stage.fingerprint();
    let plan = host.plan(&stay, &stage.cast.new_version()).await.unwrap();
    // Even where somebody has the right to write, the host that was opened without it sends
    // nothing.
    let journal = stage.desk.verifier.journal.clone();
    let record = journal.plan(plan).unwrap();
    let runner = stage.desk.runner(journal.clone(), Arc::new(host));
    let outcome = runner.run(&record, |_| ()).await.unwrap();
    assert_eq!(outcome.failed, 1);
    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    let why = record.step(0, 0).unwrap().failure.clone().unwrap();
    assert!(why.contains("read-only"), "{why}");
    assert_eq!(stage.fingerprint(), before);
}

fn offer(offers: &[Offer], kind: ChangeKind) -> &Offer {
    offers.iter().find(|offer| offer.kind == kind).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_offered_with_the_matrixs_answer() {
    let stage = Stage::new().await;
    let admin = stage.desk.stay("group:admins").await;
    let run = runs::get(Root::Ajax, &stage.cast.run);
    let run = stage.desk.host.call(&admin, &run).await.value.unwrap();
    let of = |stay: &mlwarden::probe::Stay, seen: &Seen<'_>| stage.desk.host.offers(stay, seen);

    let reader = stage.desk.stay("group:readers").await;
    let register = of(&reader, &Seen::Run(&run));
    let register = offer(&register, ChangeKind::Register);
    assert_eq!(
        register.disabled, None,
        "a refused one is there to be tried"
    );
    assert_eq!(register.expected(), Some(Effect::Deny));
    assert_eq!(register.predicted(), Some(Effect::Deny));
    assert!(register.can_be_undone);
    assert!(
        register
            .says()
            .starts_with("refused by the gateway: no statement or rule"),
        "{}",
        register.says()
    );
    assert!(
        register.says().ends_with("as declared"),
        "{}",
        register.says()
    );
    let permissions: Vec<&str> = register
        .calls
        .iter()
        .map(|call| call.permission.as_str())
        .collect();
    assert_eq!(
        permissions,
        ["registered-models:register", "model-versions:create"]
    );

    let approver = stage.desk.stay("group:model-approvers").await;
    let offers = of(&approver, &Seen::Run(&run));
    assert_eq!(
        offer(&offers, ChangeKind::Register).predicted(),
        Some(Effect::Allow)
    );
    let register = offer(&offers, ChangeKind::Register);
    assert_eq!(register.back_predicted(), Some(Effect::Deny));
    assert_eq!(
        register.undo_says(),
        "can be taken back, but not by the same: the gateway refuses DELETE \
         /ajax-api/2.0/mlflow/registered-models/delete"
    );
    assert_eq!(
        offer(&offers, ChangeKind::Delete).predicted(),
        Some(Effect::Deny)
    );
    assert_eq!(
        offer(&offers, ChangeKind::Restore).disabled,
        Some("it is not deleted")
    );

    // The sample's token gives approvers what its text does not promise.
    let version = registry::version(Root::Ajax, &stage.cast.model, &stage.cast.champion);
    let version = stage.desk.host.call(&admin, &version).await.value.unwrap();
    let offers = of(&approver, &Seen::Version(&version));
    let delete = offer(&offers, ChangeKind::Delete);
    assert_eq!(
        (delete.expected(), delete.predicted()),
        (Some(Effect::Deny), Some(Effect::Allow))
    );
    assert!(
        delete.says().ends_with("the matrix says deny"),
        "{}",
        delete.says()
    );
    assert!(!delete.can_be_undone && delete.loses.is_some());

    // With a signature it is IAM that refuses.
    let role = stage.desk.stay("profile:mlflow-model-approver").await;
    let offers = of(&role, &Seen::Version(&version));
    let describe = offer(&offers, ChangeKind::Describe);
    assert_eq!(describe.deciding().unwrap().refused_by, Some(Layer::Iam));
    assert_eq!(
        describe.calls[0].path,
        "/api/2.0/mlflow/model-versions/update"
    );

    // MLflow 2 has no request that removes an experiment's tag, and says so of a new one.
    let experiment = experiments::get(Root::Ajax, "0");
    let experiment = stage
        .desk
        .host
        .call(&admin, &experiment)
        .await
        .value
        .unwrap();
    let offers = of(&admin, &Seen::Experiment(&experiment));
    assert!(
        offers
            .iter()
            .all(|offer| offer.kind != ChangeKind::RemoveTag)
    );
    let describe = offer(&offers, ChangeKind::Describe);
    assert!(!describe.can_be_undone && describe.loses.is_some());
    stage.desk.host.close().await;
}
