//! What runs and what ran.

use std::time::Duration;

use super::{dim, text, time, toned};
use crate::app::{
    job::{Job, Stage},
    table::{Align, Column, Key, Record, Width},
    tone::Tone,
};

impl Record for Job {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("job", "jobs");

    fn id(&self) -> &str {
        &self.key
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<Job>; 8] = [
    Column {
        name: "JOB",
        width: Width::fill(16, 24, 3),
        align: Align::Left,
        searchable: true,
        cell: |job, _| text(job.title.as_str()),
        key: |job, _| Key::Text(job.title.as_str().into()),
    },
    Column {
        name: "STATE",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: true,
        cell: |job, _| {
            let tone = match job.stage {
                Stage::Running | Stage::Stopping => Tone::Accent,
                Stage::Done => Tone::Good,
                Stage::Failed => Tone::Danger,
                Stage::Cancelled => Tone::Warning,
            };
            toned(job.stage.as_str(), tone)
        },
        key: |job, _| Key::Number(job.stage as i64),
    },
    Column {
        name: "DONE",
        width: Width::fixed(11),
        align: Align::Right,
        searchable: false,
        cell: |job, _| {
            text(if job.total == 0 {
                job.done.to_string()
            } else {
                format!("{}/{}", job.done, job.total)
            })
        },
        key: |job, _| Key::Number(i64::try_from(job.done).unwrap_or(i64::MAX)),
    },
    Column {
        name: "FAILED",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |job, _| match job.failed() {
            0 => dim("0"),
            failed => toned(failed.to_string(), Tone::Danger),
        },
        key: |job, _| Key::Number(i64::try_from(job.failed()).unwrap_or(i64::MAX)),
    },
    Column {
        name: "RATE",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |job, around| {
            dim(job
                .rate(around.now)
                .map_or_else(String::new, |rate| format!("{rate:.1}/s")))
        },
        key: |job, around| job.rate(around.now).map_or(Key::None, Key::Real),
    },
    Column {
        name: "LEFT",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |job, around| dim(job.remaining(around.now).map_or_else(String::new, span)),
        key: |job, around| {
            job.remaining(around.now)
                .map_or(Key::None, |left| Key::Real(left.as_secs_f64()))
        },
    },
    Column {
        name: "TOOK",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |job, around| dim(span(job.elapsed(around.now))),
        key: |job, around| Key::Real(job.elapsed(around.now).as_secs_f64()),
    },
    Column {
        name: "STARTED",
        width: Width::fixed(16),
        align: Align::Left,
        searchable: false,
        cell: |job, _| dim(time(job.started_at)),
        key: |job, _| Key::Time(job.started_at),
    },
];

/// A length of time: `0.4s`, `12s`, `3m`.
fn span(length: Duration) -> String {
    match length.as_secs() {
        0..10 => format!("{:.1}s", length.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds}s"),
        seconds => format!("{}m", seconds / 60),
    }
}
