//! What comes and goes in Studio in its own time.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use jiff::SignedDuration;
use mlwarden::{
    domain::{App, AppId, AppOwner, AppStatus},
    plan::{Event, Item, Plan, Standing, Step, removal},
    sandbox::{Options, sagemaker::Pace, world::DOMAIN_ID},
};

use crate::stage::{Cut, Stage};

const CALL: SignedDuration = SignedDuration::from_secs(20);
/// Longer than a call, and shorter than two.
const SLOW: Pace = Pace {
    coming: SignedDuration::from_secs(30),
    changing: SignedDuration::from_secs(30),
    going: SignedDuration::from_secs(30),
};

/// As it is at AWS. Signatures are good for a quarter of an hour.
const MINUTES: Pace = Pace {
    coming: SignedDuration::from_secs(90),
    changing: SignedDuration::from_secs(90),
    going: SignedDuration::from_secs(90),
};

fn kernel() -> AppId {
    AppId {
        domain_id: DOMAIN_ID.to_owned(),
        owner: AppOwner::Profile("mlflow-reader".to_owned()),
        app_type: "KernelGateway".to_owned(),
        name: "instance-mlflow-basepython-2-0-ml-t3-medium".to_owned(),
    }
}

async fn slow() -> Stage {
    let stage = Stage::new().await;
    let world = stage.sandbox.world();
    world.sagemaker.lock().set_pace(SLOW);
    // Every look but the first finds it done. Signatures are good for a quarter of an hour.
    world.clock.advance_with_each_call(CALL);
    stage
}

fn deleting(stage: &Stage) -> Plan {
    let item = Item::new("mlflow-reader", vec![Step::DeleteApp(kernel())]);
    Plan::new("delete an app".to_owned(), stage.place(), vec![item])
}

async fn status(stage: &Stage) -> Option<AppStatus> {
    let apps = stage.survey().await.studio.apps;
    let app = apps.into_iter().find(|app| app.id() == kernel());
    app.map(|app| app.status)
}

#[tokio::test]
async fn an_app_that_is_on_its_way_out_already_is_waited_for() {
    let stage = slow().await;
    let writes = Stage::writes();
    let deleted = stage.cloud.sagemaker.delete_app(&writes, &kernel()).await;
    deleted.unwrap();
    stage.complete(deleting(&stage)).await;
    assert!(matches!(
        status(&stage).await,
        None | Some(AppStatus::Deleted)
    ));
}

#[tokio::test]
async fn who_is_cut_off_while_waiting_waits_on() {
    let stage = slow().await;
    let journal = stage.journal();
    let record = journal.plan(deleting(&stage)).unwrap();
    assert!(
        stage
            .cut_off(journal, &record, (0, 0), Cut::Announced)
            .await
    );
    let writes = Stage::writes();
    let deleted = stage.cloud.sagemaker.delete_app(&writes, &kernel()).await;
    deleted.unwrap();
    let (outcome, failures) = stage.resume(&record).await;
    assert!(outcome.is_complete(), "{failures:?}");
    assert_eq!(stage.found(&record).standing(), Standing::Done);
    assert!(matches!(
        status(&stage).await,
        None | Some(AppStatus::Deleted)
    ));
}

#[tokio::test]
async fn an_app_that_is_gone_already_is_no_failure() {
    let stage = Stage::new().await;
    stage.complete(deleting(&stage)).await;
    stage.complete(deleting(&stage)).await;
}

#[tokio::test]
async fn a_profile_on_its_way_out_is_waited_for() {
    let stage = slow().await;
    let (studio, writes) = (&stage.cloud.sagemaker, Stage::writes());
    // Nobody owns it, and nothing runs in it.
    let name = "left-last-year".to_owned();
    let deleted = studio.delete_profile(&writes, DOMAIN_ID, &name).await;
    deleted.unwrap();
    let domain = DOMAIN_ID.to_owned();
    complete(&stage, vec![Step::DeleteProfile { domain, name }]).await;
    let left = stage.snapshot().await;
    assert!(!left.profiles.contains_key("left-last-year"));
}

#[tokio::test]
async fn a_space_on_its_way_out_is_waited_for() {
    let stage = slow().await;
    let (studio, writes) = (&stage.cloud.sagemaker, Stage::writes());
    let name = "pricing-models".to_owned();
    let lab = AppId {
        domain_id: DOMAIN_ID.to_owned(),
        owner: AppOwner::Space(name.clone()),
        app_type: "JupyterLab".to_owned(),
        name: "default".to_owned(),
    };
    complete(&stage, vec![Step::DeleteApp(lab)]).await;
    let deleted = studio.delete_space(&writes, DOMAIN_ID, &name).await;
    deleted.unwrap();
    let domain = DOMAIN_ID.to_owned();
    complete(&stage, vec![Step::DeleteSpace { domain, name }]).await;
    assert_eq!(stage.snapshot().await.spaces, [""; 0]);
}

#[tokio::test]
async fn a_profile_that_is_being_changed_is_waited_for() {
    let stage = slow().await;
    let (studio, writes) = (&stage.cloud.sagemaker, Stage::writes());
    let roles = stage.snapshot().await.profiles;
    let role = |name: &str| roles[name].1.clone().unwrap();
    let (name, after) = ("mlflow-model-approver".to_owned(), role("mlflow-admin"));
    let domain = DOMAIN_ID.to_owned();
    let between = role("mlflow-reader");
    let changed = studio.set_profile_role(&writes, &domain, &name, &between);
    changed.await.unwrap();
    let step = Step::SetProfileRole {
        domain,
        name,
        before: Some(role("mlflow-model-approver")),
        after: after.clone(),
    };
    complete(&stage, vec![step]).await;
    let role = stage.snapshot().await.profiles["mlflow-model-approver"]
        .1
        .clone();
    assert_eq!(role, Some(after));
}

async fn complete(stage: &Stage, steps: Vec<Step>) {
    let item = Item::new("somebody", steps);
    let plan = Plan::new("clean up".to_owned(), stage.place(), vec![item]);
    stage.complete(plan).await;
}

/// Some hundreds of apps that take minutes to go, on a clock that stands almost still.
async fn crowded(apps: usize) -> (Stage, Plan) {
    let stage = Stage::with(Options {
        profiles: 50,
        apps,
        ..Options::default()
    })
    .await;
    let found = stage.cloud.sagemaker.apps(DOMAIN_ID).await.unwrap();
    let wanted = found.iter().filter(|app| app.name.starts_with("app-"));
    let plan = removal::apps(wanted, stage.place());
    stage.sandbox.world().sagemaker.lock().set_pace(MINUTES);
    (stage, plan)
}

/// How many calls were made to see how far something is.
fn looks(stage: &Stage) -> u64 {
    let calls = |operation| stage.calls(operation);
    calls("ListApps") + calls("DescribeApp")
}

/// The apps that are there.
async fn there(stage: &Stage) -> Vec<AppId> {
    let apps = stage.cloud.sagemaker.apps(DOMAIN_ID).await.unwrap();
    let there = apps.iter().filter(|app| app.is_there());
    there.map(App::id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_deletions_are_watched_by_a_few_lists() {
    let (stage, plan) = crowded(500).await;
    let (before, all) = (looks(&stage), plan.items.len());
    assert!(all > 400);
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    let seen = AtomicUsize::new(0);
    let outcome = stage
        .runner(journal)
        .run(&record, |event| {
            if let Event::Status(_, status) = event {
                assert_eq!(status, "Deleting");
                if seen.fetch_add(1, Ordering::Relaxed) + 1 == all {
                    stage.sandbox.world().clock.advance(MINUTES.going);
                }
            }
        })
        .await
        .unwrap();
    assert_eq!(outcome.done, all);
    // A look lists six pages; to look at each app but once would be more than ten looks.
    let looked = looks(&stage) - before;
    assert!(looked < 100, "{looked} calls to watch {all} apps");
    assert_eq!(stage.calls("DeleteApp"), all as u64);
    // The sample's own, which nobody wanted gone.
    assert_eq!(there(&stage).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_stops_no_deletion_and_goes_on_later() {
    let (stage, plan) = crowded(200).await;
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    let runner = stage.runner(journal);
    let (cancel, ordered) = (runner.tools.cancel.clone(), AtomicUsize::new(0));
    let all = record.plan.items.len();
    let outcome = runner
        .run(&record, |event| {
            let is_order = matches!(event, Event::Step(..));
            if is_order && ordered.fetch_add(1, Ordering::Relaxed) + 1 == all / 2 {
                cancel.cancel();
            }
        })
        .await
        .unwrap();
    assert_eq!((outcome.done, outcome.failed, outcome.left), (0, 0, all));
    drop(runner);
    stage.sandbox.world().clock.advance(MINUTES.going);
    let ordered = usize::try_from(stage.calls("DeleteApp")).unwrap();
    assert!(ordered >= all / 2 && ordered < all, "{ordered} of {all}");
    assert_eq!(there(&stage).await.len(), 6 + all - ordered);
    stage
        .sandbox
        .world()
        .sagemaker
        .lock()
        .set_pace(Pace::AT_ONCE);
    let (outcome, failures) = stage.resume(&record).await;
    assert!(outcome.is_complete(), "{failures:?}");
    assert_eq!(there(&stage).await.len(), 6);
}

#[tokio::test]
async fn an_app_that_is_just_coming_up_is_deleted_when_it_is_up() {
    let stage = Stage::new().await;
    let world = stage.sandbox.world();
    {
        let mut sagemaker = world.sagemaker.lock();
        sagemaker.set_pace(MINUTES);
        let app = kernel();
        assert!(sagemaker.start_app(app.owner.name(), &app.name, world.clock.now()));
    }
    let journal = stage.journal();
    let record = journal.plan(deleting(&stage)).unwrap();
    let statuses = Mutex::new(Vec::new());
    let outcome = stage
        .runner(journal)
        .run(&record, |event| {
            if let Event::Status(_, status) = event {
                statuses.lock().unwrap().push(status);
                world.clock.advance(MINUTES.going);
            }
        })
        .await
        .unwrap();
    assert!(outcome.is_complete());
    assert_eq!(*statuses.lock().unwrap(), ["Pending", "Deleting"]);
    assert!(!there(&stage).await.contains(&kernel()));
}
