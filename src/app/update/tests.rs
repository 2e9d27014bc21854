//! From what happened to what the user sees next.

mod lists;
mod rules;
mod switching;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::*;
use crate::{
    access::Matrix,
    app::{
        job::JobId,
        message::News,
        remote::Ticket,
        start::Label,
        table::{Listing, Marking},
    },
    domain::{ErrorClass, Failure, Group, User, UserStatus},
};

fn start(screen: Screen) -> State {
    let label = Label {
        context: "first".to_owned(),
        ..Label::default()
    };
    let mut state = State::new(label, Matrix::sample(), screen);
    state.themes = ["dark", "nord"].map(str::to_owned).to_vec();
    state
}

fn key(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// Keys one after the other; a line's end is enter, `\t` is tab, `\u{1b}` is esc.
fn keys(state: &mut State, text: &str) -> Vec<Effect> {
    let codes = text.chars().map(|letter| match letter {
        '\n' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{1b}' => KeyCode::Esc,
        letter => KeyCode::Char(letter),
    });
    codes.flat_map(|code| key(state, code)).collect()
}

fn hear(state: &mut State, news: News) -> Vec<Effect> {
    update(state, Msg::News(state.epoch, news))
}

fn asks(effects: &[Effect]) -> Vec<&Ask> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::Ask(_, ask) => Some(ask),
        _ => None,
    });
    asks.collect()
}

/// The ticket of the users asked for.
fn users_ticket(effects: &[Effect]) -> Ticket {
    let found = asks(effects).into_iter().find_map(|ask| match ask {
        Ask::Users(ticket) => Some(*ticket),
        _ => None,
    });
    found.unwrap()
}

/// The ticket of the groups asked for.
fn groups_ticket(effects: &[Effect]) -> Ticket {
    let found = asks(effects).into_iter().find_map(|ask| match ask {
        Ask::Groups(ticket) => Some(*ticket),
        _ => None,
    });
    found.unwrap()
}

fn user(number: usize) -> User {
    User {
        username: format!("u{number:05}"),
        email: Some(format!("person-{number:05}@example.com")),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: None,
        modified_at: None,
        attributes: crate::domain::Attributes::default(),
    }
}

fn group(name: &str) -> Group {
    Group {
        name: name.to_owned(),
        description: None,
        precedence: None,
        role_arn: None,
        created_at: None,
        modified_at: None,
    }
}

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn failure(class: ErrorClass) -> Failure {
    Failure::new(class, "listing the users", "it did not work")
}

fn found(state: &mut State) -> Vec<Effect> {
    hear(state, News::DiscoveryDone(at()))
}

/// The users' page with this many users, and one group.
fn with_users(count: usize) -> State {
    let mut state = start(Screen::Users);
    let effects = found(&mut state);
    come(&mut state, &effects, (0..count).map(user).collect());
    let ticket = groups_ticket(&effects);
    hear(
        &mut state,
        News::Group(ticket, group("readers"), vec!["u00001".to_owned()]),
    );
    hear(&mut state, News::GroupsDone(ticket, Ok(at())));
    state
}

/// The users that were asked for come, all of them.
fn come(state: &mut State, effects: &[Effect], users: Vec<User>) {
    let ticket = users_ticket(effects);
    hear(state, News::Users(ticket, users));
    hear(state, News::UsersDone(ticket, Ok(at())));
}

/// The user under the cursor.
fn here(state: &State) -> String {
    let users = &state.data.users;
    users.id(users.cursor().unwrap()).unwrap().to_owned()
}

/// What the bottom line says.
fn said(state: &State) -> &str {
    state.data.log.toast().map_or("", |(_, text)| text)
}
