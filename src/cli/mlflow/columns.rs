//! Columns of a table of runs: what every run has, and what was asked for.

use super::print;
use crate::{
    domain::Failure,
    mlflow::models::{Run, value_of},
};

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// A parameter.
    Param(String),
    /// The last value of a metric.
    Metric(String),
    /// A tag.
    Tag(String),
    /// A field of the run itself.
    Field(Field),
}

/// What every run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Name,
    Experiment,
    Status,
    User,
    Started,
    Ended,
    Duration,
    Stage,
    Artifacts,
}

impl Field {
    const ALL: [(&'static str, Self); 10] = [
        ("run_id", Self::Id),
        ("run_name", Self::Name),
        ("experiment_id", Self::Experiment),
        ("status", Self::Status),
        ("user_id", Self::User),
        ("start_time", Self::Started),
        ("end_time", Self::Ended),
        ("duration", Self::Duration),
        ("lifecycle_stage", Self::Stage),
        ("artifact_uri", Self::Artifacts),
    ];

    /// What a table of runs always shows.
    pub const USUAL: [Self; 6] = [
        Self::Id,
        Self::Name,
        Self::Experiment,
        Self::Status,
        Self::Started,
        Self::Duration,
    ];

    fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, field)| *field == self)
            .map_or("", |(word, _)| word)
    }

    fn of(self, run: &Run) -> String {
        let info = &run.info;
        match self {
            Self::Id => info.run_id.clone(),
            Self::Name => info.run_name.clone(),
            Self::Experiment => info.experiment_id.clone(),
            Self::Status => info.status.clone(),
            Self::User => info.user_id.clone(),
            Self::Started => print::time(info.start_time),
            Self::Ended => print::time(info.end_time),
            Self::Duration => duration(info.start_time, info.end_time),
            Self::Stage => info.lifecycle_stage.clone(),
            Self::Artifacts => info.artifact_uri.clone(),
        }
    }
}

impl Column {
    /// A column by its name: `params.depth`, `metrics.auc`, `tags.x`, or a field of the run.
    ///
    /// # Errors
    /// `Invalid` where it is none.
    pub fn named(name: &str) -> Result<Self, Failure> {
        if let Some((kind, key)) = name.split_once('.') {
            let key = key.to_owned();
            match kind {
                "params" => return Ok(Self::Param(key)),
                "metrics" => return Ok(Self::Metric(key)),
                "tags" => return Ok(Self::Tag(key)),
                _ => {}
            }
        }
        let field = Field::ALL.iter().find(|(word, _)| *word == name);
        field.map(|(_, field)| Self::Field(*field)).ok_or_else(|| {
            let fields: Vec<&str> = Field::ALL.iter().map(|(word, _)| *word).collect();
            Failure::invalid("choosing columns", format!("there is no column {name:?}")).advise(
                format!(
                    "write params.NAME, metrics.NAME, tags.NAME, or one of {}",
                    fields.join(", ")
                ),
            )
        })
    }

    /// Its header.
    pub fn header(&self) -> String {
        match self {
            Self::Param(key) => format!("params.{key}"),
            Self::Metric(key) => format!("metrics.{key}"),
            Self::Tag(key) => format!("tags.{key}"),
            Self::Field(field) => field.word().to_owned(),
        }
    }

    /// A run's cell; empty where the run has nothing there.
    pub fn of(&self, run: &Run) -> String {
        match self {
            Self::Param(key) => value_of(&run.data.params, key)
                .unwrap_or_default()
                .to_owned(),
            Self::Tag(key) => value_of(&run.data.tags, key).unwrap_or_default().to_owned(),
            Self::Metric(key) => {
                let metric = run.data.metrics.iter().find(|metric| metric.key == *key);
                metric.map_or_else(String::new, |metric| metric.value.to_string())
            }
            Self::Field(field) => field.of(run),
        }
    }
}

/// How long a run took, in seconds; nothing while it runs.
fn duration(start: i64, end: i64) -> String {
    let Some(milliseconds) = end.checked_sub(start).filter(|_| start > 0 && end > 0) else {
        return String::new();
    };
    let span = jiff::SignedDuration::from_millis(milliseconds);
    format!("{}.{:03} s", span.as_secs(), span.subsec_millis().abs())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("params.model/kind", "forest")]
    #[case("metrics.auc", "0.5")]
    #[case("metrics.none", "")]
    #[case("tags.a.b", "c")]
    #[case("status", "FINISHED")]
    #[case("duration", "1.250 s")]
    fn a_column_shows_what_the_run_has(#[case] name: &str, #[case] cell: &str) {
        let run: Run = serde_json::from_value(serde_json::json!({
            "info": {"run_id": "r", "status": "FINISHED", "start_time": 1000, "end_time": "2250"},
            "data": {
                "params": [{"key": "model/kind", "value": "forest"}],
                "metrics": [{"key": "auc", "value": 0.5}],
                "tags": [{"key": "a.b", "value": "c"}],
            },
        }))
        .unwrap();
        let column = Column::named(name).unwrap();
        assert_eq!(column.header(), name);
        assert_eq!(column.of(&run), cell);
    }

    #[test]
    fn a_column_that_is_none_names_those_that_are() {
        let failure = Column::named("depth").unwrap_err();
        assert!(failure.next_step().contains("params.NAME"), "{failure}");
    }
}
