//! Changes of users: asked for on the marked rows, turned into plans.

use super::{
    answer::ask,
    people,
    plans::{self, Question},
};
use crate::{
    app::{
        dialog::{Item as Choice, Picker, Severity, Text, Values},
        layer::Purpose,
        state::State,
        tone::Tone,
    },
    domain::User,
    plan::{Attributes, Item, Passwords, Plan, Step},
};

/// A change of users that needs nothing but the users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Let them sign in.
    Enable,
    /// Stop them from signing in.
    Disable,
    /// End their sessions.
    SignOut,
    /// Confirm their sign-up.
    Confirm,
    /// Send the invitation again.
    Invite,
    /// Have them choose a new password by a code.
    ResetPassword,
    /// Take their addresses as verified.
    VerifyEmail,
    /// Delete them for good.
    Delete,
}

impl Change {
    /// The word for it.
    fn verb(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::SignOut => "sign out",
            Self::Confirm => "confirm",
            Self::Invite => "invite again",
            Self::ResetPassword => "reset the password of",
            Self::VerifyEmail => "verify the address of",
            Self::Delete => "delete",
        }
    }

    fn steps(self, user: &User) -> Vec<Step> {
        let name = user.username.clone();
        let verified = || {
            let wanted = Attributes::from([("email_verified".to_owned(), Some("true".to_owned()))]);
            Step::attributes(user, &wanted)
        };
        match self {
            // What is so already is not done, or an undo would turn it round.
            Self::Enable if user.enabled => Vec::new(),
            Self::Enable => vec![Step::EnableUser { user: name }],
            Self::Disable if !user.enabled => Vec::new(),
            Self::Disable => vec![Step::DisableUser { user: name }],
            Self::SignOut => vec![Step::SignOut { user: name }],
            Self::Confirm => vec![Step::ConfirmUser { user: name }],
            Self::Invite => vec![Step::ResendInvite { user: name }],
            Self::ResetPassword => vec![Step::ResetPassword { user: name }],
            Self::VerifyEmail => verified().into_iter().collect(),
            Self::Delete => vec![Step::DeleteUser { user: name }],
        }
    }
}

/// Asks whether to make this change to the marked users, else to the one under the cursor.
pub(super) fn change(state: &mut State, change: Change) {
    let names = targets(state);
    change_of(state, change, &names);
}

/// Asks whether to make this change to these users.
pub(super) fn change_of(state: &mut State, change: Change, names: &[String]) {
    if names.is_empty() {
        state.hint("there is nobody to change");
        return;
    }
    let items = items(state, names, |user| change.steps(user));
    let (items, unfit) = fitting(state, items);
    if items.is_empty() {
        state.hint(match unfit.as_slice() {
            [] => "it is so already".to_owned(),
            [one] => one.clone(),
            [first, ..] => format!("none of the {}: {first}", unfit.len()),
        });
        return;
    }
    let severity = match (change, items.as_slice()) {
        (Change::Delete, [one]) => Severity::TypeName(one.subject.clone()),
        (Change::Delete, several) => Severity::TypeName(format!("delete {} users", several.len())),
        (Change::Enable | Change::Confirm | Change::VerifyEmail, _) => Severity::Enter,
        _ => Severity::YesNo,
    };
    let title = format!("{} {}", change.verb(), whom(&items));
    propose(
        state,
        title,
        change.verb(),
        severity,
        items,
        left_out(&unfit),
    );
}

/// The items that Cognito does not refuse for the state their user is in, and why it refuses
/// the others.
pub(super) fn fitting(state: &State, items: Vec<Item>) -> (Vec<Item>, Vec<String>) {
    let mut unfit = Vec::new();
    let fit = items
        .into_iter()
        .filter(|item| {
            let why = item
                .steps
                .iter()
                .find_map(|step| step.unfit(user(state, step.user()?)?));
            unfit.extend(why.iter().map(|why| format!("{}: {why}", item.subject)));
            why.is_none()
        })
        .collect();
    (fit, unfit)
}

/// Says who is left out of a change, the first few by name.
pub(super) fn left_out(unfit: &[String]) -> Vec<Text> {
    const NAMED: usize = 5;
    let mut texts: Vec<Text> = unfit
        .iter()
        .take(NAMED)
        .map(|why| Text::new(Tone::Warning, format!("left out: {why}")))
        .collect();
    if unfit.len() > NAMED {
        let more = format!("and {} more are left out", unfit.len() - NAMED);
        texts.push(Text::new(Tone::Warning, more));
    }
    texts
}

/// Puts a plan before the user.
pub(super) fn propose(
    state: &mut State,
    title: String,
    verb: &str,
    severity: Severity,
    items: Vec<Item>,
    notes: Vec<Text>,
) {
    let plan = Plan::new(title, plans::place(state), items);
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

/// The users that an action is about, by user name: on the page of people those of the rows
/// that have one.
pub(super) fn targets(state: &State) -> Vec<String> {
    let Some(listing) = state.data.listing(state.screen()) else {
        return Vec::new();
    };
    let rows = listing.targets();
    if state.screen() != crate::app::Screen::People {
        return rows;
    }
    rows.iter()
        .filter_map(|key| Some(people::find(state, key)?.user.as_ref()?.username.clone()))
        .collect()
}

/// What is done for each of these users.
pub(super) fn items(
    state: &State,
    names: &[String],
    steps: impl Fn(&User) -> Vec<Step>,
) -> Vec<Item> {
    names
        .iter()
        .filter_map(|name| user(state, name))
        .map(|user| Item::new(user.label().to_owned(), steps(user)))
        .filter(|item| !item.steps.is_empty())
        .collect()
}

pub(super) fn whom(items: &[Item]) -> String {
    match items {
        [one] => one.subject.clone(),
        several => format!("{} users", several.len()),
    }
}

/// Asks which groups to put the marked users into, or to take them out of.
pub(super) fn choose_groups(state: &mut State, join: bool) {
    let names = targets(state);
    if names.is_empty() {
        state.hint("there is nobody to change");
        return;
    }
    let items = if join {
        group_choices(state)
    } else {
        let mut groups: Vec<&String> = names
            .iter()
            .flat_map(|name| groups_of(state, name))
            .collect();
        groups.sort();
        groups.dedup();
        groups
            .into_iter()
            .map(|name| Choice::new(name.clone(), name.clone()))
            .collect()
    };
    if items.is_empty() {
        state.hint("they are in no group");
        return;
    }
    let count = match names.len() {
        1 => "1 user".to_owned(),
        number => format!("{number} users"),
    };
    let title = if join {
        format!("Add {count} to groups")
    } else {
        format!("Remove {count} from groups")
    };
    let dialog = Picker::new(title, items).many();
    ask(state, dialog, Purpose::Groups { users: names, join });
}

/// Groups were chosen for these users.
pub(super) fn chose_groups(state: &mut State, names: &[String], join: bool, groups: &[String]) {
    let steps = |user: &User| -> Vec<Step> {
        let has = groups_of(state, &user.username);
        groups
            .iter()
            .filter(|group| has.contains(group) != join)
            .map(|group| {
                let (user, group) = (user.username.clone(), group.clone());
                if join {
                    Step::AddToGroup { user, group }
                } else {
                    Step::RemoveFromGroup { user, group }
                }
            })
            .collect()
    };
    let items = items(state, names, steps);
    if items.is_empty() {
        state.hint("it is so already");
        return;
    }
    let groups = groups.join(", ");
    let (title, verb) = if join {
        (format!("add {} to {groups}", whom(&items)), "add to groups")
    } else {
        (
            format!("remove {} from {groups}", whom(&items)),
            "remove from groups",
        )
    };
    propose(state, title, verb, Severity::YesNo, items, Vec::new());
}

/// What the authorizer will make of somebody in the groups that are chosen.
pub(super) fn becomes(
    state: &State,
    who: &'static str,
) -> impl Fn(&Values) -> Vec<Text> + Send + Sync + 'static {
    let rules = state.data.rules.clone();
    move |values| {
        let (groups, contract) = (values.many("groups"), rules.contract());
        let becomes = if groups.is_empty() {
            let refusal = contract.refusal();
            let text = format!("Without a group the authorizer answers {refusal} to everything.");
            Text::new(Tone::Warning, text)
        } else {
            let tone = if contract.is_trap(groups) {
                Tone::Warning
            } else {
                Tone::Text
            };
            let is = contract.in_words(groups);
            Text::new(tone, format!("{who} in MLflow: {is}"))
        };
        let remark = rules.remark().map(|remark| Text::new(Tone::Dim, remark));
        [becomes].into_iter().chain(remark).collect()
    }
}

/// The pool's groups, to choose from.
pub(super) fn group_choices(state: &State) -> Vec<Choice> {
    state
        .data
        .groups
        .remote()
        .shown()
        .into_iter()
        .flat_map(|rows| rows.iter())
        .map(|row| {
            Choice::new(row.group.name.clone(), row.group.name.clone())
                .detail(row.group.description.clone().unwrap_or_default())
        })
        .collect()
}

/// The groups of a user, as far as they are known.
pub(super) fn groups_of<'a>(state: &'a State, name: &str) -> &'a [String] {
    state.data.users.context().groups(name)
}

/// What a user is called on screen.
pub(super) fn label(state: &State, name: &str) -> String {
    user(state, name).map_or_else(|| name.to_owned(), |user| user.label().to_owned())
}

/// A user by its name.
pub(super) fn user<'a>(state: &'a State, name: &str) -> Option<&'a User> {
    state
        .data
        .users
        .remote()
        .shown()?
        .iter()
        .find(|user| user.username == name)
        .map(AsRef::as_ref)
}

/// The pool's id, or a sign that it is not known.
pub(super) fn pool(state: &State) -> String {
    state
        .data
        .deployment
        .user_pool_id
        .as_ref()
        .map_or_else(|| "?".to_owned(), |found| found.value.clone())
}
