//! What became of stories, in words: the row of a step, and all of it in a window.

use crate::{
    app::{
        dialog::{Message, Text},
        job::Row,
        message::Told,
        tone::Tone,
    },
    domain::{ErrorClass, Failure},
    story::{Outcome, Report, Step, StepReport, Tale},
};

/// A step that is under way: who asks for what, and what must come of it.
pub(super) fn doing(who: &str, tale: &Tale, at: usize, step: &Step) -> String {
    format!(
        "{who}, step {} of {}: {}: {} {} as {}, expects {}",
        at + 1,
        tale.story.steps.len(),
        step.title,
        step.method,
        tale.story.path(step, &tale.telling),
        tale.story.maker(step, &tale.telling),
        step.expected.words(),
    )
}

/// A step that is over, as a row of its job.
pub(super) fn row(who: &str, at: usize, step: &StepReport) -> Row {
    let subject = format!("{who}, {} {}: {}", at + 1, step.title, step.asked());
    match failure(step) {
        None => Row {
            subject: format!("{subject}, {}", step.came),
            failure: None,
        },
        failure => Row { subject, failure },
    }
}

/// What was expected of a step and what came instead; none where it passed.
fn failure(step: &StepReport) -> Option<Failure> {
    let class = match step.outcome {
        Outcome::Passed => return None,
        Outcome::Failed => ErrorClass::Conflict,
        Outcome::Untested | Outcome::Unreached => ErrorClass::Unavailable,
    };
    let message = match step.came.as_str() {
        "" => step.why.clone(),
        came => format!("{came}: {}", step.why),
    };
    let doing = format!("expected {}", step.expected.words());
    let failure = Failure::new(class, doing, message);
    Some(match step.outcome {
        Outcome::Failed => failure.advise(format!(
            "the cell of {} on the matrix says who decides it",
            step.principal
        )),
        _ => failure,
    })
}

/// Whether every story passed, and nothing of them is left.
pub(super) fn is_good(told: &Told) -> bool {
    let good = |report: &Report| report.outcome() == Outcome::Passed && report.left.is_empty();
    told.reports.iter().all(good) && told.lost.is_empty()
}

/// What became of each story, step by step; of several first how they ended.
pub(super) fn message(words: String, told: &Told) -> Message {
    let failed = |report: &Report| report.outcome() == Outcome::Failed;
    let tone = if is_good(told) {
        Tone::Good
    } else if told.reports.iter().any(failed) {
        Tone::Danger
    } else {
        Tone::Warning
    };
    let mut texts: Vec<Text> = match told.reports.as_slice() {
        [_, _, ..] => told.reports.iter().map(head).collect(),
        _ => Vec::new(),
    };
    for report in &told.reports {
        if !texts.is_empty() {
            texts.push(Text::from(""));
        }
        texts.extend(of_story(report));
    }
    for failure in &told.lost {
        texts.extend(Text::failure(failure));
    }
    Message::new(words, tone, texts)
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Passed => Tone::Good,
        Outcome::Failed => Tone::Danger,
        Outcome::Untested => Tone::Warning,
        Outcome::Unreached => Tone::Dim,
    }
}

/// How a story ended.
fn head(report: &Report) -> Text {
    let outcome = report.outcome();
    let text = format!(
        "{} {}, {}: {}",
        outcome.sign(),
        report.story,
        report.telling.words(),
        report.words()
    );
    Text::new(tone(outcome), text)
}

fn of_story(report: &Report) -> Vec<Text> {
    let mut texts = vec![head(report)];
    match &report.not_begun {
        Some(failure) => texts.extend(Text::failure(failure)),
        None => {
            for (at, step) in report.steps.iter().enumerate() {
                texts.extend(of_step(at, step));
            }
        }
    }
    for model in &report.made.models {
        let text = format!("removed: registered model {model}");
        texts.push(Text::new(Tone::Dim, text));
    }
    if let Some(remains) = report.made.remains() {
        texts.push(Text::new(Tone::Dim, format!("remains: {remains}")));
    }
    for failure in &report.left {
        texts.extend(Text::failure(failure));
    }
    texts
}

/// What a step does and what came of it; where that is otherwise than expected, how.
fn of_step(at: usize, step: &StepReport) -> Vec<Text> {
    let tone = match step.outcome {
        Outcome::Passed => Tone::Text,
        other => tone(other),
    };
    let head = format!("{} {} {}", step.outcome.sign(), at + 1, step.title);
    match step.outcome {
        Outcome::Passed => vec![Text::new(tone, format!("{head}: {}", step.came))],
        Outcome::Unreached => vec![Text::new(tone, format!("{head}: {}", step.outcome))],
        Outcome::Failed | Outcome::Untested => {
            let got = match step.came.as_str() {
                "" => "nothing was sent",
                came => came,
            };
            vec![
                Text::new(tone, format!("{head}: {}", step.outcome)),
                Text::new(tone, format!("  {}", step.asked())),
                Text::new(
                    tone,
                    format!("  expected {}, got {got}", step.expected.words()),
                ),
                Text::new(tone, format!("  {}", step.why)),
            ]
        }
    }
}
