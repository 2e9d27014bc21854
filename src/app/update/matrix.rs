//! Editing the matrix: a permission or a route is said otherwise, what that means is told at once,
//! and the file is written when it is meant.

use serde_json::json;

use super::{answer::ask, load_groups, load_users, movement, publish::keys, roles};
use crate::{
    access::{Effect as Says, Impact, Matrix, Pick, impact::RowImpact, matrix::Change},
    app::{
        Effect,
        actions::Action,
        data::Data,
        detail::Detail,
        dialog::{Confirm, Field, Form, Severity, Text, Values},
        draft::{Draft, pending},
        effect::{Ask, Terminal},
        layer::{Layer, Purpose},
        matrix::Line,
        remote::Remote,
        state::State,
        tone::Tone,
    },
    config::MatrixFile,
    domain::{ExecutionRole, Failure, Principal},
};

/// How many people are named one by one.
const NAMED: usize = 40;
/// What must be typed where nobody may do everything any more.
pub(super) const NOBODY: &str = "no administrator";

/// Says otherwise of what is under the cursor, for the row of its column.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    let change = match wanted(state) {
        Ok(change) => change,
        Err(text) => {
            state.hint(text);
            return Vec::new();
        }
    };
    match state.data.draft.change(&change) {
        Ok(matrix) => {
            let mut effects = declare(state, matrix);
            effects.extend(load_people(state));
            let text = last_change(state, &change);
            state.tell(text);
            state.data.untold = being_read(&state.data).then_some(change);
            effects
        }
        Err(failure) => {
            state.fail(&failure);
            Vec::new()
        }
    }
}

/// The change that turns round what is under the cursor.
fn wanted(state: &State) -> Result<Change, String> {
    let data = &state.data;
    let column = data.matrix.columns.get(data.matrix_column);
    let (Some(line), Some(column)) = (data.matrix_line, column) else {
        return Err("there is nothing here to change".to_owned());
    };
    let row = data
        .declared
        .row_of(&column.principal, data.execution_roles())
        .ok_or_else(|| {
            format!(
                "{} stands in no row of the matrix: add one to the file, or adopt what is deployed",
                column.principal
            )
        })?;
    let nothing = || "there is nothing here to change".to_owned();
    let (entry, now) = match line {
        Line::Permission(at) => {
            let permission = data.matrix.permissions.get(at).ok_or_else(nothing)?;
            let mut cells = (0..permission.operations.len())
                .filter_map(|operation| data.matrix.cell(at, operation, data.matrix_column));
            let whole = cells.all(|cell| cell.expected == Some(Says::Allow));
            let now = if whole { Says::Allow } else { Says::Deny };
            (permission.name.clone(), now)
        }
        Line::Operation(at, operation) => {
            let cell = data
                .matrix
                .cell(at, operation, data.matrix_column)
                .ok_or_else(|| format!("{} has no such route", column.principal))?;
            let now = cell.expected.unwrap_or(Says::Deny);
            (format!("{} {}", cell.method, cell.path), now)
        }
    };
    Ok(Change {
        row: row.name.clone(),
        entry,
        effect: Draft::opposite(now),
    })
}

/// Takes the last change back.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    state.data.untold = None;
    match state.data.draft.undo() {
        Ok(Some(matrix)) => {
            let effects = declare(state, matrix);
            let left = pending(state.data.draft.pending());
            state.tell(format!("taken back; {left}"));
            effects
        }
        Ok(None) => {
            state.hint("nothing was changed");
            Vec::new()
        }
        Err(failure) => {
            state.fail(&failure);
            Vec::new()
        }
    }
}

/// From now on this is declared: every cell is held against it.
pub(super) fn declare(state: &mut State, matrix: Matrix) -> Vec<Effect> {
    let data = &mut state.data;
    let roles = data.execution_roles().to_vec();
    data.matrix.declare(&data.declared, &matrix, &roles);
    data.declared = matrix.clone();
    movement::keep(data);
    roles::settle(state);
    vec![Effect::Ask(state.epoch, Ask::Declare(Box::new(matrix)))]
}

/// What the changes mean against what the file says.
fn meaning(state: &State) -> Impact {
    let data = &state.data;
    data.draft.impact(&data.declared, &roles::catalog(state))
}

/// What a change means, in one line: `reader gains runs:write: 2 people, 1 role; 1 change pending`.
fn last_change(state: &State, change: &Change) -> String {
    let left = pending(state.data.draft.pending());
    let meaning = meaning(state);
    let Some(row) = meaning.rows.iter().find(|row| row.row == change.row) else {
        return format!("{} is as the file says; {left}", change.row);
    };
    let word = match change.effect {
        Says::Allow => "gains",
        Says::Deny => "loses",
    };
    let whom = concerned(&state.data, row).in_words();
    let nobody = if meaning.nobody_left {
        "; nobody may do everything any more"
    } else {
        ""
    };
    format!(
        "{} {word} {}: {whom}{nobody}; {left}",
        change.row, change.entry
    )
}

/// Reads people and groups where nobody did yet: whom a change concerns is told with it.
fn load_people(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if matches!(state.data.groups.remote(), Remote::Idle) {
        effects.push(load_groups(state));
    }
    if matches!(state.data.users.remote(), Remote::Idle) {
        effects.push(load_users(state));
    }
    effects
}

/// Whether people or groups are on their way.
fn being_read(data: &Data) -> bool {
    data.groups.remote().is_loading() || data.users.remote().is_loading()
}

/// People or groups are known, or not to be had: whom the last change concerns is told as soon as
/// both are.
pub(super) fn settle(state: &mut State) {
    if being_read(&state.data) {
        return;
    }
    let Some(change) = state.data.untold.take() else {
        return;
    };
    if state.data.draft.pending() == 0 {
        return;
    }
    let text = last_change(state, &change);
    state.tell(text);
    let newer = meaning_in_full(state);
    if let Some(Layer::Detail { detail, .. }) = state.layers.last_mut()
        && detail.title == newer.title
    {
        detail.refresh(newer);
    }
}

/// Whom a row's change concerns.
struct Concerned<'a> {
    /// People who act as its group, by their labels; why they are not known where they are not.
    people: Result<Vec<&'a str>, &'static str>,
    /// Its execution roles.
    roles: Vec<&'a ExecutionRole>,
}

impl Concerned<'_> {
    fn in_words(&self) -> String {
        let count = |count: usize, one: &str, more: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {more}"),
        };
        let people = match &self.people {
            Ok(people) => count(people.len(), "person", "people"),
            Err(why) => format!("people {why}"),
        };
        format!("{people}, {}", count(self.roles.len(), "role", "roles"))
    }
}

fn concerned<'a>(data: &'a Data, row: &RowImpact) -> Concerned<'a> {
    let memberships = data.users.context();
    let users = data.users.remote().complete();
    let order = data.declared.groups();
    let acts = |groups: &[String]| match (&row.group, data.declared.authorizer.rule) {
        (None, _) => false,
        (Some(group), Pick::Union) => groups.contains(group),
        (Some(group), Pick::FirstMatch) => {
            let first = order
                .iter()
                .find(|known| groups.iter().any(|own| own == *known));
            first == Some(&group.as_str())
        }
    };
    let people = match users.filter(|_| memberships.complete) {
        Some(users) => Ok(users
            .iter()
            .filter(|user| acts(memberships.groups(&user.username)))
            .map(|user| user.label())
            .collect()),
        None if being_read(data) => Err("being read…"),
        None => Err("not known"),
    };
    let in_row = |role: &&ExecutionRole| {
        let principal = Principal::Role(role.arn.clone());
        let own = data
            .declared
            .row_of(&principal, std::slice::from_ref(*role));
        own.is_some_and(|own| own.name == row.row)
    };
    Concerned {
        people,
        roles: data.execution_roles().iter().filter(in_row).collect(),
    }
}

/// Shows what the changes mean, and for whom.
pub(super) fn show_meaning(state: &mut State) {
    if meaning(state).is_none() {
        state.hint("nothing is changed: e turns round what is under the cursor");
        return;
    }
    let detail = Box::new(meaning_in_full(state));
    state.push(Layer::Detail {
        detail,
        equivalent: None,
    });
}

/// What the changes mean, row by row.
fn meaning_in_full(state: &State) -> Detail {
    let meaning = meaning(state);
    let mut fields: Vec<(String, String, Tone)> = Vec::new();
    let mut add = |name: &str, text: String, tone| fields.push((name.to_owned(), text, tone));
    if meaning.nobody_left {
        let text = "no group may do everything any more: nobody could give it back by MLflow's API";
        add("!", text.to_owned(), Tone::Danger);
    }
    if let Some((before, after)) = meaning.rule {
        let text = format!("{} instead of {}", after.as_str(), before.as_str());
        add("several groups", text, Tone::Warning);
    }
    for row in &meaning.rows {
        add("row", row.row.clone(), Tone::Accent);
        for (word, tone, shifts) in [
            ("gains", Tone::Warning, &row.gains),
            ("loses", Tone::Warning, &row.loses),
        ] {
            for shift in shifts {
                add(word, shift.in_words(), tone);
            }
        }
        let concerned = concerned(&state.data, row);
        match &concerned.people {
            Err(why) => add("people", (*why).to_owned(), Tone::Unknown),
            Ok(people) => {
                for who in people.iter().take(NAMED) {
                    add("for", (*who).to_owned(), Tone::Text);
                }
                if people.len() > NAMED {
                    let more = people.len() - NAMED;
                    add("for", format!("and {more} more people"), Tone::Text);
                }
            }
        }
        for role in &concerned.roles {
            let profiles = role.profiles.join(", ");
            let text = format!("role {} (profiles: {profiles})", role.name);
            add("for", text, Tone::Text);
        }
    }
    add(
        "in effect",
        format!(
            "when it is written ({}) and put into effect: groups by {}, roles by {}; also for \
             tokens that are out, since each request is asked for",
            keys(state, Action::MatrixSave),
            keys(state, Action::MatrixPublish),
            keys(state, Action::MatrixApply),
        ),
        Tone::Dim,
    );
    let title = pending(state.data.draft.pending());
    Detail::new(title, fields, json!(meaning))
}

/// Asks for the matrix file's name, where none is known.
pub(super) fn file_form(title: &str) -> Form {
    let file = Field::text("file", "File")
        .required()
        .value("matrix.toml")
        .help("name it by --matrix afterwards, or in the context");
    Form::new(title, vec![file]).verb("Preview")
}

/// Asks whether to write the changes to the matrix file.
pub(super) fn ask_to_save(state: &mut State) {
    let Some((file, text)) = state.data.draft.to_write() else {
        state.hint("nothing is changed");
        return;
    };
    if file.file.is_none() {
        let form = file_form("Write the matrix to a file");
        return ask(state, form, Purpose::MatrixFile);
    }
    match write_question(state, &file, &text) {
        Ok(dialog) => ask(state, dialog, Purpose::MatrixSave(Box::new(file), text)),
        Err(failure) => state.fail(&failure),
    }
}

/// Shows what a text changes in the matrix file, and asks whether to write it.
///
/// # Errors
/// The text is no matrix.
pub(super) fn write_question(
    state: &State,
    file: &MatrixFile,
    text: &str,
) -> Result<Confirm, Failure> {
    let declared = Matrix::parse(text, &file.name())?;
    let draft = &state.data.draft;
    let meaning = draft.impact(&declared, &roles::catalog(state));
    let mut effects = Vec::new();
    for row in &meaning.rows {
        for (word, shifts) in [("gains", &row.gains), ("loses", &row.loses)] {
            for shift in shifts {
                let text = format!("{} {word} {}", row.row, shift.in_words());
                effects.push(Text::new(Tone::Warning, text));
            }
        }
    }
    effects.extend(diff(file, text));
    effects.push(Text::new(
        Tone::Dim,
        format!(
            "The file says what is expected. What is deployed stays until it is put into effect: \
             groups by {}, roles by {}.",
            keys(state, Action::MatrixPublish),
            keys(state, Action::MatrixApply),
        ),
    ));
    let severity = if meaning.nobody_left {
        effects.insert(
            0,
            Text::new(Tone::Danger, "No group may do everything any more."),
        );
        Severity::TypeName(NOBODY.to_owned())
    } else {
        Severity::YesNo
    };
    let title = format!("Write {}?", file.name());
    Ok(Confirm::new(title, "Write", severity).effects(effects))
}

/// The lines that change.
fn diff(file: &MatrixFile, text: &str) -> Vec<Text> {
    similar::TextDiff::from_lines(file.text.as_str(), text)
        .iter_all_changes()
        .filter_map(|change| {
            let line = change.value().trim_end();
            match change.tag() {
                similar::ChangeTag::Delete => Some(Text::new(Tone::Danger, format!("- {line}"))),
                similar::ChangeTag::Insert => Some(Text::new(Tone::Good, format!("+ {line}"))),
                similar::ChangeTag::Equal => None,
            }
        })
        .collect()
}

/// A file was named for the matrix.
pub(super) fn named(state: &mut State, values: &Values) {
    state.data.draft.move_to(values.text("file").trim().into());
    ask_to_save(state);
}

/// Writes what was agreed to.
pub(super) fn save(file: Box<MatrixFile>, text: String) -> Vec<Effect> {
    vec![Effect::Terminal(Terminal::SaveMatrix(file, text))]
}

/// The file was written, or not.
pub(super) fn written(state: &mut State, file: MatrixFile, result: Result<String, Failure>) {
    match result {
        Ok(text) => {
            let declared = state.data.declared.clone();
            state.data.draft.written(file, &declared);
            state.tell(text);
        }
        Err(failure) => state.fail(&failure),
    }
}
