//! Reading a story's file: everything that may be wrong in it is named with its place, before
//! anything is sent.

use std::ops::Range;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{Actor, Expected, GIVEN, Step, Story, Target, guard, template};
use crate::{
    access::{Effect, Method},
    domain::{AuthScheme, Failure, Principal, SourceText},
    probe::{Layer, plan::schemes_of},
};

/// Who makes the scratch things where a story does not say.
const SETUP: &str = "admins";

/// The file as it is read, with the place of everything that may be wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    setup: Option<Spanned<String>>,
    #[serde(default, rename = "as")]
    subjects: FileSubjects,
    #[serde(default)]
    step: Vec<Spanned<FileStep>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSubjects {
    bearer: Option<Spanned<String>>,
    sigv4: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    title: Option<String>,
    #[serde(rename = "as")]
    actor: Option<Spanned<String>>,
    request: Spanned<String>,
    query: Option<Spanned<toml::Table>>,
    body: Option<Spanned<toml::Table>>,
    expect: Spanned<String>,
    status: Option<Spanned<u16>>,
    error_code: Option<Spanned<String>>,
    layer: Option<Spanned<String>>,
    #[serde(default)]
    save: IndexMap<Spanned<String>, Spanned<String>>,
}

/// Reads a story.
pub(super) fn parse(name: &str, text: &str, file: &str) -> Result<Story, Failure> {
    let reader = Reader(SourceText { text, file });
    let parsed: File = toml::from_str(text).map_err(|error| reader.0.unreadable(&error))?;
    if parsed.step.is_empty() {
        return Err(reader
            .0
            .error(&parsed.title.span(), "title", "a story needs a [[step]]"));
    }
    let setup = match &parsed.setup {
        Some(setup) => reader.principal("setup", setup)?,
        None => Principal::Group(SETUP.to_owned()),
    };
    let subject = |field, scheme, named: &Option<Spanned<String>>| {
        named
            .as_ref()
            .map(|named| reader.subject(field, scheme, named))
            .transpose()
    };
    let bearer = subject("as.bearer", AuthScheme::Bearer, &parsed.subjects.bearer)?;
    let sigv4 = subject("as.sigv4", AuthScheme::SigV4, &parsed.subjects.sigv4)?;
    let nobody = bearer.is_none() && sigv4.is_none();
    let mut known: Vec<String> = GIVEN.map(ToOwned::to_owned).to_vec();
    let mut steps = Vec::with_capacity(parsed.step.len());
    for step in &parsed.step {
        let span = step.span();
        let step = step.get_ref();
        if nobody && step.actor.is_none() {
            let message = "nobody is named to make this: give the step an `as`, or the story [as] \
                           with bearer or sigv4";
            return Err(reader.0.error(&span, "step", message));
        }
        let made = reader.step(step, &known)?;
        for saved in made.save.keys() {
            if !known.contains(saved) {
                known.push(saved.clone());
            }
        }
        steps.push(made);
    }
    Ok(Story {
        name: name.to_owned(),
        title: parsed.title.into_inner(),
        setup,
        bearer,
        sigv4,
        steps,
    })
}

/// Says where something is wrong.
struct Reader<'a>(SourceText<'a>);

impl Reader<'_> {
    fn principal(&self, field: &str, text: &Spanned<String>) -> Result<Principal, Failure> {
        text.get_ref()
            .parse()
            .map_err(|message: String| self.0.error(&text.span(), field, &message))
    }

    /// Whom the story is about, by one scheme.
    fn subject(
        &self,
        field: &str,
        scheme: AuthScheme,
        text: &Spanned<String>,
    ) -> Result<Principal, Failure> {
        let principal = self.principal(field, text)?;
        if !schemes_of(&principal).contains(&scheme) {
            let message = format!("{principal} has no requests by {scheme}");
            return Err(self.0.error(&text.span(), field, &message));
        }
        Ok(principal)
    }

    fn step(&self, step: &FileStep, known: &[String]) -> Result<Step, Failure> {
        let actor = match &step.actor {
            None => Actor::Subject,
            Some(text) if text.get_ref() == "setup" => Actor::Setup,
            Some(text) => Actor::Named(self.principal("as", text)?),
        };
        let (method, target) = self.request(&step.request)?;
        let (Target::Operation(path) | Target::Path(path)) = &target;
        let span = step.request.span();
        self.placeholders(&span, "request", &Value::from(path.as_str()), known)?;
        let query = self.query(step.query.as_ref(), known)?;
        let body = match &step.body {
            None => None,
            Some(body) => {
                if matches!(method, Method::Get | Method::Head) {
                    let message = "a GET has no body: write its parameters as query";
                    return Err(self.0.error(&body.span(), "body", message));
                }
                let value = json(&toml::Value::Table(body.get_ref().clone()));
                self.placeholders(&body.span(), "body", &value, known)?;
                Some(value)
            }
        };
        let expected = self.expected(step)?;
        let save = self.save(step, expected.effect)?;
        let made = Step {
            title: step
                .title
                .clone()
                .unwrap_or_else(|| step.request.get_ref().clone()),
            actor,
            method,
            target,
            query,
            body,
            expected,
            save,
        };
        match guard::mistake(&made) {
            Some(message) => Err(self.0.error(&span, "request", &message)),
            None => Ok(made),
        }
    }

    /// `POST runs/create`, `GET /get-artifact`.
    fn request(&self, request: &Spanned<String>) -> Result<(Method, Target), Failure> {
        let error = |message: &str| self.0.error(&request.span(), "request", message);
        let Some((method, target)) = request.get_ref().trim().split_once(' ') else {
            return Err(error(
                "write a method and an operation, such as \"POST runs/create\", or a whole path",
            ));
        };
        let method = method.parse().map_err(|message: String| error(&message))?;
        let target = target.trim();
        if target.contains(['?', '#', ' ']) {
            return Err(error("write the parameters as query"));
        }
        let target = if target.starts_with('/') {
            Target::Path(target.to_owned())
        } else if ["mlflow/", "mlflow-artifacts/", "3.0/"]
            .iter()
            .any(|start| target.starts_with(start))
        {
            Target::Operation(target.to_owned())
        } else {
            Target::Operation(format!("mlflow/{target}"))
        };
        Ok((method, target))
    }

    fn query(
        &self,
        query: Option<&Spanned<toml::Table>>,
        known: &[String],
    ) -> Result<Vec<(String, Value)>, Failure> {
        let mut pairs = Vec::new();
        for (name, value) in query.into_iter().flat_map(Spanned::get_ref) {
            let span = query.map(Spanned::span).unwrap_or_default();
            let values = match json(value) {
                Value::Array(items) => items,
                Value::Object(_) => {
                    let message = format!("{name} must be a text, a number or a list of them");
                    return Err(self.0.error(&span, "query", &message));
                }
                one => vec![one],
            };
            for value in values {
                self.placeholders(&span, "query", &value, known)?;
                pairs.push((name.clone(), value));
            }
        }
        Ok(pairs)
    }

    fn expected(&self, step: &FileStep) -> Result<Expected, Failure> {
        let effect = match step.expect.get_ref().as_str() {
            "allow" => Effect::Allow,
            "deny" => Effect::Deny,
            _ => {
                return Err(self.0.error(
                    &step.expect.span(),
                    "expect",
                    "write \"allow\" or \"deny\"",
                ));
            }
        };
        let status = step.status.as_ref().map(Spanned::get_ref).copied();
        if let Some(given) = &step.status
            && !(100..600).contains(given.get_ref())
        {
            return Err(self
                .0
                .error(&given.span(), "status", "an HTTP status is expected"));
        }
        let layer = step
            .layer
            .as_ref()
            .map(|layer| {
                Layer::ALL
                    .into_iter()
                    .find(|known| known.as_str() == layer.get_ref())
                    .ok_or_else(|| {
                        let all = Layer::ALL.map(Layer::as_str).join(", ");
                        self.0
                            .error(&layer.span(), "layer", &format!("write one of {all}"))
                    })
            })
            .transpose()?;
        Ok(Expected {
            effect,
            status,
            error_code: step.error_code.as_ref().map(|code| code.get_ref().clone()),
            layer,
        })
    }

    fn save(&self, step: &FileStep, effect: Effect) -> Result<IndexMap<String, String>, Failure> {
        let mut save = IndexMap::new();
        for (name, place) in &step.save {
            let error = |message: &str| self.0.error(&name.span(), "save", message);
            let text = name.get_ref();
            if effect == Effect::Deny {
                return Err(error("a refusal has nothing to save"));
            }
            if GIVEN.contains(&text.as_str()) {
                return Err(error(&format!("{text} is a value that every story has")));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if text.is_empty() || !text.chars().all(plain) {
                return Err(error("a name has letters, digits and _ only"));
            }
            if place.get_ref().is_empty() {
                return Err(self.0.error(
                    &place.span(),
                    "save",
                    "say where in the answer it stands, such as \"run.info.run_id\"",
                ));
            }
            save.insert(text.clone(), place.get_ref().clone());
        }
        Ok(save)
    }

    /// Refuses braces that are wrong, and placeholders that nothing stands for yet.
    fn placeholders(
        &self,
        span: &Range<usize>,
        field: &str,
        value: &Value,
        known: &[String],
    ) -> Result<(), Failure> {
        if let Some(message) = template::mistake_in(value) {
            return Err(self.0.error(span, field, &message));
        }
        let mut names = Vec::new();
        template::names_in(value, &mut names);
        match names.iter().find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(name) => Err(self
                .0
                .error(span, field, &format!("no earlier step saves {{{name}}}"))
                .advise(format!("use one of {}", known.join(", ")))),
        }
    }
}

/// A TOML value as JSON. Dates become texts, and so do the numbers that JSON has none for, as
/// MLflow takes them.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(at) => Value::from(at.to_string()),
        toml::Value::Float(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None if number.is_nan() => Value::from("NaN"),
            None if number.is_sign_negative() => Value::from("-Infinity"),
            None => Value::from("Infinity"),
        },
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), json(field)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
