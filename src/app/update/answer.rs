//! Questions to the user, and what their answers lead to.

use std::path::PathBuf;

use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};

use super::{
    adopt, cleanup, groups, leave, matrix, mlflow, people, places, plans, profiles, publish,
    review, stop_jobs, stories, user_forms, users,
};
use crate::{
    app::{
        Effect,
        dialog::{
            Answer, Call, Confirm, Dialog, Field, Form, Item, Outcome, Picker, SecretNote,
            Severity, Text, Toggle, Values,
        },
        effect::{Ask, Terminal},
        job::Work,
        layer::{Layer, Purpose},
        matrix::Progress,
        state::State,
        table::Format,
        tone::Tone,
    },
    domain::Principal,
    probe::{VerifyOptions, plan::borrowings, publish::Wanted},
};

/// The key of the option that lets the caller into the execution roles.
pub(super) const TRUST: char = 't';

/// Puts a question on top.
pub(super) fn ask(state: &mut State, dialog: impl Into<Dialog>, purpose: Purpose) {
    state.push(Layer::Dialog(Box::new(dialog.into()), purpose));
}

/// Puts something to read under what is open: a key meant for that must not close it.
pub(super) fn under(state: &mut State, dialog: impl Into<Dialog>) {
    let mut layer = Layer::Dialog(Box::new(dialog.into()), Purpose::Told);
    layer.resize(state.room);
    state.layers.insert(0, layer);
}

/// What came of a key, a paste or a click in the dialog on top.
pub(super) fn outcome(state: &mut State, outcome: Outcome) -> Vec<Effect> {
    match outcome {
        Outcome::Stay => Vec::new(),
        Outcome::Copy(text) => super::copy(state, "the text", text),
        Outcome::CopySecret(secret) => {
            state.hint("copied; it is not kept anywhere");
            vec![Effect::Terminal(Terminal::CopySecret(secret))]
        }
        Outcome::Moved(id) => match state.layers.last() {
            Some(Layer::Dialog(_, Purpose::Theme { .. })) => theme(id),
            _ => Vec::new(),
        },
        Outcome::Cancelled => match close(state) {
            Some(Purpose::Theme { before }) => theme(before),
            _ => Vec::new(),
        },
        Outcome::Done(answer) => match close(state) {
            Some(purpose) => answered(state, purpose, answer),
            None => Vec::new(),
        },
    }
}

/// Takes the dialog on top away.
fn close(state: &mut State) -> Option<Purpose> {
    match state.layers.pop() {
        Some(Layer::Dialog(_, purpose)) => Some(purpose),
        Some(other) => {
            state.push(other);
            None
        }
        None => None,
    }
}

fn theme(name: String) -> Vec<Effect> {
    vec![Effect::Terminal(Terminal::Theme { name })]
}

fn answered(state: &mut State, purpose: Purpose, answer: Answer) -> Vec<Effect> {
    match (purpose, answer) {
        (Purpose::Verify, answer @ Answer::Confirmed { .. }) => verify(state, answer.is_on(TRUST)),
        (Purpose::Stop { leave: true }, Answer::Confirmed { .. }) => leave(state),
        (Purpose::Stop { leave: false }, Answer::Confirmed { .. }) => {
            state.tell("stopping; what was borrowed is given back first…");
            stop_jobs(state)
        }
        (Purpose::Run(plan, passwords, prove), answer @ Answer::Confirmed { .. }) => {
            let prove = if answer.is_on(plans::PROVE) {
                prove
            } else {
                Vec::new()
            };
            plans::run(state, *plan, passwords, prove)
        }
        (Purpose::Prove(principals), Answer::Confirmed { .. }) => plans::prove(state, principals),
        (Purpose::Resume(plan, left), Answer::Confirmed { .. }) => {
            plans::resume(state, &plan, left)
        }
        (Purpose::Theme { .. }, Answer::Picked(names)) => {
            let Some(name) = names.into_iter().next() else {
                return Vec::new();
            };
            state.theme_chosen = true;
            theme(name)
        }
        (Purpose::Place(choice), Answer::Picked(names)) => match names.into_iter().next() {
            Some(name) => places::switch(state, choice(name)),
            None => Vec::new(),
        },
        (Purpose::Filter(screen), Answer::Picked(names)) => {
            let text = names
                .first()
                .and_then(|name| state.saved_filters.get(&screen)?.get(name))
                .cloned();
            if let Some(text) = text {
                state.set_filter(&text);
            }
            Vec::new()
        }
        (Purpose::NameFilter(screen, filter), Answer::Form(values)) => {
            let name = values.text("name").trim().to_owned();
            state.tell(format!("saved the filter {name}: f f finds it again"));
            state
                .saved_filters
                .entry(screen)
                .or_default()
                .insert(name, filter);
            Vec::new()
        }
        (
            purpose @ (Purpose::Whom { .. }
            | Purpose::Become { .. }
            | Purpose::Query(_)
            | Purpose::Columns
            | Purpose::Chart(_)
            | Purpose::Offer(_)
            | Purpose::Wish(..)
            | Purpose::Download(_)
            | Purpose::Replay(_)),
            answer,
        ) => mlflow::answered(state, purpose, answer),
        (
            purpose @ (Purpose::MatrixSave(..)
            | Purpose::Package
            | Purpose::Publish(_)
            | Purpose::Adopt
            | Purpose::AdoptSave(..)
            | Purpose::Review(_)
            | Purpose::Stories
            | Purpose::Tell(_)),
            answer,
        ) => of_matrix(state, purpose, answer),
        (purpose, Answer::Picked(picked)) => {
            chose(state, purpose, &picked);
            Vec::new()
        }
        (Purpose::Save, Answer::Form(values)) => {
            save(state, PathBuf::from(values.text("file").trim()))
        }
        (Purpose::Picture, Answer::Form(values)) => {
            vec![Effect::Terminal(Terminal::Picture(PathBuf::from(
                values.text("file").trim(),
            )))]
        }
        (purpose, Answer::Form(values)) => {
            filled(state, purpose, &values);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Something of people was picked: what it asks for is put before the user as a plan.
fn chose(state: &mut State, purpose: Purpose, picked: &[String]) {
    match purpose {
        Purpose::Groups { users, join } => users::chose_groups(state, &users, join, picked),
        Purpose::ProfileRole(names) => {
            if let [role] = picked {
                profiles::chose_role(state, &names, role);
            }
        }
        Purpose::Members { group, join } => users::chose_groups(state, picked, join, &[group]),
        _ => {}
    }
}

/// The matrix is to be written, put into effect, adopted, reviewed or proved by stories.
fn of_matrix(state: &mut State, purpose: Purpose, answer: Answer) -> Vec<Effect> {
    match (purpose, answer) {
        (Purpose::Package, Answer::Picked(picked)) => match picked.into_iter().next() {
            Some(package) => publish::look(state, Wanted::Package(package)),
            None => Vec::new(),
        },
        (Purpose::MatrixSave(file, text), Answer::Confirmed { .. }) => matrix::save(file, text),
        (Purpose::Publish(preview), Answer::Confirmed { .. }) => publish::publish(state, preview),
        (Purpose::Adopt, Answer::Confirmed { .. }) => adopt::start(state),
        (Purpose::AdoptSave(file, text), Answer::Confirmed { .. }) => {
            adopt::save(state, file, text)
        }
        (Purpose::Review(wish), Answer::Confirmed { .. }) => review::make(state, wish),
        (Purpose::Stories, Answer::Picked(names)) => {
            stories::chose(state, &names);
            Vec::new()
        }
        (Purpose::Tell(wish), answer @ Answer::Confirmed { .. }) => {
            stories::tell(state, *wish, answer.is_on(TRUST))
        }
        _ => Vec::new(),
    }
}

/// A form about people was sent: what it asks for is put before the user as a plan.
fn filled(state: &mut State, purpose: Purpose, values: &Values) {
    match purpose {
        Purpose::MatrixFile => matrix::named(state, values),
        Purpose::AdoptFile(text) => adopt::named(state, text, values),
        Purpose::StoryWhom(stories) => stories::named_whom(state, stories, values),
        Purpose::StoryPasswords(wish) => stories::signed(state, *wish, values),
        Purpose::ReviewFolder => review::wished(state, values),
        Purpose::Create => user_forms::created(state, values),
        Purpose::Password(names) => user_forms::password_set(state, &names, values),
        Purpose::Attributes(name) => user_forms::attributes_edited(state, &name, values),
        Purpose::Mfa(names) => user_forms::mfa_edited(state, &names, values),
        Purpose::ProfileCreate => profiles::created(state, values),
        Purpose::CleanupRule => cleanup::chose_rule(state, values),
        Purpose::GroupCreate => groups::created(state, values),
        Purpose::GroupEdit(before) => groups::edited(state, before, values),
        Purpose::Onboard => people::onboarded(state, values),
        Purpose::Offboard(leavers) => people::offboarded(state, &leavers, values),
        _ => {}
    }
}

/// Says new passwords, once.
pub(super) fn tell_passwords(state: &mut State, secrets: &[(String, SecretString)]) {
    let (label, secret) = match secrets {
        [] => return,
        [(name, secret)] => (format!("for {name}"), secret.clone()),
        several => {
            let mut lines: Vec<String> = several
                .iter()
                .map(|(name, secret)| format!("{name} {}", secret.expose_secret()))
                .collect();
            lines.sort();
            (
                format!("for {} people, one a line", several.len()),
                SecretString::from(lines.join("\n")),
            )
        }
    };
    let note = SecretNote::new("New password", label, secret).notes(vec![Text::new(
        Tone::Dim,
        "A temporary one must be changed at the first sign-in.",
    )]);
    // A key meant for what is open must not close it, since it comes only once.
    under(state, note);
}

/// Asks for a live verify: what it borrows is shown first.
pub(super) fn ask_to_verify(state: &mut State) {
    let intro = [
        Text::from("Every cell by a request which the gateway authorises and MLflow refuses:"),
        Text::from("nothing in MLflow changes."),
    ];
    let mut confirm = Confirm::new("Verify live", "Verify", Severity::Enter).intro(intro);
    if state.data.label.read_only {
        confirm = confirm.effects(vec![Text::new(
            Tone::Warning,
            "Read-only: nobody is created, so groups and roles stay predicted.",
        )]);
    } else {
        confirm = confirm
            .calls(borrowed(state, false))
            .effects(vec![
                Text::new(
                    Tone::Dim,
                    "What is borrowed is given back at the end, or at the next start.",
                ),
                Text::new(
                    Tone::Dim,
                    "Execution roles that nobody is let into stay predicted.",
                ),
            ])
            .toggles(vec![
                Toggle::new(TRUST, "let me into the execution roles for 15 minutes").adds(
                    borrowed(state, true)
                        .into_iter()
                        .filter(|call| call.call.starts_with("iam:"))
                        .collect(),
                ),
            ]);
    }
    ask(state, confirm, Purpose::Verify);
}

/// The calls of a verify that change something, those of one kind together.
pub(super) fn borrowed(state: &State, grant_trust: bool) -> Vec<Call> {
    let mut principals: Vec<Principal> = Vec::new();
    for column in &state.data.matrix.columns {
        if !principals.contains(&column.principal) {
            principals.push(column.principal.clone());
        }
    }
    borrowed_for(state, &principals, grant_trust)
}

/// The calls that change something to become these, those of one kind together.
pub(super) fn borrowed_for(
    state: &State,
    principals: &[Principal],
    grant_trust: bool,
) -> Vec<Call> {
    let options = VerifyOptions {
        grant_trust,
        ..VerifyOptions::default()
    };
    let pool = users::pool(state);
    let mut calls: IndexMap<String, Vec<String>> = IndexMap::new();
    for principal in principals {
        for call in borrowings(&options, &pool, std::slice::from_ref(principal)) {
            calls
                .entry(call.call)
                .or_default()
                .push(principal.name().to_owned());
        }
    }
    calls
        .into_iter()
        .map(|(call, names)| {
            let does = match (call.as_str(), names.as_slice()) {
                ("cognito-idp:AdminCreateUser", _) => {
                    format!("a probe user of {}; nobody is invited", names.join(", "))
                }
                (_, [one]) => format!("you alone may assume {one} for 15 minutes"),
                (_, several) => format!(
                    "you alone may assume the {} execution roles for 15 minutes",
                    several.len()
                ),
            };
            Call::new(call, does)
        })
        .collect()
}

/// Starts a live verify.
fn verify(state: &mut State, grant_trust: bool) -> Vec<Effect> {
    let now = state.now;
    let data = &mut state.data;
    data.verify_failure = None;
    data.notes.clear();
    data.matrix.summary = None;
    data.matrix.live = Some(Progress::default());
    let id = data
        .jobs
        .start("verify live".to_owned(), Work::Verify, 0, now);
    vec![Effect::Ask(
        state.epoch,
        Ask::Verify(
            id,
            VerifyOptions {
                grant_trust,
                ..VerifyOptions::default()
            },
        ),
    )]
}

/// Asks whether to stop what runs.
pub(super) fn ask_to_stop(state: &mut State, leave: bool) {
    let running: Vec<String> = state
        .data
        .jobs
        .all()
        .iter()
        .filter(|job| job.stage.is_active())
        .map(|job| job.title.clone())
        .collect();
    let title = if leave { "Stop and leave?" } else { "Stop?" };
    let confirm = Confirm::new(title, "Stop", Severity::YesNo)
        .intro(
            running
                .iter()
                .map(|title| Text::from(format!("running: {title}"))),
        )
        .effects(vec![Text::new(
            Tone::Dim,
            "The step under way is finished, and what was borrowed is given back.",
        )]);
    ask(state, confirm, Purpose::Stop { leave });
}

/// Whether a window came meanwhile: it keeps the keys, since what is typed for it is not for
/// another one.
pub(super) fn is_covered(state: &mut State, what: &str) -> bool {
    let covered = !state.layers.is_empty();
    if covered {
        state.hint(format!("close the window and ask again for the {what}"));
    }
    covered
}

/// Nothing runs any more: the question whether to stop it is of no use.
pub(super) fn close_stop(state: &mut State) {
    if !state.data.jobs.are_active() {
        state
            .layers
            .retain(|layer| !matches!(layer, Layer::Dialog(_, Purpose::Stop { .. })));
    }
}

/// Asks which theme to take; the one under the cursor is shown at once.
pub(super) fn ask_for_theme(state: &mut State) {
    let items = state
        .themes
        .iter()
        .map(|name| Item::new(name.clone(), name.clone()))
        .collect();
    let before = state.theme.clone();
    let picker = Picker::new("Theme", items).current(&before).previews();
    ask(state, picker, Purpose::Theme { before });
}

/// Asks for a file's name.
pub(super) fn ask_for_file(state: &mut State, title: &str, proposed: &str, purpose: Purpose) {
    let form = Form::new(
        title,
        vec![
            Field::text("file", "File")
                .required()
                .value(proposed)
                .help("the ending says the format; a file that is there is not written over"),
        ],
    )
    .verb("Save");
    ask(state, form, purpose);
}

/// Writes the page's list to a file, in the format that its ending names.
pub(super) fn save(state: &mut State, file: PathBuf) -> Vec<Effect> {
    let format = match file.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some("md") => Format::Markdown,
        _ => {
            state.hint("nothing saved: let the file's name end in .csv, .json or .md");
            return Vec::new();
        }
    };
    let Some(listing) = state.data.listing(state.screen()) else {
        state.hint("this page has no list to save");
        return Vec::new();
    };
    let text = listing.export(format);
    vec![Effect::Terminal(Terminal::Save(file, text))]
}

/// Asks for a name for the page's filter.
pub(super) fn ask_to_name_filter(state: &mut State) {
    let (screen, filter) = (state.screen(), state.filter().to_owned());
    if filter.is_empty() {
        state.hint("there is no filter to save: / types one");
        return;
    }
    let form = Form::new(
        "Save the filter",
        vec![Field::text("name", "Name").required().value(&filter)],
    )
    .note(filter.clone())
    .verb("Save");
    ask(state, form, Purpose::NameFilter(screen, filter));
}

/// Asks which saved filter to take.
pub(super) fn ask_for_filter(state: &mut State) {
    let screen = state.screen();
    let items: Vec<Item> = state
        .saved_filters
        .get(&screen)
        .into_iter()
        .flatten()
        .map(|(name, filter)| Item::new(name.clone(), name.clone()).detail(filter.clone()))
        .collect();
    if items.is_empty() {
        state.hint("no filter is saved for this page yet: f s saves the one in effect");
        return;
    }
    ask(
        state,
        Picker::new("Saved filters", items),
        Purpose::Filter(screen),
    );
}
