//! Editing the matrix: what a change says at once, what it means, and the file.

use crossterm::event::KeyCode;
use mlwarden::{
    access::{Effect as Says, Matrix},
    app::{
        Effect, Msg, State,
        effect::{Ask, Terminal},
        message::News,
        update,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure},
};

use mlwarden::ui::Theme;

use crate::scene::{asks, denied, frame, hear, keys, matrix, people, press, tickets, users};

fn text(state: &mut State, width: u16, height: u16) -> String {
    frame(state, width, height, &Theme::plain())
}

/// Snapshots at both sizes.
fn seen(name: &str, state: &mut State) {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{width}x{height}"),
            text(state, width, height)
        );
    }
}

/// The matrix with a file, people and roles known, the cursor on a permission of the readers.
fn editing() -> State {
    let mut state = users();
    crate::scene::predicted(&mut state);
    keys(&mut state, "4");
    state
}

fn saved(effects: &[Effect]) -> Option<(&MatrixFile, &str)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Terminal(Terminal::SaveMatrix(file, text)) => Some((file.as_ref(), text.as_str())),
        _ => None,
    })
}

#[test]
fn a_change_says_whom_it_concerns_and_holds_at_once() {
    let mut state = editing();
    let effects = keys(&mut state, "le");
    let declared = effects.iter().find_map(|effect| match effect {
        Effect::Ask(_, Ask::Declare(matrix)) => Some(matrix),
        _ => None,
    });
    assert!(declared.is_some(), "the executor goes by it: {effects:?}");
    assert_ne!(state.data.declared, Matrix::sample());
    seen("matrix_changed", &mut state);
    keys(&mut state, "D");
    seen("matrix_meaning", &mut state);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "u");
    assert_eq!(state.data.declared, Matrix::sample());
    assert_eq!(state.data.draft.pending(), 0);
}

#[test]
fn what_is_changed_twice_is_no_change() {
    let mut state = editing();
    keys(&mut state, "ee");
    assert_eq!(state.data.draft.pending(), 0);
    assert_eq!(state.data.declared, Matrix::sample());
    keys(&mut state, "u");
    assert!(text(&mut state, 120, 40).contains("nothing is changed"));
}

#[test]
fn the_file_is_named_previewed_and_written() {
    let mut state = editing();
    keys(&mut state, "leW");
    seen("matrix_file", &mut state);
    press(&mut state, KeyCode::Enter);
    seen("matrix_write", &mut state);
    let effects = keys(&mut state, "y");
    let (file, text) = saved(&effects).unwrap();
    let declared = Matrix::parse(text, "matrix.toml").unwrap();
    assert_eq!(declared, state.data.declared);
    let mut written = file.clone();
    written.text = text.to_owned();
    written.there = true;
    update(
        &mut state,
        Msg::MatrixWritten(Box::new(written), Ok("wrote matrix.toml".to_owned())),
    );
    assert_eq!(state.data.draft.pending(), 0);
    assert_eq!(state.data.declared, declared, "it stays declared");
}

#[test]
fn a_file_that_cannot_be_written_loses_nothing() {
    let mut state = editing();
    keys(&mut state, "leW");
    press(&mut state, KeyCode::Enter);
    let effects = keys(&mut state, "y");
    let file = saved(&effects).unwrap().0.clone();
    let failure = Failure::new(
        ErrorClass::Conflict,
        "writing matrix.toml",
        "somebody changed it meanwhile",
    );
    update(&mut state, Msg::MatrixWritten(Box::new(file), Err(failure)));
    assert_eq!(state.data.draft.pending(), 1);
    assert!(text(&mut state, 120, 40).contains("somebody changed it"));
}

#[test]
fn a_single_route_is_changed_for_its_scheme_alone() {
    let mut state = matrix();
    keys(&mut state, "El");
    press(&mut state, KeyCode::Down);
    let principal = state.data.matrix.columns[state.data.matrix_column]
        .principal
        .clone();
    let effect = |state: &State| {
        let cells = &state.data.matrix.cells;
        let count = |says| {
            let of = cells.iter().filter(|cell| cell.principal == principal);
            of.filter(|cell| cell.expected == Some(says)).count()
        };
        (count(Says::Allow), count(Says::Deny))
    };
    let before = effect(&state);
    keys(&mut state, "e");
    let after = effect(&state);
    assert_eq!(before.0.abs_diff(after.0), 1, "{before:?} {after:?}");
}

#[test]
fn whom_a_change_concerns_is_read_where_nobody_did_and_told_when_it_is_known() {
    let mut state = matrix();
    let wanted = keys(&mut state, "le");
    let read = asks(&wanted)
        .into_iter()
        .filter(|ask| matches!(ask, Ask::Groups(_) | Ask::Users(_)))
        .count();
    assert_eq!(read, 2, "{wanted:?}");
    let page = text(&mut state, 120, 40);
    assert!(page.contains("people being read…"), "{page}");
    // A second change asks nothing more, and the window is there meanwhile.
    let again = keys(&mut state, "jeD");
    let asked = asks(&again);
    assert!(
        !asked
            .iter()
            .any(|ask| matches!(ask, Ask::Groups(_) | Ask::Users(_)))
    );
    let page = text(&mut state, 120, 40);
    assert!(page.contains("being read…"), "{page}");
    people(&mut state, &wanted);
    seen("matrix_meaning_known", &mut state);
    let page = text(&mut state, 120, 40);
    let told = "reader gains runs:delete: 2 people, 1 role; 2 changes pending";
    assert!(page.contains(told), "{page}");
}

#[test]
fn who_may_not_read_people_is_told_that_they_are_not_known() {
    let mut state = matrix();
    let wanted = keys(&mut state, "le");
    let tickets = tickets(&wanted);
    let refused = || denied("cognito-idp:ListUsers", "listing users");
    hear(
        &mut state,
        News::UsersDone(tickets.users.unwrap(), Err(refused())),
    );
    hear(
        &mut state,
        News::GroupsDone(tickets.groups.unwrap(), Err(refused())),
    );
    let page = text(&mut state, 120, 40);
    assert!(
        page.contains("people not known, 1 role; 1 change pending"),
        "{page}"
    );
}

#[test]
fn what_is_taken_back_meanwhile_is_not_told() {
    let mut state = matrix();
    let wanted = keys(&mut state, "leu");
    people(&mut state, &wanted);
    let page = text(&mut state, 120, 40);
    assert!(page.contains("taken back"), "{page}");
}
