//! Stories told from the matrix page: which can be chosen, what is shown before, how each step
//! and the end are told.

use crossterm::event::KeyCode;
use mlwarden::{
    access::{Catalog, Effect as Says},
    app::{
        Effect, Screen, State,
        actions::Action,
        effect::{Ask, StoryWish},
        enabled,
        job::{JobId, Stage, Work},
        message::{News, Told},
    },
    domain::{AuthScheme, ErrorClass, Failure},
    story::{Event, Outcome, Report, Shelf, Shelved, Story, Tale},
    ui::Theme,
};
use secrecy::ExposeSecret;

use crate::{
    mlflow::exchange,
    scene::{asks, found, frame, hear, keys, predicted, press, start},
};

/// Nobody makes anything.
const LOOKING: &str = r#"
title = "Nobody gets in without a token"
[[step]]
as = "anonymous"
title = "Asks for an experiment"
request = "GET experiments/get"
query = { experiment_id = "0" }
expect = "deny"
status = 401
"#;

/// Somebody looks around.
const ADA: &str = r#"
title = "Ada looks around"
[as]
bearer = "user:ada@example.com"
[[step]]
request = "POST experiments/search"
body = { max_results = 1 }
expect = "allow"
"#;

fn own(name: &str, text: &str) -> Shelved {
    Shelved {
        name: name.to_owned(),
        own: true,
        story: Story::parse(name, text, &format!("/etc/mlwarden/stories/{name}.toml")),
    }
}

/// Three of one's own, one of them with a mistake, and the labs.
fn shelved() -> Vec<Shelved> {
    let mut all = vec![
        own("ada", ADA),
        own(
            "broken",
            "title = \"Broken\"\n[as]\nbearer = \"group:readers\"\n[[step]]\nrequest = \"GET\"\nexpect = \"allow\"\n",
        ),
        own("looking", LOOKING),
    ];
    all.extend(Shelf::default().all());
    all
}

fn matrix() -> State {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    predicted(&mut state);
    state
}

fn small(state: &mut State) -> String {
    frame(state, 80, 24, &Theme::plain())
}

fn large(state: &mut State) -> String {
    frame(state, 120, 40, &Theme::plain())
}

/// The stories that are asked for are known.
fn known(state: &mut State, effects: &[Effect]) -> Vec<Effect> {
    let ticket = asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Stories(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing is looked for: {effects:?}"));
    hear(state, News::Stories(ticket, shelved()))
}

/// Chooses a story by its name.
fn asked(state: &mut State, name: &str) {
    let effects = keys(state, &format!(":story {name}\n"));
    known(state, &effects);
}

/// Chooses a story by its name, told as whom it names, up to the question.
fn chosen(state: &mut State, name: &str) {
    asked(state, name);
    press(state, KeyCode::Enter);
}

/// What is told, as which job.
fn told(effects: &[Effect]) -> (JobId, StoryWish) {
    asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Tell(job, wish) => Some((*job, (**wish).clone())),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing is told: {effects:?}"))
}

/// The lab of readers by token only, under way.
fn reader(state: &mut State) -> (JobId, Tale) {
    chosen(state, "reader");
    let (job, wish) = told(&keys(state, "y"));
    let tale = wish.program.tales[0].clone();
    (job, tale)
}

/// What became of a story whose step `at` did not go as expected.
fn failed(tale: &Tale, at: usize) -> Report {
    let catalog = Catalog::for_version("2.12.2");
    let mut report = Report::planned(&tale.story, &tale.telling, &catalog);
    for (place, step) in report.steps.iter_mut().enumerate().take(at + 1) {
        if place < at {
            step.outcome = Outcome::Passed;
            step.came = match step.expected.effect {
                Says::Allow => "allow 200 by mlflow in 3 ms".to_owned(),
                Says::Deny => "deny 403 by gateway in 2 ms".to_owned(),
            };
        } else {
            step.outcome = Outcome::Failed;
            step.came = "allow 200 by mlflow in 4 ms".into();
            step.why = "must be refused, and MLflow did it: the authorizer let it through".into();
        }
    }
    report
}

/// A story that passed.
fn passed(tale: &Tale) -> Report {
    let mut report = failed(tale, tale.story.steps.len());
    report.made.experiment = Some("mlwarden-story-1f".to_owned());
    report.made.experiment_id = Some("7".to_owned());
    report.made.runs = 1;
    report.made.models = vec!["mlwarden-story-1f".to_owned()];
    report
}

fn ends(state: &mut State, job: JobId, reports: Vec<Report>) {
    let told = Told {
        reports,
        lost: Vec::new(),
    };
    hear(state, News::Told(job, Ok(Box::new(told))));
}

#[test]
fn the_labs_and_ones_own_can_be_chosen_and_a_mistake_is_said_with_its_place() {
    let mut state = matrix();
    let effects = keys(&mut state, "ms");
    assert!(state.layers.is_empty(), "nothing is known yet");
    known(&mut state, &effects);
    insta::assert_snapshot!("stories_picker_80x24", small(&mut state));
    insta::assert_snapshot!("stories_picker_120x40", large(&mut state));
    // What is broken cannot be chosen.
    keys(&mut state, "broken\n");
    assert!(state.data.jobs.all().is_empty());
    press(&mut state, KeyCode::Esc);
    // Asked for by name, it says why.
    asked(&mut state, "broken");
    let page = large(&mut state);
    assert!(page.contains("line 5, column 11"), "{page}");
}

#[test]
fn what_is_borrowed_and_written_is_shown_before_anything_is_agreed_to() {
    let mut state = matrix();
    chosen(&mut state, "reader");
    insta::assert_snapshot!("stories_confirm_80x24", small(&mut state));
    insta::assert_snapshot!("stories_confirm_120x40", large(&mut state));
    assert!(!large(&mut state).contains("iam:UpdateAssumeRolePolicy"));
    // A lone enter does nothing: No has the focus.
    assert!(asks(&keys(&mut state, "\n")).is_empty());
    chosen(&mut state, "reader");
    keys(&mut state, "t");
    let page = large(&mut state);
    assert!(page.contains("iam:UpdateAssumeRolePolicy"), "{page}");
    let (job, wish) = told(&keys(&mut state, "y"));
    assert!(wish.grant_trust && wish.passwords.is_empty());
    assert_eq!(wish.program.tales.len(), 2, "by token and by signature");
    assert_eq!(
        state.data.jobs.get(job).unwrap().total,
        wish.program.steps()
    );
    // The same as a command.
    keys(&mut state, "8C");
    let page = large(&mut state);
    assert!(
        page.contains("mlwarden verify --story reader --grant-trust"),
        "{page}"
    );
}

#[test]
fn they_are_told_as_whoever_is_named_and_by_one_scheme_only() {
    let mut state = matrix();
    asked(&mut state, "reader");
    insta::assert_snapshot!("stories_whom_80x24", small(&mut state));
    // What is typed is completed with whoever is known, and held against the story at once.
    keys(&mut state, "model-app");
    press(&mut state, KeyCode::Right);
    insta::assert_snapshot!("stories_whom_named_120x40", large(&mut state));
    press(&mut state, KeyCode::Enter);
    let page = large(&mut state);
    assert!(page.contains("group:model-approvers by bearer: "), "{page}");
    assert!(!page.contains("by sigv4"), "{page}");
    let (job, wish) = told(&keys(&mut state, "y"));
    let tellings: Vec<String> = wish
        .program
        .tales
        .iter()
        .map(|tale| tale.telling.words())
        .collect();
    assert_eq!(tellings, ["group:model-approvers by bearer"]);
    keys(&mut state, "8C");
    let page = large(&mut state);
    let command = "mlwarden verify --story reader --as group:model-approvers";
    assert!(page.contains(command), "{page}");
    press(&mut state, KeyCode::Esc);
    // Once more: as the same.
    ends(&mut state, job, Vec::new());
    press(&mut state, KeyCode::Enter);
    keys(&mut state, "8t");
    let (_, wish) = told(&keys(&mut state, "y"));
    assert_eq!(wish.program.tales.len(), 1);
}

#[test]
fn a_person_or_a_scheme_that_the_story_has_no_requests_for_is_refused_where_it_was_said() {
    let mut state = matrix();
    asked(&mut state, "reader");
    keys(&mut state, "ada@example.com\n");
    let page = large(&mut state);
    assert!(page.contains("unknown principal"), "{page}");
    press(&mut state, KeyCode::Esc);
    asked(&mut state, "reader");
    keys(&mut state, "user:ada@example.com");
    press(&mut state, KeyCode::BackTab);
    keys(&mut state, "sigv4\n\n\n");
    insta::assert_snapshot!("stories_whom_refused_120x40", large(&mut state));
    // The same person by token: their password is asked for.
    press(&mut state, KeyCode::BackTab);
    keys(&mut state, "bearer\n\n\n");
    let page = large(&mut state);
    assert!(page.contains("Passwords for the story"), "{page}");
    keys(&mut state, "hunter2\n");
    let (job, _) = told(&keys(&mut state, "y"));
    let program = match &state.data.jobs.get(job).unwrap().work {
        Work::Story { program, .. } => program.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(program.scheme, Some(AuthScheme::Bearer));
    keys(&mut state, "8C");
    let page = large(&mut state);
    let command = "--as user:ada@example.com --scheme bearer";
    assert!(page.contains(command), "{page}");
}

#[test]
fn what_a_story_finds_says_which_story_found_it() {
    let mut state = matrix();
    let (job, _) = reader(&mut state);
    let surprise = exchange(2, Says::Deny, Says::Allow, 200);
    hear(&mut state, News::StoryExchanged(job, surprise));
    let page = large(&mut state);
    assert!(
        page.contains("found by the story reader: group:readers may"),
        "{page}"
    );
    assert!(
        state
            .data
            .verify_findings
            .iter()
            .any(|one| one.title.contains("readers"))
    );
}

#[test]
fn every_step_is_told_as_it_is_made_and_a_failed_one_with_what_came_instead() {
    let mut state = matrix();
    let (job, tale) = reader(&mut state);
    let report = failed(&tale, 9);
    let telling = |state: &mut State, event| {
        hear(state, News::Telling(job, Box::new(event)));
    };
    telling(&mut state, Event::Telling(0));
    assert!(small(&mut state).contains("reader, group:readers by bearer: making ready"));
    for (at, step) in report.steps.iter().enumerate().take(10) {
        telling(&mut state, Event::Begun(at));
        let page = small(&mut state);
        assert!(page.contains(&format!("step {} of", at + 1)), "{page}");
        telling(&mut state, Event::Step(at, Box::new(step.clone())));
    }
    telling(&mut state, Event::Cleaning);
    assert!(small(&mut state).contains("taking away what was made"));
    telling(&mut state, Event::Finished(Box::new(report.clone())));
    ends(&mut state, job, vec![report]);
    insta::assert_snapshot!("stories_failed_120x40", large(&mut state));
    press(&mut state, KeyCode::Enter);
    let over = state.data.jobs.get(job).unwrap();
    assert_eq!(
        (over.stage, over.rows.len(), over.failed()),
        (Stage::Failed, 10, 1)
    );
    keys(&mut state, "8\n");
    insta::assert_snapshot!("stories_job_120x40", large(&mut state));
    press(&mut state, KeyCode::Esc);
    // And once more: the question comes again.
    keys(&mut state, "t");
    let page = large(&mut state);
    assert!(page.contains("Tell the story reader?"), "{page}");
}

#[test]
fn what_passed_and_what_was_not_tested_are_told_apart() {
    let mut state = matrix();
    let (job, tale) = reader(&mut state);
    let good = passed(&tale);
    let mut untested = failed(&tale, 0);
    untested.steps[0].outcome = Outcome::Unreached;
    untested.steps[0].came.clear();
    let failure = Failure::new(
        ErrorClass::Denied { action: None },
        "assuming mlflow-reader",
        "its trust does not let you in",
    );
    untested.not_begun = Some(failure.advise("choose t to be let in"));
    hear(
        &mut state,
        News::Telling(job, Box::new(Event::Finished(Box::new(untested.clone())))),
    );
    ends(&mut state, job, vec![good, untested]);
    insta::assert_snapshot!("stories_untested_80x24", small(&mut state));
    let page = large(&mut state);
    for text in [
        "story reader: 1 passed, 0 failed, 1 not tested",
        "its trust does not let you in",
        "choose t to be let in",
        "removed: registered model",
    ] {
        assert!(page.contains(text), "{text} in\n{page}");
    }
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Failed);
}

#[test]
fn a_story_that_passes_is_done() {
    let mut state = matrix();
    let (job, tale) = reader(&mut state);
    ends(&mut state, job, vec![passed(&tale)]);
    insta::assert_snapshot!("stories_passed_80x24", small(&mut state));
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Done);
}

#[test]
fn a_stopped_story_is_cancelled_and_says_that_nothing_is_left() {
    let mut state = matrix();
    let (job, tale) = reader(&mut state);
    let effects = keys(&mut state, "8x");
    let stopped = asks(&effects)
        .into_iter()
        .any(|ask| matches!(ask, Ask::Cancel(id) if *id == job));
    assert!(stopped, "{effects:?}");
    let mut report = failed(&tale, 3);
    report.cancelled = true;
    ends(&mut state, job, vec![report]);
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Cancelled);
    assert!(small(&mut state).contains("what was made is taken away"));
    assert!(state.layers.is_empty());
}

#[test]
fn what_could_not_be_taken_away_is_said_whatever_came_of_it() {
    let mut state = matrix();
    let (job, tale) = reader(&mut state);
    let mut report = passed(&tale);
    let failure = Failure::new(ErrorClass::Unavailable, "deleting run 1f", "504");
    report
        .left
        .push(failure.advise("the next verify tries again"));
    ends(&mut state, job, vec![report]);
    let page = large(&mut state);
    assert!(page.contains("deleting run 1f: 504"), "{page}");
    assert!(page.contains("the next verify tries again"), "{page}");
}

#[test]
fn read_only_only_what_changes_nothing_is_told() {
    let mut state = matrix();
    state.data.label.read_only = true;
    assert_eq!(enabled(&state, Action::Story), Ok(()));
    let effects = keys(&mut state, "ms");
    known(&mut state, &effects);
    insta::assert_snapshot!("stories_read_only_120x40", large(&mut state));
    press(&mut state, KeyCode::Esc);
    asked(&mut state, "admin");
    let page = large(&mut state);
    assert!(page.contains("telling the story admin"), "{page}");
    assert!(page.contains("without --read-only"), "{page}");
    keys(&mut state, "\n");
    chosen(&mut state, "looking");
    // Nothing is borrowed and nothing written: enter is enough.
    let (_, wish) = told(&keys(&mut state, "\n"));
    assert_eq!(wish.program.writing(), 0);
}

#[test]
fn a_persons_password_is_asked_for_and_never_shown() {
    let mut state = matrix();
    chosen(&mut state, "ada");
    let page = large(&mut state);
    assert!(page.contains("ada@example.com"), "{page}");
    keys(&mut state, "hunter2\n");
    let page = large(&mut state);
    assert!(page.contains("Tell the story ada?"), "{page}");
    assert!(!page.contains("hunter2"), "{page}");
    let (_, wish) = told(&keys(&mut state, "y\n"));
    let password = wish.passwords.get("ada@example.com").unwrap();
    assert_eq!(password.expose_secret(), "hunter2");
}

#[test]
fn several_are_told_in_one_job_and_no_other_meanwhile() {
    let mut state = matrix();
    chosen(&mut state, "all");
    let page = large(&mut state);
    assert!(page.contains("Tell 3 stories?"), "{page}");
    let (job, wish) = told(&keys(&mut state, "y"));
    assert_eq!(wish.program.stories().len(), 3);
    let why = enabled(&state, Action::Story).unwrap_err();
    assert!(
        why.contains("stories admin, reader, approver is under way"),
        "{why}"
    );
    ends(&mut state, job, Vec::new());
    assert_eq!(enabled(&state, Action::Story), Ok(()));
}

#[test]
fn a_name_from_anywhere_leads_to_the_matrix_and_an_unknown_one_says_which_there_are() {
    let mut state = matrix();
    keys(&mut state, "1");
    chosen(&mut state, "approver");
    assert_eq!(state.screen(), Screen::Matrix);
    assert!(large(&mut state).contains("Tell the story approver?"));
    press(&mut state, KeyCode::Esc);
    asked(&mut state, "nobody");
    let page = large(&mut state);
    assert!(page.contains("looking for the story nobody"), "{page}");
    assert!(page.contains("approver, all, ada"), "{page}");
    press(&mut state, KeyCode::Esc);
    // Tab knows them now.
    keys(&mut state, ":story loo\t");
    assert!(large(&mut state).contains("story looking"));
}

#[test]
fn an_answer_that_nobody_waits_for_opens_nothing() {
    let mut state = matrix();
    let first = keys(&mut state, "ms");
    let second = keys(&mut state, "ms");
    known(&mut state, &first);
    assert!(state.layers.is_empty());
    keys(&mut state, "?");
    known(&mut state, &second);
    assert_eq!(
        state.layers.len(),
        1,
        "nor over a window that came meanwhile"
    );
}
