//! What stands behind a row or a cell: in words, as JSON, and as a command.

use jiff::Timestamp;
use serde_json::Value;

mod cell;
mod finding;
mod mlflow;
mod record;
mod roles;
mod span;
mod studio;

pub(super) use cell::explain_cell;

use self::cell::curl;
use super::users;
use crate::{
    app::{
        Screen,
        detail::Detail,
        job::{Job, JobId, Work},
        layer::Layer,
        lists::time,
        matrix::Line,
        state::State,
        table::Listing,
        tone::Tone,
    },
    probe::{Cell, publish::Wanted},
};

/// How many subjects of a job are named while they are under way.
const UNDER_WAY: usize = 200;

type Fields = Vec<(String, String, Tone)>;

/// Collects names and texts.
#[derive(Default)]
struct Sheet(Fields);

impl Sheet {
    fn add(&mut self, name: &str, text: impl Into<String>) {
        self.toned(name, text, Tone::Text);
    }

    fn toned(&mut self, name: &str, text: impl Into<String>, tone: Tone) {
        self.0.push((name.to_owned(), text.into(), tone));
    }

    fn time(&mut self, name: &str, at: Option<Timestamp>) {
        let text = at.map_or_else(String::new, |at| format!("{} UTC", time(at)));
        self.add(name, text);
    }
}

/// What is under the cursor, with the command that shows the same; none where nothing is.
pub(super) fn under_cursor(state: &State) -> Option<Layer> {
    let screen = state.screen();
    if screen == Screen::Matrix {
        return Some(explain_cell(state, matrix_cell(state)?, None));
    }
    let listing = state.data.listing(screen)?;
    let place = listing.cursor()?;
    let id = listing.id(place)?;
    let json = listing.json(place)?;
    let (title, fields) = match screen {
        Screen::Users => user(state, id)?,
        Screen::People => person(state, id)?,
        Screen::Groups => group(state, id)?,
        Screen::Profiles => studio::profile(state, id)?,
        Screen::Spaces => studio::space(state, id)?,
        Screen::Apps | Screen::Cleanup => studio::app(state, id)?,
        Screen::Roles => roles::role(state, id)?,
        Screen::Answers => {
            let row = state
                .data
                .answers
                .remote()
                .shown()?
                .iter()
                .find(|row| crate::app::table::Record::id(row.as_ref()) == id)?;
            match row.own() {
                Some(cell) => return Some(explain_cell(state, &cell, None)),
                None => columns(listing, place, 0)?,
            }
        }
        Screen::Jobs => {
            let job = state.data.jobs.all().iter().find(|job| job.key == id)?;
            job_fields(state, job)
        }
        Screen::Findings => finding::finding(state, id)?,
        Screen::Requests => mlflow::request(state, id)?,
        Screen::Trace => span::span(state, id)?,
        Screen::Records => record::record(state, id)?,
        Screen::Log => columns(listing, place, 2)?,
        _ => columns(listing, place, 0)?,
    };
    Some(Layer::Detail {
        equivalent: equivalent(state),
        detail: Box::new(Detail::new(title, fields, json)),
    })
}

/// The cell of the matrix under the cursor.
fn matrix_cell(state: &State) -> Option<&Cell> {
    let Some(Line::Operation(permission, operation)) = state.data.matrix_line else {
        return None;
    };
    let column = state.data.matrix_column;
    state.data.matrix.cell(permission, operation, column)
}

/// The name of the user that the row under the cursor is about.
pub(super) fn user_under_cursor(state: &State) -> Option<String> {
    let listing = state.data.listing(state.screen())?;
    let id = listing.id(listing.cursor()?)?;
    match state.screen() {
        Screen::Users => Some(id.to_owned()),
        Screen::People => {
            let user = super::people::find(state, id)?.user.as_ref()?;
            Some(user.username.clone())
        }
        _ => None,
    }
}

/// Shows the user or person under the cursor again, where that is what is shown.
pub(super) fn again(state: &mut State) {
    let shown = user_under_cursor(state);
    let heard = state.data.account.as_ref().map(|(name, _)| name.clone());
    if shown.is_none() || shown != heard {
        return;
    }
    let found = under_cursor(state);
    if let (Some(Layer::Detail { detail: new, .. }), Some(Layer::Detail { detail, .. })) =
        (found, state.layers.last_mut())
    {
        detail.refresh(*new);
    }
}

/// Shows the cell under the cursor again, where that is what is shown.
pub(super) fn cell_again(state: &mut State) {
    if !matches!(state.screen(), Screen::Matrix | Screen::Answers)
        || !matches!(state.layers.last(), Some(Layer::Detail { .. }))
    {
        return;
    }
    let found = under_cursor(state);
    if let (Some(Layer::Detail { detail: new, .. }), Some(Layer::Detail { detail, .. })) =
        (found, state.layers.last_mut())
        && new.title == detail.title
    {
        detail.refresh(*new);
    }
}

/// Second factors and devices, where they were looked up for this user.
fn account(sheet: &mut Sheet, state: &State, user: &str) {
    let heard = state.data.account.as_ref().filter(|(name, _)| name == user);
    let (account, devices) = match heard.map(|(_, result)| result) {
        None => return sheet.toned("factors", "being looked up", Tone::Unknown),
        Some(Err(failure)) => return sheet.toned("factors", failure.to_string(), Tone::Unknown),
        Some(Ok(found)) => (&found.0, &found.1),
    };
    let factors = if account.mfa.is_empty() {
        "none".to_owned()
    } else {
        account.mfa.join(", ")
    };
    sheet.add("factors", factors);
    for device in devices {
        let name = device.name.as_deref().unwrap_or(&device.key);
        let ip = device.last_ip.as_deref().unwrap_or("an unknown address");
        let at = device
            .last_authenticated_at
            .map_or_else(String::new, |at| format!(", {} UTC", time(at)));
        sheet.toned("device", format!("{name} from {ip}{at}"), Tone::Dim);
    }
}

/// A row by its columns, each in full; one of them is the title.
fn columns(listing: &dyn Listing, place: usize, title: usize) -> Option<(String, Fields)> {
    let row = listing.row(place)?;
    let mut sheet = Sheet::default();
    for (head, cell) in listing.heads().iter().zip(&row.cells) {
        if let Some(title) = &head.title {
            sheet.toned(&title.to_lowercase(), cell.text.as_ref(), cell.tone);
        }
    }
    let title = row
        .cells
        .get(title)
        .map_or_else(String::new, |cell| cell.text.to_string());
    Some((title, sheet.0))
}

fn user(state: &State, name: &str) -> Option<(String, Fields)> {
    let user = users::user(state, name)?;
    let memberships = state.data.users.context();
    let groups = memberships.groups(&user.username);
    let mut sheet = Sheet::default();
    sheet.add("user name", user.username.clone());
    sheet.add("e-mail", user.email.clone().unwrap_or_default());
    sheet.add("status", user.status.as_str());
    if user.enabled {
        sheet.add("enabled", "yes");
    } else {
        sheet.toned("enabled", "no", Tone::Warning);
    }
    if memberships.complete {
        sheet.add("groups", groups.join(", "));
        in_mlflow(&mut sheet, state, groups);
    }
    account(&mut sheet, state, &user.username);
    sheet.time("created", user.created_at);
    sheet.time("changed", user.modified_at);
    for (name, value) in user.attributes.iter() {
        sheet.toned("attribute", format!("{name} = {value}"), Tone::Dim);
    }
    Some((user.label().to_owned(), sheet.0))
}

/// What the authorizer makes of somebody in these groups, and how that is known.
fn in_mlflow(sheet: &mut Sheet, state: &State, groups: &[String]) {
    let rules = &state.data.rules;
    let tone = if rules.contract().is_trap(groups) {
        Tone::Warning
    } else {
        Tone::Text
    };
    sheet.toned("in MLflow", rules.contract().in_words(groups), tone);
    if let Some(remark) = rules.remark() {
        sheet.toned("", remark, Tone::Dim);
    }
}

/// What a person is called on the command line.
fn person_name(state: &State, key: &str) -> Option<String> {
    Some(super::people::find(state, key)?.label().to_owned())
}

fn person(state: &State, key: &str) -> Option<(String, Fields)> {
    let person = super::people::find(state, key)?;
    let mut sheet = Sheet::default();
    match &person.user {
        Some(user) => {
            sheet.add("user", user.username.clone());
            sheet.add("status", user.status.as_str());
            if !user.enabled {
                sheet.toned("enabled", "no", Tone::Warning);
            }
            sheet.add("groups", person.groups.join(", "));
            in_mlflow(&mut sheet, state, &person.groups);
            account(&mut sheet, state, &user.username);
        }
        None => sheet.toned("user", "none: the profile is nobody's", Tone::Warning),
    }
    match &person.profile {
        Some(profile) => {
            sheet.add("profile", format!("{} ({})", profile.name, profile.status));
            let from = if profile.role_from_domain {
                "the domain's default"
            } else {
                "its own"
            };
            let role = person.role.clone().unwrap_or_default();
            sheet.add("execution role", format!("{role} ({from})"));
        }
        None if state.data.studio.complete().is_some() => sheet.add("profile", "none"),
        None => sheet.toned("profile", "not read yet", Tone::Unknown),
    }
    for app in &person.apps {
        sheet.add(
            "app",
            format!("{} {} ({})", app.app_type, app.name, app.status.as_str()),
        );
    }
    for space in &person.spaces {
        sheet.add("space", space.clone());
    }
    for mismatch in &person.mismatches {
        sheet.toned("mismatch", mismatch.text(), Tone::Warning);
    }
    Some((person.label().to_owned(), sheet.0))
}

fn group(state: &State, name: &str) -> Option<(String, Fields)> {
    let rows = state.data.groups.remote().shown()?;
    let row = rows.iter().find(|row| row.group.name == name)?;
    let group = &row.group;
    let mut sheet = Sheet::default();
    sheet.add("group", group.name.clone());
    sheet.add("description", group.description.clone().unwrap_or_default());
    sheet.add(
        "precedence",
        group.precedence.map_or_else(String::new, |p| p.to_string()),
    );
    sheet.add("IAM role", group.role_arn.clone().unwrap_or_default());
    sheet.add("pool", users::pool(state));
    sheet.add("members", row.members.len().to_string());
    for name in row.members.iter().take(500) {
        sheet.toned("", users::label(state, name), Tone::Dim);
    }
    Some((group.name.clone(), sheet.0))
}

/// A job with the result of every row.
fn job_fields(state: &State, job: &Job) -> (String, Fields) {
    let mut sheet = Sheet::default();
    sheet.add("job", job.title.clone());
    sheet.add("state", job.stage.as_str());
    let done = if job.total == 0 {
        job.done.to_string()
    } else {
        format!("{} of {}", job.done, job.total)
    };
    sheet.add("done", done);
    if let Some(rate) = job.rate(state.now) {
        sheet.add("rate", format!("{rate:.1} a second"));
    }
    if let Some(left) = job.remaining(state.now) {
        sheet.add("left", format!("about {} s", left.as_secs().max(1)));
    }
    for (subject, doing) in job.under_way.iter().take(UNDER_WAY) {
        let who = users::label(state, subject);
        sheet.toned("now", format!("{who}: {doing}"), Tone::Accent);
    }
    if let (true, Some(doing)) = (job.under_way.is_empty(), &job.doing) {
        sheet.toned("now", doing.clone(), Tone::Accent);
    }
    if job.under_way.len() > UNDER_WAY {
        let more = job.under_way.len() - UNDER_WAY;
        sheet.toned("now", format!("and {more} more"), Tone::Accent);
    }
    sheet.time("started", Some(job.started_at));
    sheet.time("ended", job.ended_at);
    if let Some(failure) = &job.failure {
        sheet.toned("failed", failure.to_string(), Tone::Danger);
        sheet.toned("next", failure.next_step(), Tone::Accent);
    }
    for row in &job.rows {
        let who = users::label(state, &row.subject);
        match &row.failure {
            None => sheet.toned("done", who, Tone::Good),
            Some(failure) => {
                sheet.toned("failed", format!("{who}: {failure}"), Tone::Danger);
                sheet.toned("next", failure.next_step(), Tone::Accent);
            }
        }
    }
    (job.title.clone(), sheet.0)
}

/// What a job that is shown has come to since.
pub(super) fn follow(state: &State, id: JobId) -> Option<(Fields, Value)> {
    let job = state.data.jobs.get(id)?;
    let (_, fields) = job_fields(state, job);
    Some((fields, serde_json::to_value(job).unwrap_or_default()))
}

fn region(state: &State) -> &str {
    state
        .data
        .deployment
        .region
        .as_ref()
        .map_or("", |found| &found.value)
}

/// The command that does what a job does.
fn command_of(state: &State, work: &Work) -> String {
    let quoted = crate::plan::shell_quoted;
    match work {
        Work::Verify => "mlwarden verify --grant-trust".to_owned(),
        Work::Download(folder) => {
            let run = state.data.mlflow.at_run_id.as_deref().unwrap_or("RUN");
            format!(
                "mlwarden mlflow artifacts {} --download {}",
                quoted(run),
                quoted(folder)
            )
        }
        Work::Plan(plan) => plan.commands().join("\n"),
        Work::Publish { wanted, .. } => match wanted {
            Wanted::Declared => "mlwarden matrix publish".to_owned(),
            Wanted::Package(name) => format!("mlwarden matrix rollback {}", quoted(name)),
            Wanted::Before(plan) => format!("mlwarden journal undo {plan}"),
        },
        Work::Adopt => "mlwarden matrix adopt".to_owned(),
        Work::Review => "mlwarden review".to_owned(),
        Work::Story {
            program,
            grant_trust,
            ..
        } => {
            let stories = program.stories().into_iter();
            let names = stories.map(|story| format!(" {}", quoted(&story.name)));
            let principals = program.principals.iter();
            let principals = principals.map(|one| format!(" --as {}", quoted(&one.to_string())));
            let scheme = program.scheme.iter();
            let scheme = scheme.map(|scheme| format!(" --scheme {scheme}"));
            let trust = grant_trust.then(|| " --grant-trust".to_owned());
            let words = names.chain(principals).chain(scheme).chain(trust);
            format!("mlwarden verify --story{}", words.collect::<String>())
        }
    }
}

/// The `aws` or `curl` command that shows what the page shows, or the row under the cursor.
pub(super) fn equivalent(state: &State) -> Option<String> {
    let deployment = &state.data.deployment;
    let region = region(state);
    let value = |found: &Option<crate::domain::Found<String>>| {
        found.as_ref().map(|found| found.value.clone())
    };
    let pool = value(&deployment.user_pool_id);
    let quoted = crate::plan::shell_quoted;
    let id = || {
        let listing = state.data.listing(state.screen())?;
        Some(listing.id(listing.cursor()?)?.to_owned())
    };
    Some(match state.screen() {
        Screen::Overview => "aws sts get-caller-identity".to_owned(),
        Screen::Users => match id() {
            Some(user) => format!(
                "aws cognito-idp admin-get-user --region {region} --user-pool-id {} --username {}",
                pool?,
                quoted(&user)
            ),
            None => format!(
                "aws cognito-idp list-users --region {region} --user-pool-id {}",
                pool?
            ),
        },
        Screen::People => format!(
            "mlwarden users show {}",
            quoted(&person_name(state, &id()?)?)
        ),
        Screen::Groups => match id() {
            Some(group) => format!(
                "aws cognito-idp list-users-in-group --region {region} --user-pool-id {} --group-name {}",
                pool?,
                quoted(&group)
            ),
            None => format!(
                "aws cognito-idp list-groups --region {region} --user-pool-id {}",
                pool?
            ),
        },
        Screen::Roles => {
            let arn = id()?;
            let name = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
            format!("aws iam get-role --role-name {}", quoted(&name))
        }
        Screen::Profiles => match id() {
            Some(name) => format!(
                "aws sagemaker describe-user-profile --region {region} --domain-id {} \
                 --user-profile-name {}",
                value(&deployment.domain_id)?,
                quoted(&name)
            ),
            None => format!(
                "aws sagemaker list-user-profiles --region {region} --domain-id-equals {}",
                value(&deployment.domain_id)?
            ),
        },
        Screen::Cleanup => {
            let rules = super::cleanup::rules(state);
            let options = rules
                .first()
                .map_or_else(String::new, crate::plan::cleanup::Rule::options);
            format!("mlwarden cleanup{options}")
        }
        Screen::Spaces => format!(
            "aws sagemaker list-spaces --region {region} --domain-id-equals {}",
            value(&deployment.domain_id)?
        ),
        Screen::Apps => format!(
            "aws sagemaker list-apps --region {region} --domain-id-equals {}",
            value(&deployment.domain_id)?
        ),
        Screen::Matrix => curl(state, matrix_cell(state)?)?,
        Screen::Answers => {
            let listing = state.data.listing(Screen::Answers)?;
            let id = listing.id(listing.cursor()?)?;
            let rows = state.data.answers.remote().shown()?;
            let row = rows
                .iter()
                .find(|row| crate::app::table::Record::id(row.as_ref()) == id)?;
            curl(state, &row.cell)?
        }
        Screen::Findings => finding::command(state, id().as_deref()),
        Screen::Jobs => {
            let job = super::enabled::job(state)?;
            command_of(state, &job.work)
        }
        Screen::Log => return None,
        _ => return mlflow::equivalent(state),
    })
}
