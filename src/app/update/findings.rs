//! The findings of all kinds in one list; what they are about is read; what they ask for is
//! planned, or left as it is.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    cleanup, copy, enter, people,
    users::{self, Change},
};
use crate::{
    access::{
        Finding,
        finding::{self, Ruling, Suppression},
    },
    app::{
        Effect, Screen,
        effect::Ask,
        lists::FindingRow,
        remote::{Remote, Ticket},
        state::State,
    },
    domain::{Failure, User, UserStatus},
    plan,
    probe::audit::{Audit, INVITATION_DAYS},
};

/// For how long the lines to copy leave a finding as it is.
const QUARTER: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Asks for everything that findings are about and that nobody asked for yet.
pub(super) fn load(state: &mut State) -> Vec<Effect> {
    let mut effects = people::load(state);
    if matches!(state.data.audit, Remote::Idle) {
        effects.push(look(state));
    }
    effects
}

/// Looks at roles and settings again.
pub(super) fn look_again(state: &mut State) -> Option<Effect> {
    (!state.data.audit.is_loading()).then(|| look(state))
}

fn look(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    state.data.audit.begin(ticket);
    Effect::Ask(state.epoch, Ask::Audit(ticket))
}

/// Roles and settings were looked at, as far as they may be.
pub(super) fn audited(
    state: &mut State,
    ticket: Ticket,
    result: Result<(Timestamp, Box<Audit>), Failure>,
) {
    if !state.data.audit.is_current(ticket) {
        return;
    }
    match result {
        Ok((at, audit)) => {
            for unseen in &audit.not_looked_at {
                state.fail(&unseen.failure);
            }
            state.data.audit.part(ticket, |partial| *partial = *audit);
            state.data.audit.done(ticket, at);
        }
        Err(failure) => {
            state.fail(&failure);
            state.data.audit.fail(ticket, failure);
        }
    }
    settle(state);
}

/// Puts the findings of all kinds into their list: the open ones, then those that are left as
/// they are.
pub(super) fn settle(state: &mut State) {
    let ticket = state.data.next_ticket();
    let now = state.now;
    let data = &mut state.data;
    let audited = data.audit.complete();
    let of_audit = audited.into_iter().flat_map(|audit| &audit.findings);
    let all = finding::sorted(
        data.verify_findings
            .iter()
            .chain(&data.people_findings)
            .chain(&data.studio_findings)
            .chain(of_audit)
            .cloned(),
    );
    let today = now.to_zoned(TimeZone::UTC).date();
    let ruling = Ruling::of(all, &data.label.suppress, today);
    let words = words(&ruling, &not_looked_at(state));
    let data = &mut state.data;
    match words {
        Some(words) => data.words.insert(Screen::Findings, words),
        None => data.words.remove(&Screen::Findings),
    };
    let open = ruling.open.into_iter().map(FindingRow::from);
    let rows = open.chain(ruling.suppressed.into_iter().map(FindingRow::from));
    let list = &mut data.findings;
    list.begin(ticket);
    list.part(ticket, rows.collect());
    list.done(ticket, now);
}

/// The parts that could not be looked at.
fn not_looked_at(state: &State) -> Vec<String> {
    let data = &state.data;
    let failed = [
        ("users", data.users.remote().error()),
        ("groups", data.groups.remote().error()),
        ("Studio", data.studio.error()),
        ("roles and settings", data.audit.error()),
        ("predictions", data.verify_failure.as_ref()),
    ];
    let failed = failed
        .into_iter()
        .filter_map(|(part, failure)| failure.map(|_| part.to_owned()));
    let audited = data.audit.complete();
    let unseen = audited.into_iter().flat_map(|audit| &audit.not_looked_at);
    failed
        .chain(unseen.map(|unseen| unseen.part.clone()))
        .collect()
}

/// What is said of all findings together, where there is something to say.
fn words(ruling: &Ruling, not_looked_at: &[String]) -> Option<String> {
    let mut parts = Vec::new();
    if !ruling.suppressed.is_empty() {
        parts.push(format!("{} suppressed", ruling.suppressed.len()));
    }
    if !not_looked_at.is_empty() {
        parts.push(format!("not looked at: {}", not_looked_at.join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The row under the cursor.
fn current(state: &State) -> Option<FindingRow> {
    state.data.findings.current().map(|row| (**row).clone())
}

/// Shows the plan that remedies the finding under the cursor; where the console has none,
/// copies the command that has.
pub(super) fn plan(state: &mut State) -> Vec<Effect> {
    let Some(row) = current(state) else {
        return Vec::new();
    };
    let finding = row.finding;
    if state.data.label.read_only {
        return copy_command(state, &finding);
    }
    match finding.id.as_str() {
        "several-groups" => {
            let Some((name, others)) = idle_groups(state, &finding) else {
                return copy_command(state, &finding);
            };
            users::chose_groups(state, &[name], false, &others);
        }
        "unconfirmed" => {
            let names = called(state, |user| user.status == UserStatus::Unconfirmed);
            users::change_of(state, Change::Delete, &names);
        }
        "expired-invitation" => {
            let now = state.now;
            let names = called(state, |user| {
                finding::ran_out(user, now, INVITATION_DAYS).is_some()
            });
            users::change_of(state, Change::Invite, &names);
        }
        "destroy-blocked" => return cleanup::destroy(state),
        "running-apps" | plan::cleanup::FINDING => return enter(state, Screen::Cleanup),
        _ => return copy_command(state, &finding),
    }
    Vec::new()
}

/// Somebody's groups that grant nothing, with the user name.
fn idle_groups(state: &State, finding: &Finding) -> Option<(String, Vec<String>)> {
    let label = finding.subject.strip_prefix("user:")?;
    let users = state.data.users.remote().complete()?;
    let user = users.iter().find(|user| user.label() == label)?;
    let contract = state.data.rules.contract();
    let groups = state.data.users.context().groups(&user.username);
    let known = contract.groups.iter().map(|rules| &rules.name);
    let others = known
        .filter(|name| groups.contains(name))
        .skip(1)
        .cloned()
        .collect();
    Some((user.username.clone(), others))
}

/// The names of the users of whom something holds.
fn called(state: &State, holds: impl Fn(&User) -> bool) -> Vec<String> {
    let users = state.data.users.remote().complete();
    users
        .into_iter()
        .flat_map(|users| users.iter())
        .filter(|user| holds(user))
        .map(|user| user.username.clone())
        .collect()
}

fn copy_command(state: &mut State, finding: &Finding) -> Vec<Effect> {
    if let Some(command) = &finding.command {
        return copy(state, "the command that plans it", command.clone());
    }
    state.hint(format!("no plan can do this: {}", finding.remedy));
    Vec::new()
}

/// Copies the lines that leave the finding under the cursor as it is for a quarter of a year;
/// the reason is left to fill in.
pub(super) fn suppress(state: &mut State) -> Vec<Effect> {
    let Some(row) = current(state) else {
        return Vec::new();
    };
    let lines = proposed(&row.finding, state.now).to_toml();
    copy(state, "the lines for config.toml", lines)
}

/// A suppression of just this finding, as a proposal.
pub(super) fn proposed(finding: &Finding, now: Timestamp) -> Suppression {
    let until = now.saturating_add(QUARTER).unwrap_or(now);
    Suppression::of(finding, "say why", until.to_zoned(TimeZone::UTC).date())
}
