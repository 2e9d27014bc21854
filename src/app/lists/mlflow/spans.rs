//! The spans of one trace as a tree, a line each.

use std::{borrow::Cow, collections::HashSet};

use serde::Serialize;

use super::{Watched, beside, dim, nested, text, toned, watched};
use crate::{
    app::{
        mlflow::{Seen, joined, nesting::Nesting},
        table::{Align, Cell, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::{Span, SpanState, hex_id},
};

/// How many columns the whole trace takes on its time line.
const LINE: u16 = 16;

/// A span, where it stands in its trace, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SpanRow {
    /// What it is told apart by: its id, and a number where others have the same.
    #[serde(skip)]
    key: String,
    /// The span.
    #[serde(flatten)]
    pub span: Span,
    /// How many spans it stands below.
    #[serde(skip)]
    pub depth: usize,
    /// Whether it has spans below it, and whether they are shown.
    #[serde(skip)]
    pub unfolded: Option<bool>,
    /// Whether its parent is not among the spans, or it is its own ancestor.
    #[serde(skip)]
    pub strayed: bool,
    /// When the first span of the trace began and the last one ended, in nanoseconds since 1970.
    #[serde(skip)]
    within: (i64, i64),
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl SpanRow {
    /// The spans of a trace in the order in which they began, and what somebody else sees of
    /// them. None is lost, whatever their ids are.
    pub fn all(here: Vec<Span>, there: Option<Vec<Span>>) -> Vec<Self> {
        let key = |(key, _): &(String, Span)| key.clone();
        let row = |(key, span), seen| Self {
            key,
            span,
            seen,
            ..Self::default()
        };
        let mut rows = joined(keyed(here), there.map(keyed), key, row);
        rows.sort_by_key(|row| row.span.start_time_unix_nano);
        let began = rows.first().map(|row| row.span.start_time_unix_nano);
        let ended = rows
            .iter()
            .map(|row| {
                let span = &row.span;
                span.end_time_unix_nano.max(span.start_time_unix_nano)
            })
            .max();
        let within = (began.unwrap_or_default(), ended.unwrap_or_default());
        for row in &mut rows {
            row.within = within;
        }
        rows
    }

    /// The same as a tree, without what is below the folded ones.
    pub fn tree(rows: &[Self], nesting: &Nesting) -> Vec<Self> {
        let links = rows.iter().map(|row| {
            let parent = Some(row.span.parent_span_id.as_str());
            let parent = parent.filter(|parent| !parent.is_empty());
            (row.span.span_id.as_str(), parent)
        });
        let nested = nesting.tree(links).into_iter().filter_map(|nested| {
            Some(Self {
                depth: nested.depth,
                unfolded: nested.branch.unfolded(),
                strayed: nested.strayed,
                ..rows.get(nested.place)?.clone()
            })
        });
        nested.collect()
    }

    /// The name; the id where it has none.
    pub fn name(&self) -> Cow<'_, str> {
        match self.span.name.as_str() {
            "" => hex_id(&self.span.span_id).into(),
            name => name.into(),
        }
    }

    /// How long after the trace it began, in nanoseconds.
    pub fn after(&self) -> i64 {
        let (began, _) = self.within;
        self.span.start_time_unix_nano.saturating_sub(began)
    }

    /// Where it lies in the time that the whole trace took. One that still runs has an arrow at
    /// its end.
    fn line(&self) -> String {
        let (began, ended) = self.within;
        let whole = (i128::from(ended) - i128::from(began)).max(1);
        let (columns, most) = (i128::from(LINE), usize::from(LINE));
        let column = |at: i64, up: i128| {
            let place = ((i128::from(at) - i128::from(began)) * columns + up) / whole;
            usize::try_from(place.clamp(0, columns)).unwrap_or(0)
        };
        let from = column(self.span.start_time_unix_nano, 0).min(most - 1);
        let runs = self.span.end_time_unix_nano == 0;
        let to = if runs {
            most
        } else {
            column(self.span.end_time_unix_nano, whole - 1).max(from + 1)
        };
        let mut bar = "━".repeat(to - from);
        if runs {
            bar.pop();
            bar.push('›');
        }
        format!("{}{bar}{}", "·".repeat(from), "·".repeat(most - to))
    }
}

/// Spans with what they are told apart by.
fn keyed(spans: Vec<Span>) -> Vec<(String, Span)> {
    let mut known = HashSet::new();
    let mut keyed = Vec::with_capacity(spans.len());
    for span in spans {
        let mut key = span.span_id.clone();
        let mut number = 1;
        while !known.insert(key.clone()) {
            number += 1;
            key = format!("{}#{number}", span.span_id);
        }
        keyed.push((key, span));
    }
    keyed
}

/// A time in the unit that suits it: `0.27 ms`, `126 ms`, `1.34 s`, `125 s`.
pub fn lasted(nanoseconds: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let milliseconds = nanoseconds as f64 / 1e6;
    let seconds = milliseconds / 1e3;
    match milliseconds.abs() {
        0.0..9.995 => format!("{milliseconds:.2} ms"),
        9.995..999.5 => format!("{milliseconds:.0} ms"),
        999.5..99_950.0 => format!("{seconds:.2} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// How a span stands, with a sign.
fn state(span: &Span) -> Cell<'static> {
    match span.state() {
        SpanState::Ok => toned("✓ ok", Tone::Good),
        SpanState::Error => toned("✗ error", Tone::Danger),
        SpanState::Running => toned("● running", Tone::Accent),
        SpanState::Unset => dim("ended"),
    }
}

/// A time in milliseconds, to sort by.
#[expect(clippy::cast_precision_loss, reason = "an order needs no more")]
fn milliseconds(nanoseconds: i64) -> Key<'static> {
    Key::Real(nanoseconds as f64 / 1e6)
}

impl Watched for SpanRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for SpanRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("span", "spans");

    fn id(&self) -> &str {
        &self.key
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<SpanRow>; 8] = [
    Column {
        name: "SPAN",
        width: Width::fill(16, 36, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| nested(row.depth, row.unfolded, &row.name()),
        key: |row, _| Key::text(row.name()),
    },
    beside(),
    Column {
        name: "TYPE",
        width: Width::between(9, 10),
        align: Align::Left,
        searchable: true,
        cell: |row, _| match row.span.kind() {
            kind if kind == "UNKNOWN" => dim("unknown"),
            kind => text(kind.to_lowercase()),
        },
        key: |row, _| Key::text(row.span.kind()),
    },
    Column {
        name: "STATE",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| state(&row.span),
        key: |row, _| Key::text(row.span.state().word()),
    },
    Column {
        name: "BEGAN",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, _| dim(format!("+{}", lasted(row.after()))),
        key: |row, _| milliseconds(row.after()),
    },
    Column {
        name: "TOOK",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, _| text(row.span.took().map_or_else(String::new, lasted)),
        key: |row, _| row.span.took().map_or(Key::None, milliseconds),
    },
    Column {
        name: "WHEN",
        width: Width::fixed(LINE),
        align: Align::Left,
        searchable: false,
        cell: |row, _| {
            let tone = match row.span.state() {
                SpanState::Error => Tone::Danger,
                _ => Tone::Accent,
            };
            toned(row.line(), tone)
        },
        key: |row, _| milliseconds(row.after()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 16),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(hex_id(&row.span.span_id)),
        key: |row, _| Key::text(hex_id(&row.span.span_id)),
    },
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn span(id: &str, parent: &str, began: i64, ended: i64) -> Span {
        Span {
            span_id: id.to_owned(),
            parent_span_id: parent.to_owned(),
            name: id.to_owned(),
            start_time_unix_nano: began,
            end_time_unix_nano: ended,
            ..Span::default()
        }
    }

    /// `  b` for a span below another, `?` before one that strayed.
    fn shown(spans: Vec<Span>) -> Vec<String> {
        let rows = SpanRow::tree(&SpanRow::all(spans, None), &Nesting::default());
        let row = |row: SpanRow| {
            let strayed = if row.strayed { "?" } else { "" };
            format!("{}{strayed}{}", "  ".repeat(row.depth), row.name())
        };
        rows.into_iter().map(row).collect()
    }

    #[test]
    fn spans_stand_below_their_parents_in_the_order_in_which_they_began() {
        let spans = vec![
            span("late", "root", 30, 40),
            span("deep", "early", 12, 13),
            span("root", "", 0, 50),
            span("early", "root", 10, 20),
        ];
        assert_eq!(shown(spans), ["root", "  early", "    deep", "  late"]);
    }

    #[test]
    fn a_missing_parent_a_circle_and_a_doubled_id_lose_no_span() {
        let spans = vec![
            span("root", "", 0, 50),
            span("orphan", "nobody", 5, 6),
            span("a", "b", 10, 11),
            span("b", "a", 12, 13),
            span("self", "self", 14, 15),
            span("twice", "root", 20, 21),
            span("twice", "root", 22, 23),
            span("below", "twice", 24, 25),
            span("", "root", 26, 27),
            span("", "root", 28, 29),
        ];
        let rows = SpanRow::all(spans.clone(), Some(spans.clone()));
        let ids: HashSet<&str> = rows.iter().map(Record::id).collect();
        assert_eq!(ids.len(), spans.len(), "every row has an id of its own");
        assert!(rows.iter().all(|row| row.seen == Seen::Same), "{rows:?}");
        assert_eq!(
            shown(spans),
            [
                "root",
                "  twice",
                "    below",
                "  twice",
                "  ",
                "  ",
                "?orphan",
                "?a",
                "  b",
                "?self"
            ]
        );
    }

    #[test]
    fn what_only_one_of_two_sees_of_a_trace_is_said() {
        let here = vec![span("root", "", 0, 9), span("mine", "root", 1, 2)];
        let there = vec![span("root", "", 0, 8), span("theirs", "root", 3, 4)];
        let rows = SpanRow::all(here, Some(there));
        let seen: Vec<(&str, Seen)> = rows.iter().map(|row| (row.id(), row.seen)).collect();
        let expected = [
            ("root", Seen::Differs),
            ("mine", Seen::OnlyHere),
            ("theirs", Seen::OnlyThere),
        ];
        assert_eq!(seen, expected);
    }

    #[rstest]
    #[case(0, 100, "━━━━━━━━━━━━━━━━")]
    #[case(50, 100, "········━━━━━━━━")]
    #[case(50, 51, "········━·······")]
    #[case(100, 100, "···············━")]
    #[case(25, 0, "····━━━━━━━━━━━›")]
    #[case(60, 10, "·········━······")]
    fn a_span_lies_where_it_was_in_the_trace(
        #[case] began: i64,
        #[case] ended: i64,
        #[case] line: &str,
    ) {
        let spans = vec![span("root", "", 0, 100), span("one", "root", began, ended)];
        let rows = SpanRow::all(spans, None);
        let one = rows.iter().find(|row| row.id() == "one").unwrap();
        assert_eq!(one.line(), line);
    }

    #[rstest]
    #[case(0, "0.00 ms")]
    #[case(272_779, "0.27 ms")]
    #[case(126_000_000, "126 ms")]
    #[case(999_600_000, "1.00 s")]
    #[case(12_345_000_000, "12.35 s")]
    #[case(125_000_000_000, "125 s")]
    fn a_time_has_the_unit_that_suits_it(#[case] nanoseconds: i64, #[case] shown: &str) {
        assert_eq!(lasted(nanoseconds), shown);
    }

    proptest! {
        #[test]
        fn whatever_times_and_parents_say_every_span_has_one_row(
            links in prop::collection::vec((0_u8..6, 0_u8..8, any::<i64>(), any::<i64>()), 0..30),
        ) {
            let spans: Vec<Span> = links
                .iter()
                .map(|(id, parent, began, ended)| {
                    span(&id.to_string(), &parent.to_string(), *began, *ended)
                })
                .collect();
            let rows = SpanRow::tree(&SpanRow::all(spans.clone(), None), &Nesting::default());
            prop_assert_eq!(rows.len(), spans.len());
            for row in &rows {
                prop_assert_eq!(row.line().chars().count(), usize::from(LINE));
                let _ = (lasted(row.after()), row.span.took().map(lasted));
            }
        }
    }
}
