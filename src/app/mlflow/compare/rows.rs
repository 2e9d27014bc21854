//! What runs have, one thing a row.

use std::{collections::HashMap, fmt};

use jiff::Timestamp;

use crate::mlflow::models::{Number, Run};

/// The tags that MLflow itself sets; they stand after the users' own.
const SYSTEM: &str = "mlflow.";

/// What a row belongs to, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What a run is called and where it stands.
    Attributes,
    /// Parameters.
    Params,
    /// Last values of metrics.
    Metrics,
    /// Tags.
    Tags,
}

impl Section {
    /// The word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Params => "params",
            Self::Metrics => "metrics",
            Self::Tags => "tags",
        }
    }
}

/// A run as the head of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: String,
    /// Its name, untrusted; its id where it has none.
    pub name: String,
}

impl Head {
    pub(super) fn of(run: &Run) -> Self {
        let (id, name) = (&run.info.run_id, &run.info.run_name);
        Self {
            id: id.clone(),
            name: if name.is_empty() { id } else { name }.clone(),
        }
    }
}

/// What a run has in a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    None,
    /// A text, untrusted.
    Text(Box<str>),
    /// A number.
    Number(Number),
}

impl Value {
    /// Whether it is the same, to the bit; what is no number is the same as itself.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a == b || (a.0.is_nan() && b.0.is_nan()),
            (a, b) => a == b,
        }
    }

    /// The number that it is, or that its text says.
    fn number(&self) -> Option<f64> {
        let number = match self {
            Self::None => return None,
            Self::Number(number) => number.0,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        (!number.is_nan()).then_some(number)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad(""),
            Self::Text(text) => f.pad(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// Where a number stands among those of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// None is lower.
    Lowest,
    /// None is higher.
    Highest,
}

/// One thing that runs have.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it belongs to.
    pub section: Section,
    /// Its name, untrusted.
    pub name: Box<str>,
    /// What each run has, in the runs' order.
    pub values: Vec<Value>,
    /// Whether not all have the same.
    pub differs: bool,
    /// The lowest and the highest number, where all that are there are numbers and differ.
    range: Option<(f64, f64)>,
}

impl Row {
    fn new(section: Section, name: &str, values: Vec<Value>) -> Self {
        let differs = values.windows(2).any(|pair| match pair {
            [a, b] => !a.is(b),
            _ => false,
        });
        let range = differs.then(|| range(section, &values)).flatten();
        Self {
            section,
            name: name.into(),
            values,
            differs,
            range,
        }
    }

    /// Whether a run's number is the lowest or the highest of the row.
    pub fn extreme(&self, run: usize) -> Option<Extreme> {
        let (low, high) = self.range?;
        match self.values.get(run)?.number()? {
            number if number <= low => Some(Extreme::Lowest),
            number if number >= high => Some(Extreme::Highest),
            _ => None,
        }
    }
}

fn range(section: Section, values: &[Value]) -> Option<(f64, f64)> {
    if !matches!(section, Section::Params | Section::Metrics) {
        return None;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        match (value, value.number()) {
            (_, Some(number)) => (low, high) = (low.min(number), high.max(number)),
            // What is no number has no place among them; a text makes the row one of texts.
            (Value::None | Value::Number(_), None) => {}
            (Value::Text(text), None) if text.trim().eq_ignore_ascii_case("nan") => {}
            (Value::Text(_), None) => return None,
        }
    }
    (low < high).then_some((low, high))
}

/// Everything that any of the runs has.
pub(super) fn of(runs: &[&Run]) -> Vec<Row> {
    let mut rows = attributes(runs);
    rows.extend(gathered(Section::Params, runs, |run, put| {
        for param in &run.data.params {
            put(&param.key, text(&param.value));
        }
    }));
    rows.extend(gathered(Section::Metrics, runs, |run, put| {
        for metric in &run.data.metrics {
            put(&metric.key, Value::Number(metric.value));
        }
    }));
    rows.extend(gathered(Section::Tags, runs, |run, put| {
        for tag in &run.data.tags {
            put(&tag.key, text(&tag.value));
        }
    }));
    rows
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn attributes(runs: &[&Run]) -> Vec<Row> {
    let row = |name: &str, value: fn(&Run) -> Value| {
        let values = runs.iter().map(|run| value(run)).collect();
        Row::new(Section::Attributes, name, values)
    };
    vec![
        row("name", |run| stated(&run.info.run_name)),
        row("status", |run| stated(&run.info.status)),
        row("user", |run| stated(&run.info.user_id)),
        row("started", |run| time(run.info.start_time)),
        row("ended", |run| time(run.info.end_time)),
        row("took", took),
        row("experiment", |run| stated(&run.info.experiment_id)),
        row("lifecycle", |run| stated(&run.info.lifecycle_stage)),
    ]
}

/// A text, unless MLflow left it out.
fn stated(stated: &str) -> Value {
    if stated.is_empty() {
        Value::None
    } else {
        text(stated)
    }
}

fn time(milliseconds: i64) -> Value {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(at) if milliseconds > 0 => text(&at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        _ => Value::None,
    }
}

fn took(run: &Run) -> Value {
    let (start, end) = (run.info.start_time, run.info.end_time);
    if start <= 0 || end < start {
        return Value::None;
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
    let seconds = (end - start) as f64 / 1_000.0;
    text(&format!("{} s", Number(seconds)))
}

/// The rows of a section, by name; what MLflow itself set comes last.
fn gathered<'a>(
    section: Section,
    runs: &[&'a Run],
    each: impl Fn(&'a Run, &mut dyn FnMut(&'a str, Value)),
) -> Vec<Row> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut found: Vec<(&str, Vec<Value>)> = Vec::new();
    for (column, run) in runs.iter().enumerate() {
        each(run, &mut |name, value| {
            let place = *places.entry(name).or_insert_with(|| {
                found.push((name, vec![Value::None; runs.len()]));
                found.len() - 1
            });
            if let Some(slot) = found
                .get_mut(place)
                .and_then(|(_, values)| values.get_mut(column))
            {
                *slot = value;
            }
        });
    }
    found.sort_unstable_by_key(|(name, _)| (name.starts_with(SYSTEM), *name));
    found
        .into_iter()
        .map(|(name, values)| Row::new(section, name, values))
        .collect()
}
