//! Whatever is typed, pasted or clicked, at whatever size: nothing panics.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    app::{
        detail::Detail,
        dialog::{Dialog, Outcome, Picker, Room, Severity},
    },
    ui::{Theme, detail, dialogs},
};
use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend, layout::Rect};

use crate::{assist, confirm, detail as pane, form, notes, picker};

#[derive(Clone, Debug)]
enum Input {
    Key(KeyEvent),
    Paste(String),
    Click(u16, u16),
    Wheel(i32),
    Resize(u16, u16),
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        4 => any::<char>().prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![' ', 'y', 'n', 'p', 'v', 'c', 's', 'u', 'w', 'a', 'k', 'g', 'G', 't', '日', '\u{301}', '\u{200d}'])
            .prop_map(KeyCode::Char),
        8 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Tab, KeyCode::BackTab, KeyCode::Up, KeyCode::Down,
            KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End, KeyCode::PageUp,
            KeyCode::PageDown, KeyCode::Backspace, KeyCode::Delete, KeyCode::Esc, KeyCode::F(5),
        ]),
    ];
    let modifiers = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::SHIFT,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL | KeyModifiers::ALT,
    ]);
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn size() -> impl Strategy<Value = (u16, u16)> {
    (1..=200_u16, 1..=60_u16)
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        8 => key().prop_map(Input::Key),
        1 => any::<String>().prop_map(Input::Paste),
        2 => size().prop_map(|(column, row)| Input::Click(column, row)),
        1 => prop_oneof![-5..=5_i32, any::<i32>()].prop_map(Input::Wheel),
        1 => size().prop_map(|(width, height)| Input::Resize(width, height)),
    ]
}

fn dialogs() -> Vec<Dialog> {
    vec![
        form::new_user().into(),
        assist::marked("größe 名前 and שלום", "名前").into(),
        Picker::new("One", picker::themes()).previews().into(),
        Picker::new("Many", picker::themes()).many().into(),
        Picker::new("None", Vec::new()).into(),
        confirm::delete(Severity::YesNo).into(),
        confirm::delete(Severity::TypeName("日本 ada".to_owned())).into(),
        confirm::delete(Severity::Enter).into(),
        notes::password().into(),
        notes::failure().into(),
    ]
}

fn drawn(dialog: &Dialog, (width, height): (u16, u16), theme: &Theme) -> dialogs::Areas {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut areas = Vec::new();
    terminal
        .draw(|frame| areas = dialogs::draw(frame, frame.area(), dialog, theme))
        .unwrap();
    for (area, target) in &areas {
        let whole = Rect::new(0, 0, width, height);
        assert_eq!(
            area.intersection(whole),
            *area,
            "{target:?} is off the screen"
        );
    }
    areas
}

fn work(dialog: &mut Dialog, mut size: (u16, u16), inputs: &[Input], theme: &Theme) {
    dialog.resize(Room::new(size.0, size.1));
    let mut areas = drawn(dialog, size, theme);
    for input in inputs {
        let outcome = match input {
            Input::Key(key) => dialog.key(*key),
            Input::Paste(text) => dialog.paste(text),
            Input::Wheel(lines) => dialog.scroll(*lines),
            Input::Click(column, row) => match dialogs::hit(&areas, *column, *row) {
                Some(target) => dialog.click(target),
                None => Outcome::Stay,
            },
            Input::Resize(width, height) => {
                size = (*width, *height);
                dialog.resize(Room::new(size.0, size.1));
                Outcome::Stay
            }
        };
        assert!(!format!("{outcome:?} {dialog:?}").contains("Tr0ub4dor"));
        areas = drawn(dialog, size, theme);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_dialog_panics(
        size in size(),
        inputs in prop::collection::vec(input(), 0..40),
        ascii in any::<bool>(),
    ) {
        let theme = if ascii { Theme::ascii() } else { Theme::plain() };
        for mut dialog in dialogs() {
            work(&mut dialog, size, &inputs, &theme);
        }
    }

    #[test]
    fn the_detail_pane_does_not_panic(
        size in size(),
        moves in prop::collection::vec((0..17_u8, any::<usize>(), ".{0,3}"), 0..40),
    ) {
        let mut pane = pane::role();
        pane.resize(Room::new(size.0, size.1));
        for (what, number, text) in moves {
            step(&mut pane, what, number, &text);
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            terminal
                .draw(|frame| {
                    let lines = detail::draw(frame, frame.area(), &pane, &Theme::plain());
                    let here = lines.iter().any(|(_, place)| *place == pane.cursor());
                    assert!(here || size.1 < 3, "the cursor is out of view");
                })
                .unwrap();
        }
    }
}

fn step(pane: &mut Detail, what: u8, number: usize, text: &str) {
    match what {
        0 => pane.down(),
        1 => pane.up(),
        2 => pane.page_down(),
        3 => pane.page_up(),
        4 => pane.top(),
        5 => pane.bottom(),
        6 => pane.left(),
        7 => pane.right(),
        8 => pane.fold(),
        9 => pane.fold_all(),
        10 => pane.unfold_all(),
        11 => pane.search(text),
        12 => pane.next(),
        13 => pane.previous(),
        14 => pane.click(number % 50),
        15 => {
            let _ = (pane.current_value(), pane.path(), pane.whole());
        }
        _ => pane.toggle_part(),
    }
}
