//! A day's work with the keyboard alone.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{
        effect::Terminal,
        job::{Job, Stage},
        layer::{Layer, Purpose},
    },
    domain::App,
    plan::Step,
    sandbox::{sagemaker::Pace, world},
};

use super::bench::{Bench, Console};

/// The users' page with everybody on it.
fn users(console: &mut Console) {
    console.keys("2");
    ready(console);
}

/// Waits until users and groups are there.
fn ready(console: &mut Console) {
    console.until(|state| {
        let data = &state.data;
        data.users.remote().at().is_some()
            && data.groups.remote().at().is_some()
            && !data.users.remote().is_loading()
            && !data.groups.remote().is_loading()
    });
}

/// Waits until nothing runs, and what was changed is read again.
fn over(console: &mut Console) -> Job {
    console.until(|state| !state.data.jobs.are_active());
    ready(console);
    console.state.data.jobs.all().last().unwrap().clone()
}

/// The name of the user whose label this is.
fn name(console: &Console, label: &str) -> String {
    let rows = console.state.data.users.rows();
    let user = rows.iter().find(|user| user.label() == label);
    user.unwrap_or_else(|| panic!("no {label} in {rows:?}"))
        .username
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_and_somebody_goes() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        users(&mut console);
        // A new user in a group, with a password to hand over.
        console.keys("anew@example.com\t read \n\t");
        console.press(KeyCode::Right);
        console.ctrl('s');
        console.drawn("Onboard new@example.com?");
        console.keys("\n");
        console.drawn("New password");
        console.keys("v");
        let frame = console.frame();
        ready(&mut console);
        let cognito = bench.sandbox.world().cognito.lock();
        let made = name(&console, "new@example.com");
        let password = cognito.password(world::POOL_ID, &made).unwrap();
        drop(cognito);
        assert!(frame.contains(&password), "{frame}");
        console.keys("\u{1b}");
        let job = over(&mut console);
        assert_eq!((job.stage, job.failed()), (Stage::Done, 0));
        let groups = console.state.data.users.context().groups(&made);
        assert_eq!(groups, ["readers"]);
        let page = console.frame();
        assert!(page.contains("new@example.com"), "{page}");
        assert!(!page.contains(&password), "{page}");
        // And gone again, by typing the name.
        console.keys("/new@example.com\n");
        console.press(KeyCode::Delete);
        console.keys("\n");
        assert!(
            !console.state.data.jobs.are_active(),
            "nothing typed, nothing deleted"
        );
        console.keys("new@example.com\n");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:?}");
        console.drawn("None of 9 users matches");
    });
    let people = bench.people().await;
    assert!(people.iter().all(|user| user.label() != "new@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn marked_users_are_stopped_and_let_in_again() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        users(&mut console);
        console.keys("  x");
        console.drawn("Disable 2 users?");
        console.keys("y");
        let job = over(&mut console);
        assert_eq!((job.rows.len(), job.failed()), (2, 0), "{job:?}");
        let enabled = |console: &Console, name: &str| {
            let users = &console.state.data.users;
            let user = users.rows().iter().find(|user| user.label() == name);
            user.unwrap().enabled
        };
        for row in &job.rows {
            assert!(!enabled(&console, &row.subject));
        }
        console.keys("8\n");
        let frame = console.drawn("2 of 2");
        assert!(frame.contains("disable 2 users"), "{frame}");
        console.keys("\u{1b}2g  e\n");
        let again = over(&mut console);
        assert_eq!((again.rows.len(), again.failed()), (2, 0), "{again:?}");
        for row in &job.rows {
            assert!(enabled(&console, &row.subject));
        }
        console.keys("g   Sy");
        let job = over(&mut console);
        assert_eq!((job.title.as_str(), job.failed()), ("sign out 3 users", 0));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again_alone() {
    let bench = Bench::start(true, 0).await;
    let people = bench.people().await;
    let enabled = people.iter().filter(|user| user.enabled).count();
    let gone = people.into_iter().find(|user| user.enabled).unwrap();
    let mut console = bench.console(false);
    tokio::task::block_in_place(|| {
        users(&mut console);
        console.keys("ma");
    });
    let user = gone.username.clone();
    bench.change(vec![Step::DeleteUser { user }]).await;
    tokio::task::block_in_place(|| {
        // Everybody: also the last who may do everything, which must be typed out.
        console.keys("xempty admins\n");
        let job = over(&mut console);
        assert_eq!((job.stage, job.rows.len()), (Stage::Failed, enabled));
        assert_eq!(job.failed_subjects(), [gone.label()]);
        console.keys("8t");
        let asked = console.state.layers.last();
        assert!(
            matches!(asked, Some(Layer::Dialog(_, Purpose::Resume(_, 1)))),
            "{asked:?}"
        );
        console.keys("y");
        let again = over(&mut console);
        assert_eq!(again.rows.len(), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_and_lists_are_saved() {
    let bench = Bench::start(true, 0).await;
    let somebody = bench.people().await.remove(0);
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| !state.data.verify_findings.is_empty());
        console.keys(":apps type:KernelGateway\n");
        let frame = console.drawn("type:KernelGateway (esc");
        console.until(|state| state.data.apps.remote().at().is_some());
        let frame = frame + &console.frame();
        assert!(
            frame.contains("KernelGateway") && !frame.contains("JupyterServer"),
            "{frame}"
        );
        console.keys(":save running.csv\n");
        let Some(Terminal::Save(file, csv)) = console.wishes.pop_back() else {
            panic!("nothing saved: {:?}", console.wishes)
        };
        assert_eq!(file.to_str(), Some("running.csv"));
        assert!(csv.lines().count() > 1, "{csv}");
        assert!(
            csv.lines()
                .skip(1)
                .all(|line| line.contains("KernelGateway"))
        );

        console.keys(":who registered-models:register\n");
        let frame = console.drawn("who may registered-models:register?");
        assert!(frame.contains("group:admins"), "{frame}");
        assert!(!frame.contains("group:readers"), "{frame}");

        users(&mut console);
        console.keys(&format!(":can user:{}\n", somebody.label()));
        let frame = console.drawn("what may user:");
        assert!(
            !frame.contains("group:admins"),
            "the answers to another question: {frame}"
        );
        console.until(|state| state.data.answers.remote().at().is_some());
        let frame = console.frame();
        assert!(frame.contains("runs:read"), "{frame}");

        console.keys(":theme nord\n");
        assert!(matches!(
            console.wishes.pop_back(),
            Some(Terminal::Theme { name }) if name == "nord"
        ));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_context_changes_nothing() {
    let bench = Bench::start(true, 0).await;
    let before = bench.people().await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(true);
        users(&mut console);
        for keys in ["x", "e", "S", "+", "a"] {
            console.keys(keys);
            let frame = console.frame();
            assert!(
                frame.contains("this context is read-only"),
                "{keys}: {frame}"
            );
            assert!(console.state.layers.is_empty(), "{keys}");
        }
        console.press(KeyCode::Delete);
        assert!(console.state.layers.is_empty());
        assert!(console.state.data.jobs.all().is_empty());
    });
    assert_eq!(bench.people().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_apps_are_found_and_deleted() {
    let bench = Bench::start(true, 0).await;
    let there = async || {
        let apps = bench.cloud().await.sagemaker.apps(world::DOMAIN_ID).await;
        let apps = apps.unwrap().into_iter().filter(App::is_there);
        apps.map(|app| app.app_type).collect::<Vec<_>>()
    };
    assert_eq!(there().await.len(), 7);
    tokio::task::block_in_place(|| {
        bench
            .sandbox
            .world()
            .sagemaker
            .lock()
            .set_pace(Pace::AT_ONCE);
        let mut console = bench.console(false);
        console.keys("K");
        console.drawn("3 forgotten apps");
        // When somebody was last there comes in by itself.
        console.drawn(" 20h ");
        console.press(KeyCode::Delete);
        console.drawn("saves $109.50 a month");
        console.keys("y");
        console.until(|state| !state.data.jobs.are_active());
        console.drawn("0 forgotten apps");
    });
    let left = there().await;
    assert_eq!(left.len(), 4);
    assert!(!left.contains(&"KernelGateway".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_what_is_declared_and_proved() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let trusts = bench.trusts();
        let mut console = bench.console(false);
        console.keys("5");
        console.drawn("model-approver, 4 otherwise");
        console.keys("/approver\n");
        console.keys("e");
        console.drawn("restApiReader:");
        console.keys("y");
        // The change, then its proof.
        console.until(|state| state.data.jobs.all().len() == 2 && !state.data.jobs.are_active());
        let jobs = console.state.data.jobs.all();
        assert!(jobs.iter().all(|job| job.stage == Stage::Done), "{jobs:?}");
        console.drawn("model-approver as declared");
        assert_eq!(bench.trusts(), trusts);
    });
}
