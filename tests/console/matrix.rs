//! Editing the matrix: what a change says at once, what it means, and the file.

use crossterm::event::KeyCode;
use mlwarden::{
    access::{Effect as Says, Matrix},
    app::{
        Effect, Msg, State,
        effect::{Ask, Terminal},
        update,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure},
};

use mlwarden::ui::Theme;

use crate::scene::{frame, keys, matrix, press, users};

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
