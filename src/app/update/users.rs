//! Changes of users: asked for on the marked rows, shown before they are made, run as a job.

use super::answer::ask;
use crate::{
    access::Contract,
    app::{
        Effect,
        dialog::{Call, Confirm, Field, Form, Item, Picker, Severity, Text, Values},
        effect::Ask,
        job::{Job, Work},
        layer::Purpose,
        lists::in_mlflow,
        state::State,
        table::Listing,
        tone::Tone,
    },
    domain::User,
    plan::UserChange,
};
use secrecy::SecretString;

/// How many of the calls a preview names one by one.
const NAMED: usize = 200;

/// Asks whether to make this change to the marked users, else to the one under the cursor.
pub(super) fn change(state: &mut State, change: UserChange) {
    let names = state.data.users.targets();
    confirm(state, change, names);
}

/// Shows what a change would do to these users, and asks.
pub(super) fn confirm(state: &mut State, change: UserChange, names: Vec<String>) {
    if names.is_empty() {
        state.hint("there is nobody to change");
        return;
    }
    let pool = pool(state);
    let label = |name: &String| label(state, name);
    let calls: Vec<Call> = names
        .iter()
        .take(NAMED)
        .flat_map(|name| {
            let person = label(name);
            change
                .calls(&pool, name)
                .into_iter()
                .map(move |call| Call::new(call.call, call.does.replace(name.as_str(), &person)))
                .collect::<Vec<_>>()
        })
        .collect();
    let whom = match names.as_slice() {
        [one] => label(one),
        several => format!("{} users", several.len()),
    };
    let severity = match (&change, names.as_slice()) {
        (UserChange::Delete, [one]) => Severity::TypeName(label(one)),
        (UserChange::Delete, several) => {
            Severity::TypeName(format!("delete {} users", several.len()))
        }
        (UserChange::Enable | UserChange::Create { .. }, _) => Severity::Enter,
        _ => Severity::YesNo,
    };
    let mut irreversible = Vec::new();
    match &change {
        UserChange::Delete => irreversible
            .push("Attributes, memberships and the password are lost for good.".to_owned()),
        UserChange::SignOut => {
            irreversible.push("Sessions that are ended stay ended; they sign in again.".to_owned());
        }
        _ => {}
    }
    let mut effects = effects(state, &change, &names);
    if names.len() > NAMED {
        effects.push(Text::new(
            Tone::Warning,
            format!("and the same for {} more users", names.len() - NAMED),
        ));
    }
    let title = format!("{}?", upper(&doing(&change, &whom)));
    let dialog = Confirm::new(title, upper(change.verb()), severity)
        .calls(calls)
        .irreversible(irreversible)
        .effects(effects);
    ask(state, dialog, Purpose::Change(change, names));
}

/// What is done to whom, as the title of a question or of a job.
fn doing(change: &UserChange, whom: &str) -> String {
    match change {
        UserChange::AddTo(groups) => format!("add {whom} to {}", groups.join(", ")),
        change => format!("{} {whom}", change.verb()),
    }
}

/// What follows from a change besides what is called.
fn effects(state: &State, change: &UserChange, names: &[String]) -> Vec<Text> {
    let mut effects = Vec::new();
    match change {
        UserChange::Disable | UserChange::SignOut | UserChange::Delete => {
            effects.push(Text::new(
                Tone::Warning,
                "ID tokens that are out keep working until they expire, an hour at most by default.",
            ));
        }
        UserChange::AddTo(groups) => {
            for name in names.iter().take(NAMED) {
                let mut after = groups_of(state, name).to_vec();
                after.extend(groups.iter().cloned());
                after.sort();
                after.dedup();
                effects.push(becomes(&label(state, name), &after));
            }
            effects.push(Text::new(
                Tone::Dim,
                "In effect from the next sign-in: tokens that are out keep their groups.",
            ));
        }
        UserChange::Create { groups, .. } => {
            for name in names {
                effects.push(becomes(name, groups));
            }
        }
        UserChange::Enable => {}
    }
    effects
}

/// What the authorizer will make of somebody in these groups.
fn becomes(who: &str, groups: &[String]) -> Text {
    let known = Contract::sample().rules_for(groups).is_some();
    let tone = if known && groups.len() < 2 {
        Tone::Text
    } else {
        Tone::Warning
    };
    Text::new(tone, format!("{who} in MLflow: {}", in_mlflow(groups)))
}

/// Runs a change that was confirmed.
pub(super) fn run(state: &mut State, change: UserChange, names: Vec<String>) -> Vec<Effect> {
    let whom = match names.as_slice() {
        [one] => label(state, one),
        several => format!("{} users", several.len()),
    };
    let title = doing(&change, &whom);
    let now = state.now;
    let id = state.data.jobs.start(
        title.clone(),
        Work::Change(change.clone()),
        names.len(),
        now,
    );
    state.tell(format!("{title}…"));
    state.data.users.mark(crate::app::table::Marking::Clear);
    vec![Effect::Ask(state.epoch, Ask::Change(id, change, names))]
}

/// Asks which groups to put the marked users into.
pub(super) fn choose_groups(state: &mut State) {
    let names = state.data.users.targets();
    if names.is_empty() {
        state.hint("there is nobody to add");
        return;
    }
    let items = group_items(state);
    let dialog = Picker::new(format!("Add {} to groups", count(names.len())), items).many();
    ask(state, dialog, Purpose::Groups(names));
}

/// Asks whom to make.
pub(super) fn create(state: &mut State) {
    let groups = group_items(state);
    let taken: Vec<String> = state
        .data
        .users
        .remote()
        .shown()
        .into_iter()
        .flat_map(|rows| rows.iter())
        .map(|user| user.label().to_lowercase())
        .collect();
    let form = Form::new(
        "New user",
        vec![
            Field::text("email", "E-mail")
                .required()
                .help("the name to sign in with")
                .check(move |text| {
                    address(text)?;
                    if taken.contains(&text.to_lowercase()) {
                        return Err("there is a user with this address".to_owned());
                    }
                    Ok(())
                }),
            Field::many("groups", "Groups", groups, &[])
                .help("the first that the authorizer knows decides alone"),
            Field::choice(
                "invite",
                "Invitation",
                vec![
                    Item::new("mail", "by e-mail").detail("Cognito writes to the person"),
                    Item::new("show", "shown once")
                        .detail("a temporary password, for you to hand over"),
                ],
                Some("mail"),
            ),
        ],
    )
    .verb("Preview")
    .consequence(|values| {
        let groups = values.many("groups");
        if groups.is_empty() {
            return vec![Text::new(
                Tone::Warning,
                "Without a group the authorizer answers 500 to everything.",
            )];
        }
        vec![becomes("This person", groups)]
    });
    ask(state, form, Purpose::Create);
}

/// The form of [`create`] was sent.
pub(super) fn created(state: &mut State, values: &Values) {
    let password = (values.text("invite") == "show").then(crate::plan::temporary_password);
    let change = UserChange::Create {
        groups: values.many("groups").to_vec(),
        password,
    };
    confirm(state, change, vec![values.text("email").trim().to_owned()]);
}

/// The user that a job has made, with the temporary password to hand over, where there is
/// one. None where nobody was made: a password for nobody would be a lie.
pub(super) fn made(job: &Job) -> Option<(String, Option<SecretString>)> {
    let Work::Change(UserChange::Create { password, .. }) = &job.work else {
        return None;
    };
    let row = job.rows.first()?;
    // The groups come after the user: if one of them failed, the user is there all the same.
    let made = match &row.failure {
        None => true,
        Some(failure) => !failure.doing.starts_with("creating"),
    };
    made.then(|| (row.subject.clone(), password.clone()))
}

/// Whether a text can be an e-mail address; Cognito has the last word.
fn address(text: &str) -> Result<(), String> {
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("an e-mail address has an @".to_owned());
    };
    let bad = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    if local.is_empty() || local.len() > 64 || text.chars().any(bad) {
        return Err("this is no e-mail address".to_owned());
    }
    if !domain.contains('.') || domain.split('.').any(str::is_empty) {
        return Err("the part after the @ is no domain".to_owned());
    }
    Ok(())
}

fn group_items(state: &State) -> Vec<Item> {
    state
        .data
        .groups
        .remote()
        .shown()
        .into_iter()
        .flat_map(|rows| rows.iter())
        .map(|row| {
            Item::new(row.group.name.clone(), row.group.name.clone())
                .detail(row.group.description.clone().unwrap_or_default())
        })
        .collect()
}

fn groups_of<'a>(state: &'a State, name: &str) -> &'a [String] {
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

fn count(number: usize) -> String {
    match number {
        1 => "1 user".to_owned(),
        number => format!("{number} users"),
    }
}

fn upper(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn what_cannot_be_an_address_is_refused_with_a_reason() {
        for good in ["a@example.com", "first.last+x@sub.example.co", " a@b.de "] {
            assert_eq!(address(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a",
            "@example.com",
            "a@b",
            "a@b..c",
            "a b@c.de",
            "<a@b.c>",
            "a@b.c\n",
        ] {
            assert!(address(bad).is_err() || bad.trim() != bad, "{bad}");
        }
        assert!(address("a@b").unwrap_err().contains("domain"));
    }
}
