//! MLflow as somebody, on the sandbox.

use crossterm::event::KeyCode;
use jiff::SignedDuration;
use mlwarden::{
    app::{Screen, State, table::Listing},
    domain::Principal,
    plan::Step,
    sandbox::world,
};

use super::bench::{Bench, Console};

fn group(name: &str) -> Principal {
    Principal::Group(name.to_owned())
}

/// Chooses whom to be, by typing part of the name, and agrees to what it takes.
fn become_principal(console: &mut Console, name: &str) {
    console.keys("a");
    console.drawn("See MLflow as");
    console.keys(name);
    console.keys("\n");
    console.keys("\n");
    console.until(|state| {
        state
            .data
            .mlflow
            .who()
            .is_some_and(|who| who.principal.to_string() == name)
    });
}

/// The probe users that there are, by name.
fn names(bench: &Bench) -> Vec<String> {
    let probes = tokio::runtime::Handle::current().block_on(bench.probes());
    probes.into_iter().map(|user| user.username).collect()
}

fn came(screen: Screen) -> impl Fn(&State) -> bool {
    move |state| {
        state
            .data
            .mlflow
            .listing(screen)
            .is_some_and(|listing| listing.shown() > 0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_browses_as_a_reader_down_to_an_artifact_and_leaves_nothing_behind() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| !state.data.matrix.cells.is_empty());
        console.keys("b");
        console.drawn("See MLflow as");
        console.keys("group:readers\n");
        console.drawn("makes a probe user of readers");
        console.keys("\n");
        console.until(came(Screen::Experiments));
        let drawn = console.drawn("california-housing");
        assert!(drawn.contains("as group:readers, bearer, "), "{drawn}");
        console.keys("/california\n\n");
        console.until(came(Screen::Runs));
        console.drawn("rmse");
        console.keys("\n");
        console.until(came(Screen::Run));
        console.drawn("max_depth");
        console.keys("M");
        console.until(came(Screen::Artifacts));
        let before = console.state.data.mlflow.artifacts.shown();
        console.keys("/model\n\n");
        console.until(|state| state.data.mlflow.artifacts.total() > before);
        console.drawn("▾ model/");
        console.keys("B");
        console.until(came(Screen::Models));
        console.keys("\n");
        console.until(came(Screen::Versions));
        console.drawn("version");
        console.keys("Q");
        console.drawn("GET runs/get");
        let log = &console.state.data.mlflow.log;
        let surprises: Vec<_> = log
            .iter()
            // The sample keeps `/version` from its readers, which its text does not say.
            .filter(|exchange| exchange.is_surprise() && exchange.request.path != "/version")
            .collect();
        assert!(surprises.is_empty(), "{surprises:?}");
        assert!(log.len() >= 7, "every request is seen: {}", log.len());
        console.keys("q");
        console.end();
    });
    assert_eq!(bench.probes().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_place_is_seen_as_somebody_else_who_signs_in_once() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| !state.data.matrix.cells.is_empty());
        console.keys("b");
        console.drawn("See MLflow as");
        console.keys("group:readers\n\n");
        console.until(came(Screen::Experiments));
        become_principal(&mut console, "group:admins");
        console.until(came(Screen::Experiments));
        let made = names(&bench);
        assert_eq!(made.len(), 2);
        console.keys(",");
        console.until(|state| {
            state
                .data
                .mlflow
                .who()
                .is_some_and(|who| who.principal == group("readers"))
        });
        console.until(came(Screen::Experiments));
        console.keys(",");
        console.until(|state| {
            state
                .data
                .mlflow
                .who()
                .is_some_and(|who| who.principal == group("admins"))
        });
        console.until(came(Screen::Experiments));
        assert_eq!(names(&bench), made, "coming back costs nothing");
        console.keys("q");
        console.end();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_who_refused_and_the_page_stays_in_use() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| !state.data.matrix.cells.is_empty());
        console.keys("b");
        console.drawn("See MLflow as");
        console.keys("anonymous\n");
        let drawn = console.drawn("refused without a token");
        assert!(drawn.contains("mlwarden why anonymous"), "{drawn}");
        become_principal(&mut console, "group:readers");
        console.until(came(Screen::Experiments));
        console.keys("A");
        console.drawn("Who looks beside?");
        console.keys("anonymous\n");
        console.drawn("beside anonymous");
        console.keys("q");
        console.end();
    });
}

/// The console on the registered models, as somebody.
fn on_models(console: &mut Console, name: &str) {
    console.until(|state| !state.data.matrix.cells.is_empty());
    console.keys("B");
    console.drawn("See MLflow as");
    console.keys(name);
    console.keys("\n\n");
    console.until(came(Screen::Models));
}

/// Chooses to edit the description of the model under the cursor, and previews it.
fn describe(console: &mut Console, text: &str) {
    console.keys("e");
    console.drawn("Edit the description");
    console.keys("description\n");
    console.drawn("[ Preview ]");
    console.keys(text);
    console.ctrl('s');
    console.drawn("sets the description of model");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_offered_planned_made_and_taken_back() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        on_models(&mut console, "group:admins");
        let described = |state: &State| {
            let row = state.data.mlflow.models.current().unwrap();
            row.model.description.clone()
        };
        let before = described(&console.state);
        describe(&mut console, " (checked)");
        console.keys("y");
        console.until(|state| described(state).ends_with("(checked)"));
        console.keys("8");
        console.drawn("describe model");
        console.keys("u");
        console.drawn("[ No ]");
        console.keys("y");
        console.keys("B");
        console.until(|state| came(Screen::Models)(state) && described(state) == before);
        console.keys("q");
        console.end();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_tried_and_the_job_proves_the_refusal() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        on_models(&mut console, "group:readers");
        console.keys("e");
        console.drawn("refused by the gateway, as declared");
        console.keys("\u{1b}");
        describe(&mut console, "!");
        console.keys("y");
        console.until(|state| !state.data.jobs.all().is_empty() && !state.data.jobs.are_active());
        console.keys("8");
        console.drawn("describe model");
        console.keys("\n");
        let drawn = console.drawn("refused by the gateway (403 AccessDeniedException");
        assert!(drawn.contains("the matrix says deny"), "{drawn}");
        console.keys("\u{1b}q");
        console.end();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_drawn_runs_compared_and_files_looked_at_and_downloaded() {
    let bench = Bench::start(true, 0).await;
    let folder = tempfile::tempdir().unwrap();
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        on_models(&mut console, "group:readers");
        console.keys("b");
        console.until(came(Screen::Experiments));
        console.keys("\n");
        console.until(came(Screen::Runs));
        console.keys("maV");
        console.drawn("Which metric?");
        console.keys("loss\n");
        console.drawn("loss · by step");
        console.keys("x");
        console.drawn("loss · by time");
        console.keys("\u{1b}D");
        console.drawn("DIFFER");
        console.keys("\u{1b}mc\n");
        console.until(came(Screen::Run));
        console.keys("M");
        console.until(came(Screen::Artifacts));
        console.keys("/metrics\n\n");
        console.drawn("JSON");
        console.keys("O");
        console.drawn("[ Download ]");
        for _ in 0.."artifacts".len() {
            console.press(KeyCode::Backspace);
        }
        console.keys(folder.path().to_str().unwrap());
        console.ctrl('s');
        console.until(|state| !state.data.jobs.all().is_empty() && !state.data.jobs.are_active());
        console.keys("\u{1b}q");
        console.end();
    });
    let text = std::fs::read_to_string(folder.path().join("metrics.json")).unwrap();
    assert!(text.starts_with('{'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_is_completed_and_comes_back_marked_where_it_is_refused() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        on_models(&mut console, "group:readers");
        console.keys("b");
        console.until(came(Screen::Experiments));
        console.keys("\n");
        console.until(came(Screen::Runs));
        let before = console.state.data.mlflow.runs.total();
        console.keys("=stat");
        for next in ["a comparison", "a text in quotes", "and"] {
            console.press(KeyCode::Right);
            console.drawn(&format!("next: {next}"));
        }
        console.keys("AND metrics.rmse >");
        console.ctrl('s');
        let drawn = console.drawn("Invalid clause(s) in filter string");
        assert!(drawn.contains("^^^"), "{drawn}");
        console.keys("\u{1b}");
        assert_eq!(console.state.data.mlflow.runs.total(), before);
        console.keys("=");
        console.press(KeyCode::End);
        console.keys(" 1e9");
        console.ctrl('s');
        console.until(|state| state.data.mlflow.runs.total() == 0);
        console.drawn("metrics.rmse > 1e9");
        console.keys("q");
        console.end();
    });
}

/// The approver of the sample.
const APPROVER: &str = "mlflow-model-approver@example.com";

/// Becomes the approver by password.
fn as_approver(console: &mut Console) {
    console.until(|state| !state.data.matrix.cells.is_empty());
    console.keys("b");
    console.drawn("See MLflow as");
    console.press(KeyCode::Esc);
    console.keys(&format!(":as user:{APPROVER}\n"));
    console.drawn("Sign in as");
    console.keys(&format!("{}\n", world::PASSWORD));
    console.until(came(Screen::Experiments));
}

/// What is done behind the console's back, and an hour later, when every token has run out.
fn an_hour_after(bench: &Bench, step: Step) {
    tokio::runtime::Handle::current().block_on(bench.change(vec![step]));
    let clock = &bench.sandbox.world().clock;
    clock.advance(SignedDuration::from_mins(61));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_group_is_told_so_and_held_against_what_they_are_then() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        as_approver(&mut console);
        console.keys("B");
        console.until(came(Screen::Models));
        let step = Step::RemoveFromGroup {
            user: APPROVER.to_owned(),
            group: "model-approvers".to_owned(),
        };
        an_hour_after(&bench, step);
        console.keys("r");
        console.drawn("in no group by now");
        console.until(|state| {
            let models = &state.data.mlflow.models;
            models.shown() == 3 && models.remote().error().is_some()
        });
        // However long it takes to say who one is, that the rows are old is seen.
        console.drawn("; refreshing failed · as user:");
        let who = console.state.data.mlflow.who().unwrap();
        assert_eq!(who.groups.as_deref(), Some(&[] as &[String]));
        let log = &console.state.data.mlflow.log;
        let surprises: Vec<_> = log
            .iter()
            .filter(|exchange| exchange.is_surprise() && exchange.request.path != "/version")
            .collect();
        assert!(surprises.is_empty(), "{surprises:?}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_out_meanwhile_signs_in_anew() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        as_approver(&mut console);
        let step = Step::SignOut {
            user: APPROVER.to_owned(),
        };
        an_hour_after(&bench, step);
        console.keys("r");
        console.until(|state| {
            let error = state.data.mlflow.experiments.remote().error();
            error.is_some_and(|error| error.next_step().contains("signs in anew"))
        });
        console.keys("r");
        console.until(|state| {
            let remote = state.data.mlflow.experiments.remote();
            remote.error().is_none() && !remote.is_loading()
        });
    });
}
