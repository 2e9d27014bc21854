//! Every request that was sent to the protected API from here.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{dim, text, toned};
use crate::{
    access::{Effect, route::operation_of},
    app::{
        table::{Align, Cell, Column, Key, Record, Width},
        tone::Tone,
    },
    browse::Exchange,
    probe::Verdict,
};

/// A request with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestRow {
    id: String,
    /// The request with its answer.
    pub exchange: Arc<Exchange>,
}

impl RequestRow {
    /// A row of an exchange.
    pub fn new(exchange: Arc<Exchange>) -> Self {
        Self {
            id: exchange.number.to_string(),
            exchange,
        }
    }
}

impl Serialize for RequestRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.exchange.serialize(serializer)
    }
}

impl Record for RequestRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("request", "requests");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

/// The answer's status, by who gave it.
fn status(exchange: &Exchange) -> Cell<'static> {
    let tone = match exchange.observed.effect {
        Some(Effect::Allow) if exchange.observed.status.is_some_and(|status| status < 400) => {
            Tone::Good
        }
        Some(Effect::Allow) => Tone::Warning,
        Some(Effect::Deny) => Tone::Danger,
        None => Tone::Unknown,
    };
    let text = exchange
        .observed
        .status
        .map_or_else(|| "—".to_owned(), |status| status.to_string());
    toned(text, tone)
}

/// How it compares to the matrix.
fn verdict(exchange: &Exchange) -> Cell<'static> {
    match exchange.verdict {
        Verdict::Ok => toned("✓ as declared", Tone::Good),
        Verdict::OverGranted => toned("✗ over-granted", Tone::Danger),
        Verdict::UnderGranted => toned("✗ under-granted", Tone::Warning),
        Verdict::Inconclusive => dim("? no verdict"),
    }
}

static COLUMNS: [Column<RequestRow>; 9] = [
    Column {
        name: "REQUEST",
        width: Width::fill(24, 50, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| {
            let request = &row.exchange.request;
            let operation = operation_of(&request.path);
            let short = operation.strip_prefix("mlflow/").unwrap_or(operation);
            text(format!("{} {short}", request.method))
        },
        key: |row, _| Key::text(row.exchange.request.path.as_str()),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, _| status(&row.exchange),
        key: |row, _| {
            let status = row.exchange.observed.status;
            status.map_or(Key::None, |status| Key::Number(status.into()))
        },
    },
    Column {
        name: "BY",
        width: Width::between(5, 10),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.exchange.observed.layer.as_str()),
        key: |row, _| Key::text(row.exchange.observed.layer.as_str()),
    },
    Column {
        name: "VERDICT",
        width: Width::fixed(15),
        align: Align::Left,
        searchable: false,
        cell: |row, _| verdict(&row.exchange),
        key: |row, _| Key::text(row.exchange.verdict.as_str()),
    },
    Column {
        name: "MS",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, _| text(row.exchange.latency().as_millis().to_string()),
        key: |row, _| {
            let latency = row.exchange.latency().as_micros();
            Key::Number(i64::try_from(latency).unwrap_or(i64::MAX))
        },
    },
    Column {
        name: "AS",
        width: Width::fill(10, 22, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.exchange.principal.to_string()),
        key: |row, _| Key::text(row.exchange.principal.to_string()),
    },
    Column {
        name: "SCHEME",
        width: Width::fixed(6),
        align: Align::Left,
        searchable: false,
        cell: |row, _| dim(row.exchange.scheme.map_or("none", |scheme| scheme.as_str())),
        key: |row, _| Key::text(row.exchange.scheme.map_or("none", |scheme| scheme.as_str())),
    },
    Column {
        name: "PERMISSION",
        width: Width::fill(10, 22, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.exchange.permission.as_deref().unwrap_or_default()),
        key: |row, _| Key::text(row.exchange.permission.as_deref().unwrap_or_default()),
    },
    Column {
        name: "AT",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, _| dim(row.exchange.at().strftime("%H:%M:%S").to_string()),
        key: |row, _| Key::Time(row.exchange.at()),
    },
];
