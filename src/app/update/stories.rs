//! Stories told from the matrix page: which one, what it takes, and what became of each step.

mod told;
mod whom;

use std::sync::Arc;

use super::{
    answer::{TRUST, ask, borrowed_for, close_stop, is_covered, under},
    enabled, enter, mlflow,
};
use crate::{
    app::{
        Effect, Screen,
        actions::Action,
        dialog::{
            Call, Confirm, Field, Form, Item, Message, Picker, Severity, Text, Toggle, Values,
        },
        effect::{Ask, StoryWish},
        job::{JobId, Row, Work},
        layer::Purpose,
        message::Told,
        remote::Ticket,
        state::State,
        tone::Tone,
    },
    browse::Exchange,
    domain::{ErrorClass, Failure, Principal},
    plan::Passwords,
    story::{ALL, Event, LABS, Program, Report, Shelved, Story, report::counted},
};

/// Looks up which stories there are; one is chosen when they are known, unless one is wanted.
pub(super) fn look(state: &mut State, wanted: Option<String>) -> Vec<Effect> {
    let ticket = state.data.next_ticket();
    state.data.awaited_stories = Some((ticket, wanted));
    vec![Effect::Ask(state.epoch, Ask::Stories(ticket))]
}

/// A story is asked for by name: on the matrix, where what it proves stands.
pub(super) fn named(state: &mut State, name: String) -> Vec<Effect> {
    let mut effects = enter(state, Screen::Matrix);
    match enabled(state, Action::Story) {
        Ok(()) => effects.extend(look(state, Some(name))),
        Err(reason) => state.hint(reason),
    }
    effects
}

/// The names of stories, as far as they are known: the labs always are.
pub(super) fn names(state: &State) -> Vec<String> {
    let mut names: Vec<String> = LABS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.push(ALL.to_owned());
    for one in &state.data.stories {
        if !names.contains(&one.name) {
            names.push(one.name.clone());
        }
    }
    names
}

/// The stories are known.
pub(super) fn found(state: &mut State, ticket: Ticket, shelved: Vec<Shelved>) {
    let awaited = state.data.awaited_stories.take();
    let wanted = match awaited {
        Some((awaited, wanted)) if awaited == ticket => wanted,
        other => {
            state.data.awaited_stories = other;
            return;
        }
    };
    state.data.stories = shelved;
    if is_covered(state, "story") {
        return;
    }
    if let Some(name) = wanted {
        return chose(state, &[name]);
    }
    let items = state.data.stories.iter();
    let items = items.map(|one| item(state, one)).collect();
    let picker = Picker::new("Tell a story", items).many();
    ask(state, picker, Purpose::Stories);
}

fn item(state: &State, one: &Shelved) -> Item {
    let item = Item::new(one.name.clone(), one.name.clone());
    let whose = if one.own { "your own" } else { "a lab" };
    match &one.story {
        Err(failure) => item
            .detail(format!("{whose}: {}", failure.message))
            .disabled(failure.to_string()),
        Ok(story) => {
            let item = item.detail(format!("{whose}: {}", story.title));
            match may(state, story) {
                Ok(()) => item,
                Err(failure) => item.disabled(failure.message),
            }
        }
    }
}

/// Whether a story can be told here, by whomever.
fn may(state: &State, story: &Story) -> Result<(), Failure> {
    story.may_be_told(!state.data.label.read_only)
}

/// Whether stories can be told here as those whom it takes.
fn may_be(state: &State, program: &Program) -> Result<(), Failure> {
    let read_only = state.data.label.read_only;
    let everybody = program.everybody();
    let group = everybody
        .iter()
        .find(|one| matches!(one, Principal::Group(_)));
    match group.filter(|_| read_only) {
        None => Ok(()),
        Some(group) => Err(Failure::new(
            ErrorClass::ReadOnly,
            "telling stories",
            format!("read-only: no probe user is made to be {group}"),
        )
        .advise("name a person whose password you have, as user:…")),
    }
}

/// Stories were chosen: asks whom to tell them as.
pub(super) fn chose(state: &mut State, names: &[String]) {
    let mut stories = Vec::new();
    for name in names {
        match wanted(state, name) {
            Ok(found) => stories.extend(found),
            Err(failure) => {
                state.fail(&failure);
                return ask(state, Message::failure(&failure), Purpose::Told);
            }
        }
    }
    let form = whom::form(state, stories.clone(), whom::Said::default());
    ask(state, form, Purpose::StoryWhom(stories));
}

/// It was said whom to tell them as; what is wrong with that is said where it stands.
pub(super) fn named_whom(state: &mut State, stories: Vec<Story>, values: &Values) {
    let said = whom::Said::of(values);
    let program = said.program(&stories);
    match program.and_then(|program| may_be(state, &program).map(|()| program)) {
        Ok(program) => propose(state, program),
        Err(failure) => {
            state.fail(&failure);
            let form = whom::form(state, stories.clone(), said.refused(&failure));
            ask(state, form, Purpose::StoryWhom(stories));
        }
    }
}

/// The stories of a name: one, or every lab.
fn wanted(state: &State, name: &str) -> Result<Vec<Story>, Failure> {
    let known = &state.data.stories;
    let chosen: Vec<&Shelved> = match known.iter().find(|one| one.name == name) {
        Some(one) => vec![one],
        None if name == ALL => known.iter().filter(|one| !one.own).collect(),
        None => {
            let doing = format!("looking for the story {name}");
            let names = names(state).join(", ");
            return Err(
                Failure::invalid(doing, "there is none").advise(format!("use one of {names}"))
            );
        }
    };
    let stories = chosen.into_iter().map(|one| {
        let story = one.story.clone()?;
        may(state, &story)?;
        Ok(story)
    });
    stories.collect()
}

/// The stories of a job once more, as the same and by the same scheme.
pub(super) fn again(state: &mut State, program: Program) {
    propose(state, program);
}

/// Asks for the passwords that it takes, then whether to tell them.
fn propose(state: &mut State, program: Program) {
    let users = program.users();
    let wish = StoryWish {
        program,
        grant_trust: false,
        passwords: Passwords::default(),
    };
    if users.is_empty() {
        return confirm(state, wish);
    }
    let fields = users.iter().map(|user| {
        Field::secret(user.clone(), user.clone())
            .required()
            .help("kept in memory only, until the story is told")
    });
    let form = Form::new("Passwords for the story", fields.collect())
        .note("It is told as somebody who signs in.")
        .verb("Preview");
    ask(state, form, Purpose::StoryPasswords(Box::new(wish)));
}

/// The passwords were given.
pub(super) fn signed(state: &mut State, mut wish: StoryWish, values: &Values) {
    for user in wish.program.users() {
        if let Some(password) = values.secret(&user) {
            wish.passwords.insert(user, password.clone());
        }
    }
    confirm(state, wish);
}

/// Shows what is borrowed and what is written, and asks.
fn confirm(state: &mut State, wish: StoryWish) {
    let program = &wish.program;
    let read_only = state.data.label.read_only;
    let everybody = program.everybody();
    let is_role = |one: &Principal| matches!(one, Principal::Role(_) | Principal::Profile(_));
    let roles = everybody.iter().any(is_role) && !read_only;
    let mut calls = Vec::new();
    if !read_only {
        calls = borrowed_for(state, &everybody, false);
    }
    let mut effects = Vec::new();
    let mut severity = Severity::Enter;
    if program.writing() > 0 {
        severity = Severity::YesNo;
        calls.extend(written(program));
        effects.push(
            "All that is made is taken away at the end. MLflow keeps the rows of experiments and \
             runs, marked deleted; a later story takes them up again.",
        );
    }
    if roles {
        effects.push("A role that does not let you in is not tested, unless t is on.");
    }
    if !calls.is_empty() {
        effects.push("What is borrowed is given back at the end, or at the next start.");
    }
    let mut dialog = Confirm::new(title(program), "Tell", severity)
        .intro(program.tales.iter().map(whom::line))
        .calls(calls)
        .effects(
            effects
                .into_iter()
                .map(|text| Text::new(Tone::Dim, text))
                .collect(),
        );
    if roles {
        let trust = borrowed_for(state, &everybody, true).into_iter();
        let trust = trust.filter(|call| call.call.starts_with("iam:"));
        let label = "let me into the execution roles for 15 minutes";
        dialog = dialog.toggles(vec![Toggle::new(TRUST, label).adds(trust.collect())]);
    }
    ask(state, dialog, Purpose::Tell(Box::new(wish)));
}

fn title(program: &Program) -> String {
    match program.stories().as_slice() {
        [one] => format!("Tell the story {}?", one.name),
        several => format!("Tell {} stories?", several.len()),
    }
}

/// What stories write, by whom.
fn written(program: &Program) -> Vec<Call> {
    let mut setups: Vec<&Principal> = Vec::new();
    for story in program.stories() {
        if !story.only_reads() && !setups.contains(&&story.setup) {
            setups.push(&story.setup);
        }
    }
    let each = |setup: &Principal| {
        let does = format!("an experiment, runs and models of its own; {setup} removes them");
        Call::new("mlflow:POST", does)
    };
    setups.into_iter().map(each).collect()
}

/// Tells them, as a job.
pub(super) fn tell(state: &mut State, wish: StoryWish, grant_trust: bool) -> Vec<Effect> {
    let now = state.now;
    let stories = wish.program.stories();
    let names: Vec<&str> = stories.iter().map(|story| story.name.as_str()).collect();
    let title = match names.as_slice() {
        [one] => format!("story {one}"),
        several => format!("stories {}", several.join(", ")),
    };
    let work = Work::Story {
        program: Box::new(wish.program.clone()),
        grant_trust,
        at: 0,
    };
    state.tell(format!("{title}…"));
    let steps = wish.program.steps();
    let id = state.data.jobs.start(title, work, steps, now);
    let wish = StoryWish {
        grant_trust,
        ..wish
    };
    vec![Effect::Ask(state.epoch, Ask::Tell(id, Box::new(wish)))]
}

/// A request of a story is over.
pub(super) fn exchanged(state: &mut State, id: JobId, exchange: Arc<Exchange>) {
    let tale = state.data.jobs.get(id).and_then(|job| match &job.work {
        Work::Story { program, at, .. } => program.tales.get(*at),
        _ => None,
    });
    let found = match tale {
        Some(tale) => format!("by the story {}", tale.story.name),
        None => "by a story".to_owned(),
    };
    mlflow::exchanged(state, exchange, &found);
}

/// Something happened while stories are told: a row for each step that is over.
pub(super) fn telling(state: &mut State, id: JobId, event: Event) {
    let Some(job) = state.data.jobs.active(id) else {
        return;
    };
    let Work::Story { program, at, .. } = &mut job.work else {
        return;
    };
    if let Event::Telling(next) = event {
        *at = next;
    }
    let Some(tale) = program.tales.get(*at) else {
        return;
    };
    let who = format!("{} by {}", tale.story.name, tale.telling.scheme);
    match event {
        Event::Telling(_) => job.doing = Some(format!("{}: making ready", tale.words())),
        Event::Begun(at) => {
            let step = tale.story.steps.get(at);
            job.doing = step.map(|step| told::doing(&who, tale, at, step));
        }
        Event::Step(at, step) => {
            job.doing = None;
            job.done += 1;
            job.rows.push(told::row(&who, at, &step));
        }
        Event::Cleaning => job.doing = Some(format!("{who}: taking away what was made")),
        Event::Finished(report) => job.rows.extend(ended(&tale.words(), &report)),
        Event::Note(_) => {}
    }
}

/// The rows of a story that is over: why it was not begun, and what could not be taken away.
fn ended(whose: &str, report: &Report) -> Vec<Row> {
    let failures = report.not_begun.iter().filter(|_| !report.cancelled);
    let failures = failures.chain(&report.left);
    let rows = failures.map(|failure| Row {
        subject: whose.to_owned(),
        failure: Some(failure.clone()),
    });
    rows.collect()
}

/// Stories are told, or could not be begun.
pub(super) fn told(state: &mut State, id: JobId, result: Result<Box<Told>, Failure>) {
    let Some(title) = state.data.jobs.active(id).map(|job| job.title.clone()) else {
        return;
    };
    let now = state.now;
    let told = match result {
        Ok(told) => *told,
        Err(failure) => {
            let cancelled = failure.class == ErrorClass::Cancelled;
            let jobs = &mut state.data.jobs;
            jobs.end(id, cancelled, Some(failure.clone()), now);
            close_stop(state);
            state.fail(&failure);
            return under(state, Message::failure(&failure));
        }
    };
    // What earlier runs left behind was taken away first.
    state.data.left_behind.clear();
    for failure in told.lost.iter().chain(left(&told)) {
        state.fail(failure);
    }
    let cancelled = told.reports.iter().any(|report| report.cancelled);
    state.data.jobs.end(id, cancelled, None, now);
    close_stop(state);
    if cancelled {
        return state.warn(format!("{title}: stopped; what was made is taken away"));
    }
    let words = format!("{title}: {}", counted(&told.reports));
    if told::is_good(&told) {
        state.tell(words.clone());
    } else {
        state.warn(words.clone());
    }
    under(state, told::message(words, &told));
}

/// What stories could not take away.
fn left(told: &Told) -> impl Iterator<Item = &Failure> {
    told.reports.iter().flat_map(|report| &report.left)
}
