//! The rows of MLflow's lists: one file a noun.

mod artifacts;
mod datasets;
mod experiments;
mod logged_models;
mod models;
mod records;
mod requests;
mod run;
mod runs;
mod spans;
mod traces;
mod versions;

use std::borrow::Cow;

use jiff::Timestamp;

pub use artifacts::ArtifactRow;
pub use datasets::DatasetRow;
pub use experiments::ExperimentRow;
pub use logged_models::LoggedModelRow;
pub use models::ModelRow;
pub use records::RecordRow;
pub use requests::RequestRow;
pub use run::{RunPart, Section};
pub use runs::{Chosen, RunRow, SLOTS};
pub use spans::{SpanRow, lasted};
pub use traces::TraceRow;
pub use versions::VersionRow;

use super::{aged, dim, text, toned};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Cell, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::Pair,
};

/// A row of a list that two identities may see differently.
trait Watched: Record {
    /// Who of them sees it.
    fn seen(&self) -> Seen;
}

/// The name of the column that says so.
const BESIDE: &str = "BESIDE";

/// The column that says who of two identities sees a row.
const fn beside<R: Watched>() -> Column<R> {
    Column {
        name: BESIDE,
        width: Width::fixed(12),
        align: Align::Left,
        searchable: false,
        cell: |row, _| row.seen().cell(),
        key: |row, _| Key::Text(row.seen().cell().text),
    }
}

/// The head of a column, which is hidden where nobody else looks and it says who does.
fn watched<R: Watched>(somebody_else: bool, place: usize) -> Option<Cow<'static, str>> {
    let name = R::columns().get(place)?.name;
    (somebody_else || name != BESIDE).then(|| name.into())
}

/// A time of MLflow's, in milliseconds since 1970; 0 is none.
fn moment(milliseconds: i64) -> Option<Timestamp> {
    (milliseconds != 0)
        .then(|| Timestamp::from_millisecond(milliseconds).ok())
        .flatten()
}

/// The tags that people set, as `key=value`; MLflow's own are left out.
fn tags(pairs: &[Pair]) -> String {
    let own: Vec<String> = pairs
        .iter()
        .filter(|pair| !pair.key.starts_with("mlflow."))
        .map(|pair| format!("{}={}", pair.key, pair.value))
        .collect();
    own.join(" ")
}

/// A name in a tree: how deep it stands, and whether what is below it is in sight.
fn nested(depth: usize, unfolded: Option<bool>, name: &str) -> Cell<'static> {
    let sign = match unfolded {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None if depth > 0 => "  ",
        None => "",
    };
    text(format!("{}{sign}{name}", "  ".repeat(depth)))
}

/// What stands of the living and the deleted.
fn lifecycle(stage: &str) -> Cell<'_> {
    match stage {
        "deleted" => toned("✗ deleted", Tone::Warning),
        other => dim(other),
    }
}

/// Bytes in the largest unit that fits: `1.4 kB`, `12 MB`.
pub(super) fn bytes(size: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut left = size as f64;
    let mut unit = UNITS[0];
    for larger in UNITS {
        unit = larger;
        if left < 999.5 {
            break;
        }
        left /= 1000.0;
    }
    if unit == "B" || left >= 9.95 {
        format!("{left:.0} {unit}")
    } else {
        format!("{left:.1} {unit}")
    }
}

/// A key for a time.
fn time_key(milliseconds: i64) -> Key<'static> {
    Key::time(moment(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_unit() {
        let sizes = [0, 999, 1_000, 1_447, 12_345_678, 999_999, 5_000_000_000];
        assert_eq!(
            sizes.map(bytes),
            [
                "0 B", "999 B", "1.0 kB", "1.4 kB", "12 MB", "1.0 MB", "5.0 GB"
            ]
        );
    }
}
