//! Choosing whom MLflow is seen as, and becoming them.

use super::load;
use crate::{
    app::{
        Effect,
        dialog::{
            Answer, Call, Confirm, Field, Form, Item, Picker, Severity, Text, Toggle, Values,
        },
        effect::Ask,
        layer::Purpose,
        mlflow::{Becoming, Mlflow},
        remote::Ticket,
        state::State,
        tone::Tone,
        update::{answer::ask, users},
    },
    browse::Who,
    domain::{Failure, Principal},
    probe::{VerifyOptions, plan::borrowings},
};

/// The key of the option that lets the caller into an execution role.
const TRUST: char = 't';
/// Users that are offered; any other can be named after `:as`.
const USERS: usize = 5_000;

/// Asks whom to be, or who looks beside.
pub(in crate::app::update) fn ask_for_whom(state: &mut State, beside: bool) {
    let items = items(state);
    let title = if beside {
        "Who looks beside?"
    } else {
        "See MLflow as"
    };
    let mut picker = Picker::new(title, items);
    if let Some(principal) = state.data.mlflow.principal.as_ref().filter(|_| !beside) {
        picker = picker.current(&principal.to_string());
    }
    ask(state, picker, Purpose::Whom { beside });
}

/// Whom MLflow can be seen as, as far as they are known, each with what that takes: those that one
/// has been first.
pub(in crate::app::update) fn principals(state: &State) -> Vec<(Principal, &'static str)> {
    let data = &state.data;
    let mut principals: Vec<(Principal, &'static str)> = Vec::new();
    let mut add = |principal: Principal, detail| {
        if !principals.iter().any(|(other, _)| *other == principal) {
            principals.push((principal, detail));
        }
    };
    for principal in &data.mlflow.been {
        add(principal.clone(), "signed in already");
    }
    let group = "by a probe user, for as long as you look";
    for row in data.groups.rows() {
        add(Principal::Group(row.group.name.clone()), group);
    }
    for column in &data.matrix.columns {
        if matches!(column.principal, Principal::Group(_)) {
            add(column.principal.clone(), group);
        }
    }
    for role in data.execution_roles() {
        add(
            Principal::Role(role.name.clone()),
            "an execution role, by SigV4",
        );
        for profile in &role.profiles {
            add(
                Principal::Profile(profile.clone()),
                "a Studio profile: its execution role",
            );
        }
    }
    for user in data.users.rows().iter().take(USERS) {
        add(
            Principal::User(user.label().to_owned()),
            "a person: needs the password",
        );
    }
    add(Principal::Anonymous, "nobody: no credential is sent");
    principals
}

fn items(state: &State) -> Vec<Item> {
    let unread = state.data.users.rows().is_empty();
    let somebody = unread.then(|| {
        Item::new("user:", "user:…")
            .detail("people are not read yet")
            .disabled("people are not read yet: name one by `:as user:EMAIL`")
    });
    principals(state)
        .into_iter()
        .map(|(principal, detail)| {
            let name = principal.to_string();
            let item = Item::new(name.clone(), name).detail(detail);
            match refused(state, &principal) {
                Some(reason) => item.disabled(reason),
                None => item,
            }
        })
        .chain(somebody)
        .collect()
}

/// Why somebody cannot be become here.
fn refused(state: &State, principal: &Principal) -> Option<&'static str> {
    let ready = state.data.mlflow.been.contains(principal);
    let group = matches!(principal, Principal::Group(_));
    (group && !ready && state.data.label.read_only)
        .then_some("read-only: no probe user is made; take a person whose password you have")
}

/// Somebody was chosen: says what it takes, or goes on.
pub(in crate::app::update) fn chosen(state: &mut State, name: &str, beside: bool) -> Vec<Effect> {
    let principal: Principal = match name.parse() {
        Ok(principal) => principal,
        Err(message) => {
            state.hint(message);
            return Vec::new();
        }
    };
    if state.data.mlflow.been.contains(&principal) || principal == Principal::Anonymous {
        return become_principal(state, principal, beside, false, None);
    }
    let purpose = Purpose::Become {
        principal: principal.clone(),
        beside,
    };
    if let Principal::User(user) = &principal {
        let field = Field::secret("password", "Password")
            .help("kept in memory only, until the console ends");
        let form = Form::new(format!("Sign in as {user}"), vec![field]).verb("Sign in");
        ask(state, form, purpose);
    } else {
        let dialog = preview(state, &principal);
        ask(state, dialog, purpose);
    }
    Vec::new()
}

/// What it takes to become a group or a role.
fn preview(state: &State, principal: &Principal) -> Confirm {
    let pool = users::pool(state);
    let calls = |grant_trust| -> Vec<Call> {
        let options = VerifyOptions {
            grant_trust,
            ..VerifyOptions::default()
        };
        borrowings(&options, &pool, std::slice::from_ref(principal))
            .into_iter()
            .map(|call| Call::new(call.call, call.does))
            .collect()
    };
    let confirm = Confirm::new(
        format!("See MLflow as {principal}?"),
        "Sign in",
        Severity::Enter,
    )
    .calls(calls(false))
    .effects(vec![Text::new(
        Tone::Dim,
        "What is borrowed is given back when the console ends, or at the next start.",
    )]);
    if matches!(principal, Principal::Group(_)) {
        return confirm;
    }
    let mut toggle =
        Toggle::new(TRUST, "let me into the role if its trust does not").adds(calls(true));
    if state.data.label.read_only {
        toggle = toggle.disabled("this context is read-only");
    }
    confirm.toggles(vec![toggle])
}

/// What it takes was agreed to.
pub(in crate::app::update) fn confirmed(
    state: &mut State,
    principal: Principal,
    beside: bool,
    answer: &Answer,
) -> Vec<Effect> {
    become_principal(state, principal, beside, answer.is_on(TRUST), None)
}

/// The password was given.
pub(in crate::app::update) fn signed(
    state: &mut State,
    principal: Principal,
    beside: bool,
    values: &Values,
) -> Vec<Effect> {
    let password = values.secret("password").cloned();
    become_principal(state, principal, beside, false, password)
}

fn become_principal(
    state: &mut State,
    principal: Principal,
    beside: bool,
    grant_trust: bool,
    password: Option<secrecy::SecretString>,
) -> Vec<Effect> {
    let ticket = state.data.next_ticket();
    let mlflow = &mut state.data.mlflow;
    if beside {
        if mlflow.principal.as_ref() == Some(&principal) {
            state.hint("that is whom you are already");
            return Vec::new();
        }
        mlflow.beside = Some(principal.clone());
        mlflow.becoming_beside = Some(ticket);
    } else {
        if mlflow.beside.as_ref() == Some(&principal) {
            mlflow.beside = None;
        }
        mlflow.principal = Some(principal.clone());
        mlflow.becoming = Becoming::Running(ticket);
        mlflow.forget_rows();
    }
    vec![Effect::Ask(
        state.epoch,
        Ask::Become(ticket, principal, grant_trust, password),
    )]
}

/// Back to whom one was before.
pub(in crate::app::update) fn before(state: &mut State) -> Vec<Effect> {
    let mlflow = &state.data.mlflow;
    let now = mlflow.principal.clone();
    let other = mlflow.been.iter().find(|one| Some(*one) != now.as_ref());
    let Some(principal) = other.cloned() else {
        state.hint("you were nobody else yet: a chooses");
        return Vec::new();
    };
    become_principal(state, principal, false, false, None)
}

/// On to whom one was longest ago: pressed again and again, it goes round everybody that one has
/// been.
pub(in crate::app::update) fn round(state: &mut State) -> Vec<Effect> {
    let mlflow = &state.data.mlflow;
    let been = &mlflow.been;
    let now = mlflow.principal.as_ref();
    // Whom one is becoming may not stand first yet.
    let here = been.iter().position(|one| Some(one) == now).unwrap_or(0);
    let next = match here {
        0 => been.last(),
        here => been.get(here - 1),
    };
    let Some(principal) = next.filter(|one| Some(*one) != now).cloned() else {
        state.hint("you were nobody else yet: a chooses");
        return Vec::new();
    };
    become_principal(state, principal, false, false, None)
}

/// One has become somebody, or not.
pub(in crate::app::update) fn became(
    state: &mut State,
    ticket: Ticket,
    principal: Principal,
    result: Result<Box<Who>, Failure>,
) -> Vec<Effect> {
    let mlflow = &mut state.data.mlflow;
    let is_beside = mlflow.becoming_beside == Some(ticket);
    let is_here = mlflow.becoming == Becoming::Running(ticket);
    match result {
        Ok(who) => {
            remember(mlflow, principal);
            if is_here {
                mlflow.becoming = Becoming::Become(who);
            }
            if is_beside {
                mlflow.becoming_beside = None;
            }
            if is_here || is_beside {
                load(state)
            } else {
                Vec::new()
            }
        }
        Err(failure) => {
            if is_here {
                mlflow.becoming = Becoming::Failed(failure.clone());
                if let Some(list) = mlflow.page_mut(state.nav.screen()) {
                    list.begin(ticket);
                    list.fail(ticket, failure.clone());
                }
            }
            if is_beside {
                mlflow.becoming_beside = None;
                mlflow.beside = None;
            }
            state.fail(&failure);
            Vec::new()
        }
    }
}

/// Whom one has become is looked at again: a renewed token may say other groups.
pub(in crate::app::update) fn is_now(state: &mut State, who: Who) {
    let Becoming::Become(shown) = &mut state.data.mlflow.becoming else {
        return;
    };
    if shown.principal != who.principal {
        return;
    }
    let before = std::mem::replace(&mut **shown, who.clone());
    if let (Some(before), Some(now)) = (before.groups, who.groups)
        && before != now
    {
        let words = |groups: &[String]| match groups {
            [] => "no group".to_owned(),
            groups => groups.join(" + "),
        };
        state.warn(format!(
            "{} is in {} by now, by the renewed token: it was {}",
            who.principal,
            words(&now),
            words(&before)
        ));
    }
}

/// Whom one has been last stands first.
fn remember(mlflow: &mut Mlflow, principal: Principal) {
    mlflow.been.retain(|other| *other != principal);
    mlflow.been.insert(0, principal);
}
