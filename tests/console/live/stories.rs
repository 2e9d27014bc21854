//! The labs told on the sandbox, with keys alone, and nothing of them left over.

use std::fs;

use mlwarden::{
    access::authorizer::Rule,
    app::job::{Job, Stage},
    identity::signing,
    plan::Journal,
    sandbox::{Faults, Options, world},
    story::PREFIX,
};

use super::bench::{Bench, Console, administrator};

/// The job that was started last, when it is over.
fn over(console: &mut Console) -> Job {
    console.until(|state| !state.data.jobs.are_active());
    console.state.data.jobs.all().last().unwrap().clone()
}

/// The matrix page, ready for stories.
fn matrix(console: &mut Console) {
    console.keys("4");
    console.until(|state| !state.data.matrix.cells.is_empty() && state.data.rules.are_read());
}

/// Chooses a story by its name and agrees to it; `options` are keys of its options.
fn tell(console: &mut Console, name: &str, options: &str) -> Job {
    console.keys("ms");
    console.drawn("Tell a story");
    console.keys(name);
    console.keys("\n");
    console.drawn(&format!("The story {name}"));
    console.keys("\n");
    console.drawn("Tell the story");
    console.keys(options);
    console.keys("y");
    over(console)
}

/// The names of the stories' experiments and models that live, as the account's administrator is
/// told them.
async fn living(bench: &Bench) -> Vec<String> {
    let client = reqwest::Client::new();
    let base = format!("{}prod/api/2.0/mlflow", bench.sandbox.url());
    let mut names = Vec::new();
    for (operation, items) in [
        ("experiments/search?max_results=1000", "experiments"),
        (
            "registered-models/search?max_results=1000",
            "registered_models",
        ),
    ] {
        let mut request = client.get(format!("{base}/{operation}")).build().unwrap();
        signing::sign(&mut request, &administrator(), world::REGION).unwrap();
        let answer = client.execute(request).await.unwrap();
        let found: serde_json::Value = answer.json().await.unwrap();
        let found = found[items].as_array().cloned().unwrap_or_default();
        let found = found.iter().filter_map(|one| one["name"].as_str());
        names.extend(found.map(str::to_owned));
    }
    assert!(!names.is_empty(), "the sample's own are there");
    names.retain(|name| name.starts_with(PREFIX));
    names
}

/// Nothing is borrowed, nobody is trusted, and of the stories there are deleted rows alone.
async fn nothing_is_left(bench: &Bench) {
    let journal = Journal::open(bench.state_dir()).unwrap();
    let owed: Vec<_> = journal
        .entries()
        .unwrap()
        .into_iter()
        .filter(|entry| entry.given_back_at.is_none())
        .collect();
    assert!(owed.is_empty(), "{owed:?}");
    assert!(bench.probes().await.is_empty());
    let trusts = bench.trusts();
    assert!(
        trusts.values().all(|trust| !trust.contains(world::ACCOUNT)),
        "{trusts:?}"
    );
    let living = living(bench).await;
    assert!(living.is_empty(), "{living:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_pass_by_both_schemes_and_nothing_of_them_stays() {
    let bench = Bench::start(false, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        matrix(&mut console);
        for lab in ["admin", "reader", "approver"] {
            let job = tell(&mut console, lab, "t");
            assert_eq!(job.stage, Stage::Done, "{job:#?}");
            assert_eq!((job.done, job.failed()), (job.total, 0), "{job:#?}");
            let shown = console.drawn(&format!("story {lab}: 2 passed"));
            assert!(shown.contains(&format!("✓ {lab}, group:")), "{shown}");
            console.keys("\n");
        }
        // Every request of theirs stands in the list of requests, each once.
        let log = &console.state.data.mlflow.log;
        let mut numbers: Vec<u64> = log.iter().map(|exchange| exchange.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), log.len());
        assert!(log.len() > 60, "{}", log.len());
        console.end();
    });
    nothing_is_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_may_create_runs_fails_the_story_in_that_step() {
    let bench = Bench::start(false, 0).await;
    {
        let mut gateway = bench.sandbox.world().gateway.lock();
        let groups = gateway.contract.groups.iter_mut();
        for group in groups.filter(|group| group.name == "readers") {
            group.allow.push(Rule {
                method: "POST".to_owned(),
                path: "/ajax-api/2.0/mlflow/runs/create".to_owned(),
            });
        }
    }
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        matrix(&mut console);
        let job = tell(&mut console, "reader", "");
        assert_eq!(job.stage, Stage::Failed, "{job:#?}");
        let shown = console.drawn("0 passed, 1 failed, 1 not tested");
        for text in [
            "Is refused to create a run: failed",
            "must be refused, and MLflow did it",
        ] {
            assert!(shown.contains(text), "{text} in\n{shown}");
        }
        let rows: Vec<_> = job
            .rows
            .iter()
            .filter(|row| row.failure.is_some())
            .collect();
        assert!(
            rows[0].subject.contains("Is refused to create a run"),
            "{rows:?}"
        );
        assert!(
            rows[1].subject.contains("profile:mlflow-reader by sigv4"),
            "{rows:?}"
        );
        console.end();
    });
    nothing_is_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_story_takes_away_what_it_made() {
    let faults: Faults = "latency=20ms..40ms".parse().unwrap();
    let bench = Bench::of(Options {
        faults: Some(faults),
        ..Options::default()
    })
    .await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        matrix(&mut console);
        console.keys(":story admin\n");
        console.drawn("The story admin");
        console.keys("\n");
        console.drawn("Tell the story admin?");
        console.keys("y");
        // In the middle of it, with a run and a model made.
        console.until(|state| state.data.jobs.all().iter().any(|job| job.done >= 6));
        console.keys("8x");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Cancelled, "{job:#?}");
        assert!(console.frame().contains("what was made is taken away"));
        console.end();
    });
    nothing_is_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_are_found_beside_the_config_and_read_only_refuses_what_writes() {
    let bench = Bench::start(false, 0).await;
    let folder = bench.state_dir().join("stories");
    fs::create_dir(&folder).unwrap();
    let mine = "title = \"Nobody gets in\"\n[[step]]\nas = \"anonymous\"\nrequest = \"GET \
                experiments/get\"\nquery = { experiment_id = \"0\" }\nexpect = \"deny\"\nstatus = \
                401\n";
    fs::write(folder.join("nobody.toml"), mine).unwrap();
    fs::write(folder.join("broken.toml"), "title = 1\n").unwrap();
    let changes = || bench.sandbox.world().mlflow.lock().changes();
    let before = changes();
    tokio::task::block_in_place(|| {
        let mut console = bench.console(true);
        matrix(&mut console);
        console.keys("ms");
        let shown = console.drawn("Tell a story");
        assert!(shown.contains("broken.toml: line 1, column 9"), "{shown}");
        assert!(shown.contains("Nobody gets in"), "{shown}");
        console.keys("admin\n");
        assert!(
            console.frame().contains("Tell a story"),
            "it cannot be chosen"
        );
        console.keys("\u{1b}:story nobody\n");
        console.drawn("The story nobody");
        console.keys("\n");
        console.drawn("Tell the story nobody?");
        console.keys("\n");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:#?}");
        console.end();
    });
    assert_eq!(changes(), before);
    nothing_is_left(&bench).await;
}
