//! Forms about users: somebody new, passwords, attributes, second factors.

use secrecy::ExposeSecret;

use super::{
    answer::ask,
    people,
    plans::{self, Question},
    users::{
        becomes, fitting, group_choices, items, label, left_out, propose, targets, user, whom,
    },
};
use crate::{
    app::{
        dialog::{Field, Form, Item as Choice, Severity, Text, Values},
        layer::Purpose,
        state::State,
    },
    aws::cognito::MfaPreference,
    domain::email,
    plan::{Attributes, Passwords, Plan, Step},
};

/// How somebody new learns how to sign in.
pub(super) fn welcome_field() -> Field {
    Field::choice(
        "welcome",
        "Invitation",
        vec![
            Choice::new("mail", "by e-mail").detail("Cognito writes to the person"),
            Choice::new("shown", "shown once").detail("a temporary password, for you to hand over"),
            Choice::new("silent", "not yet")
                .detail("nobody is told; invite or set a password later"),
        ],
        Some("mail"),
    )
}

/// A field for the address of somebody new.
pub(super) fn address_field(state: &State) -> Field {
    let taken: std::collections::HashSet<String> = state
        .data
        .users
        .remote()
        .shown()
        .into_iter()
        .flat_map(|rows| rows.iter())
        .map(|user| email::key(user.label()))
        .collect();
    Field::text("email", "E-mail")
        .required()
        .help("the name to sign in with")
        .check(move |text| {
            email::check(text)?;
            if taken.contains(&email::key(text)) {
                return Err("there is a user with this address".to_owned());
            }
            Ok(())
        })
}

/// Asks whom to make.
pub(super) fn create(state: &mut State) {
    let form = Form::new(
        "New user",
        vec![
            address_field(state),
            Field::many("groups", "Groups", group_choices(state), &[])
                .help(state.data.rules.contract().choice_in_words()),
            welcome_field(),
        ],
    )
    .verb("Preview")
    .consequence(becomes(state, "This person"));
    ask(state, form, Purpose::Create);
}

/// The form of [`create`] was sent.
pub(super) fn created(state: &mut State, values: &Values) {
    let address = values.text("email").trim().to_owned();
    people::join(state, &address, values, false);
}

/// Asks for a password for the user under the cursor, or for each that is marked.
pub(super) fn set_password(state: &mut State) {
    let names = targets(state);
    if names.is_empty() {
        state.hint("there is nobody to change");
        return;
    }
    let mut fields = vec![Field::choice(
        "kind",
        "Password",
        vec![
            Choice::new("temporary", "temporary").detail("must be changed at the first sign-in"),
            Choice::new("permanent", "permanent").detail("stays"),
        ],
        Some("temporary"),
    )];
    let one = names.len() == 1;
    if one {
        fields.push(
            Field::secret("password", "Given")
                .help("left empty, one that suits the pool is made and shown once"),
        );
    }
    let title = match names.as_slice() {
        [one] => format!("Password of {}", label(state, one)),
        several => format!("Passwords of {} users", several.len()),
    };
    let form = Form::new(title, fields).verb("Preview");
    ask(state, form, Purpose::Password(names));
}

/// The form of [`set_password`] was sent.
pub(super) fn password_set(state: &mut State, names: &[String], values: &Values) {
    let permanent = values.text("kind") == "permanent";
    let items = items(state, names, |user| {
        vec![Step::SetPassword {
            user: user.username.clone(),
            permanent,
        }]
    });
    let (items, unfit) = fitting(state, items);
    if let (true, Some(why)) = (items.is_empty(), unfit.first()) {
        state.hint(why.clone());
        return;
    }
    let mut passwords = Passwords::default();
    if let (Some(secret), [name]) = (values.secret("password"), names)
        && !secret.expose_secret().is_empty()
    {
        passwords.insert(name.clone(), secret.clone());
    }
    let title = format!("set the password of {}", whom(&items));
    let plan = Plan::new(title, plans::place(state), items);
    let mut notes = left_out(&unfit);
    if passwords.is_empty() {
        notes.push(Text::from(
            "A new password is made and shown once, when it is set.",
        ));
    }
    plans::confirm(
        state,
        Question {
            plan,
            verb: "set".to_owned(),
            severity: Severity::YesNo,
            notes,
            passwords,
            prove: Vec::new(),
        },
    );
}

/// Asks for new values of the attributes of the user under the cursor.
pub(super) fn edit_attributes(state: &mut State) {
    let names = targets(state);
    let [name] = names.as_slice() else {
        state.hint("attributes are edited of one user at a time: take the marks away");
        return;
    };
    let Some(user) = user(state, name) else {
        return;
    };
    let fixed = |name: &str| matches!(name, "sub" | "identities") || name.starts_with("cognito:");
    let mut fields: Vec<Field> = user
        .attributes
        .iter()
        .filter(|(name, _)| !fixed(name))
        .map(|(name, value)| Field::text(name.to_string(), name.to_string()).value(value))
        .collect();
    fields.push(
        Field::text("+", "Another")
            .help("NAME=VALUE, such as given_name=Ada or custom:team=research")
            .check(|text| {
                if text.is_empty()
                    || text
                        .split_once('=')
                        .is_some_and(|(name, _)| !name.is_empty())
                {
                    Ok(())
                } else {
                    Err("write NAME=VALUE".to_owned())
                }
            }),
    );
    let form = Form::new(format!("Attributes of {}", user.label()), fields)
        .note("An empty value takes the attribute away.")
        .verb("Preview");
    let user = user.username.clone();
    ask(state, form, Purpose::Attributes(user));
}

/// The form of [`edit_attributes`] was sent.
pub(super) fn attributes_edited(state: &mut State, name: &str, values: &Values) {
    let mut wanted = Attributes::new();
    for (name, value) in values.iter() {
        let crate::app::dialog::Value::Text(text) = value else {
            continue;
        };
        let (name, text) = match (name, text.split_once('=')) {
            ("+", Some((name, text))) => (name, text),
            ("+", None) => continue,
            (name, _) => (name, text.as_str()),
        };
        let value = Some(text.to_owned()).filter(|text| !text.is_empty());
        wanted.insert(name.trim().to_owned(), value);
    }
    let items = items(state, &[name.to_owned()], |user| {
        Step::attributes(user, &wanted).into_iter().collect()
    });
    if items.is_empty() {
        state.hint("nothing was changed");
        return;
    }
    let title = format!("change the attributes of {}", whom(&items));
    propose(state, title, "change", Severity::Enter, items, Vec::new());
}

/// Asks which second factors the marked users are to have.
pub(super) fn edit_mfa(state: &mut State) {
    let names = targets(state);
    if names.is_empty() {
        state.hint("there is nobody to change");
        return;
    }
    let switch = |name: &str, label: &str| {
        Field::choice(
            name,
            label,
            vec![
                Choice::new("keep", "as it is"),
                Choice::new("on", "on"),
                Choice::new("off", "off"),
            ],
            Some("keep"),
        )
    };
    let form = Form::new(
        "Second factors",
        vec![
            switch("software", "Authenticator"),
            switch("sms", "SMS"),
            switch("mail", "E-mail"),
        ],
    )
    .note("What somebody has not registered yet cannot be turned on.")
    .verb("Preview");
    ask(state, form, Purpose::Mfa(names));
}

/// The form of [`edit_mfa`] was sent.
pub(super) fn mfa_edited(state: &mut State, names: &[String], values: &Values) {
    let switch = |name: &str| match values.text(name) {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    let preference = MfaPreference {
        software_token: switch("software"),
        sms: switch("sms"),
        email: switch("mail"),
        preferred: None,
    };
    if preference == MfaPreference::default() {
        state.hint("nothing was changed");
        return;
    }
    let items = items(state, names, |user| {
        vec![Step::SetMfa {
            user: user.username.clone(),
            preference,
        }]
    });
    let title = format!("set the second factors of {}", whom(&items));
    propose(state, title, "set", Severity::YesNo, items, Vec::new());
}
