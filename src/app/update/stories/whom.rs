//! Whom stories are told as, and by which scheme: asked before they are told.

use crate::{
    app::{
        dialog::{Assistance, Assistant, Field, Form, Item, Mark, Text, Values},
        state::State,
        tone::Tone,
        update::mlflow::principals,
    },
    domain::{AuthScheme, Failure, Principal},
    story::{Program, Story, Tale},
};

/// Every scheme that a story has requests for.
const EVERY: &str = "every";
/// The most principals that are offered at once.
const MOST: usize = 100;

/// What was said: texts as they were typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    principals: String,
    scheme: String,
    wrong: Option<String>,
}

impl Said {
    pub(super) fn of(values: &Values) -> Self {
        Self {
            principals: values.text("as").to_owned(),
            scheme: values.text("scheme").to_owned(),
            wrong: None,
        }
    }

    /// The same, of which something is wrong.
    pub(super) fn refused(self, failure: &Failure) -> Self {
        Self {
            wrong: Some(format!("{}: {}", failure.message, failure.next_step())),
            ..self
        }
    }

    /// The stories as told so.
    ///
    /// # Errors
    /// What is no principal, and nobody to tell them as.
    pub(super) fn program(&self, stories: &[Story]) -> Result<Program, Failure> {
        let invalid = |text| Failure::invalid("telling stories", text);
        let principals = read(&self.principals).map_err(invalid)?;
        let scheme: Option<AuthScheme> = self.scheme.parse().ok();
        Program::of(stories.to_vec(), scheme, &principals)
    }
}

/// Asks whom to tell these stories as.
pub(super) fn form(state: &State, stories: Vec<Story>, said: Said) -> Form {
    let title = match stories.as_slice() {
        [one] => format!("The story {}", one.name),
        several => format!("{} stories", several.len()),
    };
    let schemes = [
        (EVERY, "each that the story is told by"),
        ("bearer", "a token, by the authorizer"),
        ("sigv4", "a signature, by IAM"),
    ];
    let schemes = schemes.map(|(id, detail)| Item::new(id, id).detail(detail));
    let chosen = if said.scheme.is_empty() {
        EVERY
    } else {
        &said.scheme
    };
    let mut whom = Field::text("as", "As")
        .help("whom the story names, where nothing stands here")
        .value(&said.principals)
        .check(|text| read(text).map(drop))
        .assisted(Known::of(state));
    if let Some(message) = said.wrong {
        whom = whom.marked(Mark {
            message,
            range: None,
        });
    }
    Form::new(
        title,
        vec![
            Field::choice("scheme", "Scheme", schemes.to_vec(), Some(chosen)),
            whom,
        ],
    )
    .consequence(move |values| told_as(&stories, &Said::of(values)))
    .focused("as")
    .verb("Preview")
}

/// Whom they are told as, or why nobody.
fn told_as(stories: &[Story], said: &Said) -> Vec<Text> {
    match said.program(stories) {
        Ok(program) => program.tales.iter().map(line).collect(),
        Err(failure) => vec![Text::new(Tone::Warning, failure.message)],
    }
}

/// Which story, as whom, and how many steps that has.
pub(super) fn line(tale: &Tale) -> Text {
    let steps = tale.story.steps.len();
    Text::from(format!("{}: {steps} steps", tale.words()))
}

/// The principals of a text, commas between them.
fn read(text: &str) -> Result<Vec<Principal>, String> {
    let texts = text.split(',').map(str::trim);
    texts
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect()
}

/// Knows principals, for the line in which they are named.
#[derive(Clone, Debug)]
struct Known(Vec<String>);

impl Known {
    fn of(state: &State) -> Self {
        let known = principals(state).into_iter();
        Self(known.map(|(principal, _)| principal.to_string()).collect())
    }

    /// Those that match what stands before the cursor and are not named yet, and where that begins.
    fn matching(&self, text: &str, cursor: usize) -> (usize, Vec<&String>) {
        let before = text.get(..cursor).unwrap_or_default();
        let (named, typed) = before.rsplit_once(',').unwrap_or(("", before));
        let needle = typed.trim_start();
        let start = before.len() - needle.len();
        let needle = needle.to_lowercase();
        let is_named = |one: &String| named.split(',').any(|text| text.trim() == one);
        let all = self.0.iter();
        let all = all.filter(|one| one.to_lowercase().contains(&needle) && !is_named(one));
        (start, all.take(MOST).collect())
    }
}

impl Assistant for Known {
    fn assist(&self, text: &str, cursor: usize) -> Assistance {
        let (_, matching) = self.matching(text, cursor);
        Assistance {
            expects: "a principal, or several with commas".to_owned(),
            offers: matching.into_iter().cloned().collect(),
        }
    }

    fn take(&self, text: &str, cursor: usize, offer: usize) -> Option<(String, usize)> {
        let (start, matching) = self.matching(text, cursor);
        let taken = matching.get(offer)?;
        let (before, after) = (text.get(..start)?, text.get(cursor..)?);
        Some((format!("{before}{taken}{after}"), start + taken.len()))
    }
}
