//! One run: everything that it recorded, a line each.

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, text, time_key, toned, watched};
use crate::{
    app::{
        lists::time,
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::{Run, value_of},
};

/// Which part of a run a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// What it is called and where it stands.
    #[default]
    Info,
    /// A parameter.
    Param,
    /// A metric's last value.
    Metric,
    /// A tag.
    Tag,
    /// A dataset or model that it used.
    Input,
    /// A model that it made.
    Output,
}

impl Section {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Param => "param",
            Self::Metric => "metric",
            Self::Tag => "tag",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// One line of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunPart {
    #[serde(skip)]
    id: String,
    /// Which part it is.
    pub section: Section,
    /// The name.
    pub key: String,
    /// The value as text.
    pub value: String,
    /// The value as a number, where it is one.
    #[serde(skip)]
    pub number: Option<f64>,
    /// The step of a metric's last value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// When that was, in milliseconds since 1970; 0 where nobody said.
    #[serde(skip)]
    pub at: i64,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl RunPart {
    fn new(section: Section, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            id: format!("{}:{key}", section.word()),
            section,
            key: key.to_owned(),
            number: value.parse().ok().filter(|number: &f64| number.is_finite()),
            value,
            step: None,
            at: 0,
            seen: Seen::Alone,
        }
    }

    /// Every line of a run.
    pub fn all(run: &Run) -> Vec<Self> {
        let info = &run.info;
        let moment_text =
            |at| moment(at).map_or_else(String::new, |at| format!("{} UTC", time(at)));
        let mut parts: Vec<Self> = [
            ("id", info.run_id.clone()),
            ("name", info.run_name.clone()),
            ("status", info.status.clone()),
            ("lifecycle", info.lifecycle_stage.clone()),
            ("experiment", info.experiment_id.clone()),
            ("user", info.user_id.clone()),
            ("started", moment_text(info.start_time)),
            ("ended", moment_text(info.end_time)),
            ("artifacts", info.artifact_uri.clone()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| Self::new(Section::Info, key, value))
        .collect();
        let data = &run.data;
        parts.extend(
            data.params
                .iter()
                .map(|pair| Self::new(Section::Param, &pair.key, pair.value.as_str())),
        );
        parts.extend(data.metrics.iter().map(|metric| Self {
            number: Some(metric.value.0).filter(|value| !value.is_nan()),
            step: Some(metric.step),
            at: metric.timestamp,
            ..Self::new(Section::Metric, &metric.key, metric.value.to_string())
        }));
        parts.extend(
            data.tags
                .iter()
                .map(|pair| Self::new(Section::Tag, &pair.key, pair.value.as_str())),
        );
        for input in &run.inputs.dataset_inputs {
            let set = &input.dataset;
            let context = value_of(&input.tags, "mlflow.data.context").unwrap_or("dataset");
            let value = format!(
                "{} ({context}, {} {})",
                set.name, set.source_type, set.source
            );
            let key = format!("dataset {}", set.digest);
            parts.push(Self::new(Section::Input, &key, value));
        }
        for input in &run.inputs.model_inputs {
            parts.push(Self::new(Section::Input, "model", input.model_id.as_str()));
        }
        for output in &run.outputs.model_outputs {
            parts.push(Self::new(
                Section::Output,
                "model",
                output.model_id.as_str(),
            ));
        }
        parts
    }
}

impl Watched for RunPart {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for RunPart {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("line", "lines");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<RunPart>; 6] = [
    Column {
        name: "NAME",
        width: Width::fill(14, 28, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.key.as_str()),
        key: |row, _| Key::text(row.key.as_str()),
    },
    beside(),
    Column {
        name: "PART",
        width: Width::fixed(6),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.section {
            Section::Metric => toned(row.section.word(), Tone::Accent),
            Section::Param => text(row.section.word()),
            _ => dim(row.section.word()),
        },
        key: |row, _| Key::text(row.section.word()),
    },
    Column {
        name: "VALUE",
        width: Width::fill(12, 40, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.value.as_str()),
        key: |row, _| match row.number {
            Some(number) => Key::Real(number),
            None => Key::text(row.value.as_str()),
        },
    },
    Column {
        name: "STEP",
        width: Width::between(4, 9),
        align: Align::Right,
        searchable: false,
        cell: |row, _| dim(row.step.map_or_else(String::new, |step| step.to_string())),
        key: |row, _| row.step.map_or(Key::None, Key::Number),
    },
    Column {
        name: "LOGGED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.at)),
        key: |row, _| time_key(row.at),
    },
];
