//! The line that is being typed, as a recording has it.

use tui_input::Input;

use super::Names;
use crate::app::{
    dialog::{Confirm, Dialog, Focus, Form, Kind, Severity},
    layer::Layer,
    state::{Prompt, State},
};

/// What stands for a letter of a secret.
const SECRET: &str = "•";

/// The line that is being typed.
pub struct Typed {
    /// As it is; letters of a secret are none.
    pub raw: String,
    /// With nothing in it that identifies anybody.
    pub shown: String,
}

/// The line that is being typed.
pub fn line(state: &State, names: &mut Names) -> Option<Typed> {
    let found = |input: &Input, names: &mut Names| Typed {
        raw: input.value().to_owned(),
        shown: names.search(input.value()),
    };
    match &state.prompt {
        Some(
            Prompt::Filter { input, .. } | Prompt::Command { input, .. } | Prompt::Search(input),
        ) => return Some(found(input, names)),
        None => {}
    }
    match state.layers.last()? {
        Layer::Palette(palette) => Some(found(&palette.input, names)),
        Layer::Dialog(dialog, _) => match dialog.as_ref() {
            Dialog::Form(form) => in_form(form, names),
            Dialog::Picker(picker) => Some(found(picker.query(), names)),
            Dialog::Confirm(confirm) => in_confirm(confirm, names),
            Dialog::Secret(_) | Dialog::Message(_) => None,
        },
        Layer::Help { .. }
        | Layer::Detail { .. }
        | Layer::Chart(_)
        | Layer::Compare(_)
        | Layer::Preview { .. } => None,
    }
}

/// Whether what is typed is a secret.
pub fn is_secret(state: &State) -> bool {
    state.prompt.is_none()
        && matches!(state.layers.last(), Some(Layer::Dialog(dialog, _))
            if matches!(dialog.as_ref(), Dialog::Form(form) if secret(form).is_some()))
}

fn secret(form: &Form) -> Option<usize> {
    match &form.fields().get(form.focus())?.kind {
        Kind::Secret(input) => Some(input.len()),
        _ => None,
    }
}

fn in_form(form: &Form, names: &mut Names) -> Option<Typed> {
    if let Some(list) = form.list() {
        let raw = list.query().value().to_owned();
        let shown = names.search(&raw);
        return Some(Typed { raw, shown });
    }
    if let Some(length) = secret(form) {
        let shown = SECRET.repeat(length);
        return Some(Typed {
            raw: shown.clone(),
            shown,
        });
    }
    match &form.fields().get(form.focus())?.kind {
        Kind::Text(input) => Some(Typed {
            raw: input.value().to_owned(),
            shown: masked(input.value(), names),
        }),
        _ => None,
    }
}

/// What somebody makes up has a name only once it is whole: an address.
fn masked(text: &str, names: &mut Names) -> String {
    let whole = text
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'));
    if whole {
        let redacted = names.text(text);
        if redacted != text {
            return redacted;
        }
    }
    text.chars()
        .map(|char| match char {
            char if char.is_numeric() => '0',
            char if char.is_alphabetic() => 'x',
            char => char,
        })
        .collect()
}

/// As much of the pseudonym as is typed of the name.
fn in_confirm(confirm: &Confirm, names: &mut Names) -> Option<Typed> {
    let Severity::TypeName(expected) = confirm.severity() else {
        return None;
    };
    if confirm.focus() != Focus::Name {
        return None;
    }
    let typed = confirm.name().value();
    let wanted = names.text(expected);
    let length = typed.chars().count();
    let shown = if typed == expected {
        wanted
    } else if expected.starts_with(typed) {
        // Never whole before the name is.
        let whole = wanted.chars().count();
        wanted
            .chars()
            .take(length.min(whole.saturating_sub(1)))
            .collect()
    } else {
        "x".repeat(length)
    };
    Some(Typed {
        raw: typed.to_owned(),
        shown,
    })
}
