//! Changes of groups: made, edited, deleted, filled and emptied.

use super::{
    answer::ask,
    plans::{self, Question},
    users,
};
use crate::{
    app::{
        Effect, Screen,
        dialog::{Field, Form, Item as Choice, Picker, Severity, Text, Values},
        layer::Purpose,
        lists::GroupRow,
        state::State,
        tone::Tone,
    },
    aws::cognito::GroupSettings,
    plan::{Item, Passwords, Plan, Step},
};

/// How many members a deletion names.
const NAMED: usize = 30;

/// The group under the cursor.
fn current(state: &State) -> Option<&GroupRow> {
    state.data.groups.current().map(AsRef::as_ref)
}

/// Asks for a new group.
pub(super) fn create(state: &mut State) {
    let taken: Vec<String> = state
        .data
        .groups
        .rows()
        .iter()
        .map(|row| row.group.name.clone())
        .collect();
    let name = Field::text("name", "Name")
        .required()
        .help("as the authorizer looks for it; it cannot be changed later")
        .check(move |text| {
            if text.chars().any(char::is_whitespace) {
                return Err("a group's name has no spaces".to_owned());
            }
            if text.chars().count() > 128 {
                return Err("a group's name has 128 characters at most".to_owned());
            }
            if taken.iter().any(|name| name == text) {
                return Err("there is a group of this name".to_owned());
            }
            Ok(())
        });
    let mut fields = vec![name];
    fields.extend(setting_fields(&GroupSettings::default()));
    let rules = state.data.rules.clone();
    let form = Form::new("New group", fields)
        .verb("Preview")
        .consequence(move |values| {
            let known = rules.contract().knows(&[values.text("name").to_owned()]);
            if known || values.text("name").is_empty() {
                return Vec::new();
            }
            vec![Text::new(
                Tone::Warning,
                "The authorizer does not know a group of this name: it gives its members nothing.",
            )]
        });
    ask(state, form, Purpose::GroupCreate);
}

/// Asks for new settings of the group under the cursor.
pub(super) fn edit(state: &mut State) {
    let Some(row) = current(state) else { return };
    let settings = GroupSettings::of(&row.group);
    let form = Form::new(
        format!("Group {}", settings.name),
        setting_fields(&settings),
    )
    .note("Cognito keeps a description or a role that is there: it can be changed, not removed.")
    .verb("Preview");
    ask(state, form, Purpose::GroupEdit(settings));
}

fn setting_fields(settings: &GroupSettings) -> Vec<Field> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let precedence = settings.precedence.map(|number| number.to_string());
    vec![
        Field::text("description", "Description").value(&text(&settings.description)),
        Field::text("precedence", "Precedence")
            .value(&text(&precedence))
            .help("Cognito's; the authorizer goes by an order of its own")
            .check(|text| match text.trim().parse::<i32>() {
                _ if text.trim().is_empty() => Ok(()),
                Ok(number) if number >= 0 => Ok(()),
                _ => Err("a whole number from 0 on".to_owned()),
            }),
        Field::text("role", "IAM role")
            .value(&text(&settings.role_arn))
            .help("its ARN; only identity pools look at it")
            .check(|text| {
                if text.is_empty() || text.starts_with("arn:") {
                    Ok(())
                } else {
                    Err("an ARN, such as arn:aws:iam::123456789012:role/name".to_owned())
                }
            }),
    ]
}

fn settings_of(name: &str, values: &Values) -> GroupSettings {
    let text = |field: &str| {
        let text = values.text(field).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    GroupSettings {
        name: name.to_owned(),
        description: text("description"),
        precedence: text("precedence").and_then(|text| text.parse().ok()),
        role_arn: text("role"),
    }
}

/// The form of [`create`] was sent.
pub(super) fn created(state: &mut State, values: &Values) {
    let settings = settings_of(values.text("name").trim(), values);
    let title = format!("create the group {}", settings.name);
    propose(
        state,
        title,
        "create",
        Severity::Enter,
        Step::CreateGroup(settings),
        Vec::new(),
    );
}

/// The form of [`edit`] was sent.
pub(super) fn edited(state: &mut State, before: GroupSettings, values: &Values) {
    let mut after = settings_of(&before.name, values);
    after.description = after.description.or(before.description.clone());
    after.precedence = after.precedence.or(before.precedence);
    after.role_arn = after.role_arn.or(before.role_arn.clone());
    if after == before {
        state.hint("nothing was changed");
        return;
    }
    let title = format!("change the group {}", before.name);
    let step = Step::UpdateGroup { after, before };
    propose(state, title, "change", Severity::Enter, step, Vec::new());
}

/// Asks whether to delete the group under the cursor, naming whom it has.
pub(super) fn delete(state: &mut State) {
    let Some(row) = current(state) else { return };
    let (group, members) = (GroupSettings::of(&row.group), row.members.clone());
    let mut notes = Vec::new();
    if !members.is_empty() {
        let mut names: Vec<String> = members
            .iter()
            .take(NAMED)
            .map(|name| users::label(state, name))
            .collect();
        if members.len() > NAMED {
            names.push(format!("and {} more", members.len() - NAMED));
        }
        notes.push(Text::new(
            Tone::Warning,
            format!("Members: {}", names.join(", ")),
        ));
    }
    let title = format!("delete the group {}", group.name);
    let severity = Severity::TypeName(group.name.clone());
    let step = Step::DeleteGroup {
        before: group,
        members,
    };
    propose(state, title, "delete", severity, step, notes);
}

fn propose(
    state: &mut State,
    title: String,
    verb: &str,
    severity: Severity,
    step: Step,
    notes: Vec<Text>,
) {
    let subject = match &step {
        Step::CreateGroup(settings)
        | Step::UpdateGroup {
            after: settings, ..
        }
        | Step::DeleteGroup {
            before: settings, ..
        } => settings.name.clone(),
        _ => String::new(),
    };
    let item = Item::new(subject, vec![step]);
    let plan = Plan::new(title, plans::place(state), vec![item]);
    plans::confirm(
        state,
        Question {
            plan,
            verb: verb.to_owned(),
            severity,
            notes,
            passwords: Passwords::default(),
            prove: Vec::new(),
        },
    );
}

/// Goes to the users, those of the group under the cursor only.
pub(super) fn show_members(state: &mut State) -> Vec<Effect> {
    let Some(name) = current(state).map(|row| row.group.name.clone()) else {
        return Vec::new();
    };
    let effects = super::enter(state, Screen::Users);
    state.set_filter(&format!("groups:{name}"));
    effects
}

/// Asks whom to put into the group under the cursor, or whom to take out of it.
pub(super) fn choose_members(state: &mut State, join: bool) {
    let Some(row) = current(state) else { return };
    let group = row.group.name.clone();
    let choice = |name: &str, label: &str, detail: String| {
        Choice::new(name.to_owned(), label.to_owned()).detail(detail)
    };
    let items: Vec<Choice> = if join {
        state
            .data
            .users
            .rows()
            .iter()
            .filter(|user| row.members.binary_search(&user.username).is_err())
            .map(|user| {
                let groups = users::groups_of(state, &user.username).join(", ");
                choice(&user.username, user.label(), groups)
            })
            .collect()
    } else {
        row.members
            .iter()
            .map(|name| choice(name, &users::label(state, name), String::new()))
            .collect()
    };
    if items.is_empty() {
        state.hint(if join {
            "everybody is in it already"
        } else {
            "nobody is in it"
        });
        return;
    }
    let title = if join {
        format!("Add to {group}")
    } else {
        format!("Remove from {group}")
    };
    let purpose = Purpose::Members { group, join };
    ask(state, Picker::new(title, items).many(), purpose);
}
