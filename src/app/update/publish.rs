//! The matrix put into effect for groups: what a package would change is shown, agreed to, and
//! carried out as a job that proves it; a package of before comes back the same way.

use super::{
    answer::{ask, is_covered, under},
    load_groups, matrix, rules,
    stages::over,
};
use crate::{
    app::{
        Effect, Screen,
        actions::{Action, Context},
        data::Data,
        dialog::{Call, Confirm, Item, Message, Picker, Severity, Text},
        effect::Ask,
        job::{Job, JobId, Work},
        layer::Purpose,
        lists::time,
        remote::{Remote, Ticket},
        state::State,
        tone::Tone,
    },
    domain::{ErrorClass, Failure},
    plan::consequence::almighty,
    probe::{
        Report, Verdict,
        in_effect::Ground,
        publish::{Change, Ended, Past, Preview, RolledBack, Wanted, pairs_in_words},
    },
};

/// How many routes, or decisions, are named one by one.
const NAMED: usize = 6;

/// The job that publishes, while one does.
pub(super) fn running(data: &Data) -> Option<&Job> {
    data.jobs
        .all()
        .iter()
        .find(|job| job.stage.is_active() && matches!(job.work, Work::Publish { .. }))
}

/// Looks up what putting something into effect would change; it is shown when it is known.
pub(super) fn look(state: &mut State, wanted: Wanted) -> Vec<Effect> {
    let ticket = state.data.next_ticket();
    state.data.foreseeing = Some(ticket);
    state.hint("looking at what is deployed…");
    let mut effects = vec![Effect::Ask(state.epoch, Ask::Foresee(ticket, wanted))];
    // Whom it concerns is told with it.
    if matches!(state.data.groups.remote(), Remote::Idle) {
        effects.push(load_groups(state));
    }
    effects
}

/// Asks which packages can come back.
pub(super) fn look_back(state: &mut State) -> Vec<Effect> {
    let ticket = state.data.next_ticket();
    state.data.foreseeing = Some(ticket);
    state.hint("looking at what was deployed…");
    vec![Effect::Ask(state.epoch, Ask::Packages(ticket))]
}

/// Whether this is the answer to what was asked last, which is heard once.
fn is_awaited(state: &mut State, ticket: Ticket) -> bool {
    let awaited = state.data.foreseeing == Some(ticket);
    if awaited {
        state.data.foreseeing = None;
    }
    awaited
}

/// The packages that can come back are known.
pub(super) fn packages(state: &mut State, ticket: Ticket, result: Result<Vec<Past>, Failure>) {
    if !is_awaited(state, ticket) {
        return;
    }
    let past = match result {
        Ok(past) => past,
        Err(failure) => return state.fail(&failure),
    };
    if past.iter().all(|one| one.deployed) {
        state.hint("nothing was deployed before that AWS or this machine has kept");
        return;
    }
    if is_covered(state, "rollback") {
        return;
    }
    let items = past
        .iter()
        .map(|one| {
            let mut detail: Vec<String> = one.at.map(time).into_iter().collect();
            detail.push(one.sha256.chars().take(12).collect());
            if one.kept {
                detail.push("kept here".to_owned());
            }
            let item = Item::new(one.sha256.clone(), one.name()).detail(detail.join(", "));
            if one.deployed {
                item.disabled("deployed")
            } else {
                item
            }
        })
        .collect();
    ask(
        state,
        Picker::new("Put a package back", items),
        Purpose::Package,
    );
}

/// What a publication would change is known.
pub(super) fn foreseen(state: &mut State, ticket: Ticket, result: Result<Box<Preview>, Failure>) {
    if !is_awaited(state, ticket) {
        return;
    }
    match result {
        Err(failure) => state.fail(&failure),
        Ok(preview) if preview.is_there => {
            state.tell("this package is in effect already: there is nothing to change");
        }
        // Whom it concerns is not known before the groups are.
        Ok(preview) if state.data.groups.remote().is_loading() => {
            state.data.foreseen = Some(preview);
        }
        Ok(preview) => show(state, preview, false),
    }
}

/// The groups are known, or not to be had: what waited for them is shown.
pub(super) fn settle(state: &mut State) {
    if let Some(preview) = state.data.foreseen.take() {
        show(state, preview, false);
    }
}

/// Shows what a publication would change, and asks; `anew` where it is not what was shown before.
fn show(state: &mut State, preview: Box<Preview>, anew: bool) {
    if is_covered(state, "publication") {
        return;
    }
    let (verb, title) = match preview.wanted {
        Wanted::Declared => (
            "Publish",
            format!("Publish the matrix to {}?", preview.function),
        ),
        Wanted::Package(_) | Wanted::Before(_) => (
            "Put back",
            format!("Put a package of before back into {}?", preview.function),
        ),
    };
    let mut intro = Vec::new();
    if anew {
        intro.push(Text::new(
            Tone::Danger,
            "Nothing was changed: the authorizer decides otherwise than was shown. This is what it \
             would be:",
        ));
    }
    intro.push(Text::from(format!("from {}", preview.from.in_words())));
    intro.push(Text::from(format!("to   {}", preview.to.in_words())));
    let nobody_left = is_nobody_left(&preview);
    let severity = if nobody_left {
        Severity::TypeName(matrix::NOBODY.to_owned())
    } else {
        Severity::YesNo
    };
    let mut effects = Vec::new();
    if nobody_left {
        effects.push(Text::new(
            Tone::Danger,
            "No group may do everything any more.",
        ));
    }
    effects.extend(effects_of(state, &preview));
    let calls = preview.calls.iter();
    let calls = calls.map(|(call, does)| Call::new(call, does)).collect();
    let dialog = Confirm::new(title, verb, severity)
        .intro(intro)
        .calls(calls)
        .effects(effects);
    ask(state, dialog, Purpose::Publish(preview));
}

/// Whether some group may do everything now, and none then.
fn is_nobody_left(preview: &Preview) -> bool {
    let then = preview.then.as_ref();
    then.is_some_and(|then| almighty(then).next().is_none())
        && almighty(&preview.now).next().is_some()
}

/// What follows from a publication, in words.
fn effects_of(state: &State, preview: &Preview) -> Vec<Text> {
    let mut texts = Vec::new();
    if preview.then.is_none() {
        texts.push(Text::new(
            Tone::Warning,
            "What this package decides shows only once it is there: it is somebody's own, and was \
             never asked.",
        ));
    }
    for change in &preview.changes {
        texts.extend(of_group(&state.data, preview, change));
    }
    for words in pairs_in_words(&preview.pairs) {
        texts.push(Text::new(Tone::Warning, format!("{}.", upper(&words))));
    }
    for warning in &preview.warnings {
        texts.push(Text::new(Tone::Warning, format!("{}.", upper(warning))));
    }
    if preview.ground == Ground::Assumed {
        texts.push(Text::new(
            Tone::Dim,
            "What is deployed was never asked what it does, and is taken to do what the sample \
             does. It is asked first; where that changes anything above, you are asked again.",
        ));
    }
    texts.push(Text::new(
        Tone::Dim,
        "In effect at once, also for tokens that are out. Every group is proved live; where \
         anything got worse, the package of before comes back by itself.",
    ));
    texts
}

fn upper(text: &str) -> String {
    super::plans::upper(text)
}

/// What changes for a group, and for how many people.
fn of_group(data: &Data, preview: &Preview, change: &Change) -> Vec<Text> {
    let Change {
        group,
        may,
        gains,
        loses,
    } = change;
    let people = people(data, preview, group);
    if gains.is_empty() && loses.is_empty() {
        let text = format!("{group}: nothing changes, {may} routes; {people}");
        return vec![Text::new(Tone::Dim, text)];
    }
    let text = format!(
        "{group}: gains {} routes and loses {}, of {may} now; {people}",
        gains.len(),
        loses.len()
    );
    let mut texts = vec![Text::new(Tone::Warning, text)];
    for (mark, tone, routes) in [("+", Tone::Good, gains), ("-", Tone::Danger, loses)] {
        let named = routes.iter().take(NAMED);
        texts.extend(named.map(|route| Text::new(tone, format!("{mark} {route}"))));
        if routes.len() > NAMED {
            let more = routes.len() - NAMED;
            texts.push(Text::new(tone, format!("{mark} and {more} more")));
        }
    }
    texts
}

/// How many people have a group's rights, now or then.
fn people(data: &Data, preview: &Preview, group: &str) -> String {
    let memberships = data.users.context();
    let rows = data
        .groups
        .remote()
        .shown()
        .filter(|_| memberships.complete);
    let Some(rows) = rows else {
        return "people not known".to_owned();
    };
    let row = rows.iter().find(|row| row.group.name == group);
    let members = row.map(|row| row.members.as_slice()).unwrap_or_default();
    let counts = |rules: &crate::access::Contract, groups: &[String]| {
        let of = rules.rules_for(groups);
        of.iter().any(|rules| rules.name == group)
    };
    let act = |name: &&String| {
        let groups = memberships.groups(name);
        counts(&preview.now, groups)
            || preview
                .then
                .as_ref()
                .is_none_or(|then| counts(then, groups))
    };
    match members.iter().filter(act).count() {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

/// Carries out what was agreed to, as a job.
pub(super) fn publish(state: &mut State, preview: Box<Preview>) -> Vec<Effect> {
    let now = state.now;
    let title = match preview.wanted {
        Wanted::Declared => format!("publish the matrix to {}", preview.function),
        Wanted::Package(_) | Wanted::Before(_) => {
            format!("put a package back into {}", preview.function)
        }
    };
    let work = Work::Publish {
        wanted: preview.wanted.clone(),
        plan: None,
    };
    state.tell(format!("{title}…"));
    let id = state.data.jobs.start(title, work, 0, now);
    vec![Effect::Ask(state.epoch, Ask::Publish(id, preview))]
}

/// A publication is over, or could not be begun.
pub(super) fn published(
    state: &mut State,
    id: JobId,
    result: Result<Box<Ended>, Failure>,
) -> Vec<Effect> {
    let Some(title) = state.data.jobs.active(id).map(|job| job.title.clone()) else {
        return Vec::new();
    };
    let ended = match result {
        Ok(ended) => *ended,
        Err(failure) => {
            let cancelled = failure.class == ErrorClass::Cancelled;
            over(state, id, cancelled, Some(&failure));
            state.fail(&failure);
            if !cancelled {
                under(state, failed(&title, &failure));
            }
            return vec![rules::load(state)];
        }
    };
    match ended {
        Ended::Unlike(preview) => {
            over(state, id, true, None);
            state.warn(format!(
                "{title}: nothing was changed, since the authorizer decides otherwise than was shown"
            ));
            show(state, preview, true);
            vec![rules::load(state)]
        }
        Ended::Unchanged { report } => {
            over(state, id, false, None);
            state.tell("it is in effect already: nothing was changed");
            seen(state, *report)
        }
        Ended::Proved {
            plan,
            changes,
            report,
        } => {
            // An earlier package may decide otherwise than is declared, and was asked for.
            let mut what = "nothing got worse";
            if let Some(job) = state.data.jobs.active(id)
                && let Work::Publish { wanted, plan: of } = &mut job.work
            {
                *of = Some(plan);
                if *wanted != Wanted::Declared {
                    what = "it decides as this package says";
                }
            }
            over(state, id, false, None);
            let count = report.cells.len();
            state.tell(format!(
                "{title}: done, and {what} ({count} cells proved live)"
            ));
            under(state, proved(state, what, &changes, &report));
            seen(state, *report)
        }
        Ended::RolledBack(ended) => {
            let why = why(&ended);
            over(state, id, false, Some(&why));
            state.fail(&why);
            under(state, rolled_back(&title, &ended));
            let mut report = ended.report;
            if ended.not_back.is_some() {
                // What was seen before is no proof of what decides now.
                report.cells.clear();
            }
            seen(state, report)
        }
    }
}

/// What was seen of every group stands in the matrix, and the rest is computed anew.
fn seen(state: &mut State, report: Report) -> Vec<Effect> {
    for failure in &report.not_given_back {
        state.fail(failure);
    }
    state.data.left_behind.clear();
    state.data.matrix.prove(report.cells);
    state.data.matrix.summary = None;
    vec![rules::load(state), Effect::Ask(state.epoch, Ask::Predict)]
}

fn failed(title: &str, failure: &Failure) -> Message {
    Message::failure(failure).and([
        Text::from(""),
        Text::new(Tone::Text, format!("{title}: not done.")),
    ])
}

fn proved(state: &State, what: &str, changes: &[Change], report: &Report) -> Message {
    let count = |group: &str, verdict: Verdict| {
        let of_group = report
            .cells
            .iter()
            .filter(|cell| cell.principal == crate::domain::Principal::Group(group.to_owned()));
        of_group.filter(|cell| cell.verdict == verdict).count()
    };
    let mut texts: Vec<Text> = changes
        .iter()
        .map(|change| {
            let group = change.group.as_str();
            let (over, under) = (
                count(group, Verdict::OverGranted),
                count(group, Verdict::UnderGranted),
            );
            let tone = if over + under == 0 {
                Tone::Good
            } else {
                Tone::Warning
            };
            let text = format!(
                "{group}: gained {} routes and lost {}; {} as declared, {over} over-granted, \
                 {under} under-granted",
                change.gains.len(),
                change.loses.len(),
                count(group, Verdict::Ok),
            );
            Text::new(tone, text)
        })
        .collect();
    texts.push(Text::from(""));
    let undo = keys(state, Action::MatrixRollback);
    texts.push(Text::new(
        Tone::Dim,
        format!(
            "{}, by the authorizer's own answers and by {} live requests. {undo} puts a package of \
             before back.",
            upper(what),
            report.summary.requests
        ),
    ));
    Message::new("In effect and proved", Tone::Good, texts)
}

/// Why a publication did not stay, as a failure.
fn why(ended: &RolledBack) -> Failure {
    if let Some(failure) = ended.not_back.as_ref().or(ended.failure.as_ref()) {
        return failure.clone();
    }
    let worse = &ended.worse;
    let first = worse.first().map_or_else(String::new, ToString::to_string);
    Failure::new(
        ErrorClass::Conflict,
        "proving what the new package decides",
        format!(
            "{} decisions got worse, and the package of before is back: {first}",
            worse.len()
        ),
    )
}

fn rolled_back(title: &str, ended: &RolledBack) -> Message {
    let worse = &ended.worse;
    let mut texts = vec![Text::new(Tone::Text, format!("{title} did not stay."))];
    for one in worse.iter().take(NAMED) {
        texts.push(Text::new(Tone::Danger, one.to_string()));
    }
    if worse.len() > NAMED {
        let more = worse.len() - NAMED;
        texts.push(Text::new(Tone::Danger, format!("and {more} more")));
    }
    let failures = ended.failure.iter().chain(&ended.not_back);
    texts.extend(failures.flat_map(Text::failure));
    if ended.not_back.is_some() {
        return Message::new("NOT rolled back for certain", Tone::Danger, texts);
    }
    texts.push(Text::from(""));
    texts.push(Text::new(
        Tone::Good,
        "The package of before is in effect, and it is proved that it decides as it did.",
    ));
    Message::new("Rolled back by itself", Tone::Danger, texts)
}

/// The keys of an action on the matrix page; its name where it has none.
pub(super) fn keys(state: &State, action: Action) -> String {
    let keys = state
        .keymap
        .keys(action, Context::of(Screen::Matrix))
        .join(", ");
    let name = || action.entry().map_or("", |entry| entry.name).to_owned();
    if keys.is_empty() { name() } else { keys }
}
