//! The rows of every list: one file a noun, columns as data.

mod apps;
mod candidates;
mod cells;
mod findings;
mod groups;
mod jobs;
mod log;
mod mlflow;
mod people;
mod profiles;
mod roles;
mod spaces;
mod users;

use std::borrow::Cow;

use jiff::Timestamp;

pub use apps::AppRow;
pub use candidates::CandidateRow;
pub use cells::{CellRow, Together};
pub use findings::FindingRow;
pub use groups::GroupRow;
pub use mlflow::{
    ArtifactRow, Chosen, DatasetRow, ExperimentRow, LoggedModelRow, ModelRow, RecordRow,
    RequestRow, RunPart, RunRow, SLOTS, Section, SpanRow, TraceRow, VersionRow, lasted,
};
pub use people::PersonRow;
pub use profiles::{Owner, ProfileRow, Running, Workforce, Worth};
pub use roles::{Looked, Offices};
pub use users::Memberships;

use super::{table::Cell, tone::Tone};
use crate::domain::Span;

/// How long ago, in the largest unit that fits: `3d`, `5h`, `12m`, `30s`.
pub fn age(now: Timestamp, at: Timestamp) -> String {
    Span::between(at, now).rough()
}

/// A time as it stands in a table.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Cell::plain(text)
}

fn dim<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Cell::new(text, Tone::Dim)
}

fn toned<'a>(text: impl Into<Cow<'a, str>>, tone: Tone) -> Cell<'a> {
    Cell::new(text, tone)
}

/// An age as a cell; empty where nobody said when.
fn aged(now: Timestamp, at: Option<Timestamp>) -> Cell<'static> {
    dim(at.map_or_else(String::new, |at| age(now, at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit_and_never_runs_backwards() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ago = |seconds: i64| age(now, Timestamp::from_second(1_000_000 - seconds).unwrap());
        assert_eq!(
            [ago(5), ago(125), ago(7_200), ago(200_000), ago(-50)],
            ["5s", "2m", "2h", "2d", "0s"]
        );
    }
}
