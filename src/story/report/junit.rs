//! Stories as `JUnit` XML: a suite for each telling, a case for each step.

use std::fmt::Write;

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::{Report, StepReport};
use crate::{
    domain::{ErrorClass, Failure},
    story::Outcome,
};

/// The reports as `JUnit` XML. What could not be tested is an error, what was not reached is
/// skipped, and what could not be taken away is an error of its own.
///
/// # Errors
/// The XML cannot be written, which only a fault of this program can cause.
pub fn to_junit(reports: &[Report]) -> Result<String, Failure> {
    let mut xml = Xml::new("mlwarden verify --story");
    xml.add_test_suites(reports.iter().map(suite));
    xml.to_string().map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the report as JUnit XML",
            error.to_string(),
        )
    })
}

fn suite(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(format!("{}, {}", report.story, report.telling.words()));
    if let Some(failure) = &report.not_begun {
        suite.add_test_case(error("making everybody ready", failure));
    }
    for (at, step) in report.steps.iter().enumerate() {
        suite.add_test_case(case(at, step));
    }
    for failure in &report.left {
        suite.add_test_case(error("taking away what was made", failure));
    }
    suite
}

fn error(name: &str, failure: &Failure) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_message(failure.to_string())
        .set_description(failure.next_step());
    TestCase::new(name, status)
}

fn case(at: usize, step: &StepReport) -> TestCase {
    let status = match step.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Unreached => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("not reached");
            status
        }
        Outcome::Failed | Outcome::Untested => {
            let kind = if step.outcome == Outcome::Failed {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            };
            let mut status = TestCaseStatus::non_success(kind);
            status
                .set_type(step.outcome.as_str())
                .set_message(step.why.as_str())
                .set_description(described(step));
            status
        }
    };
    let mut case = TestCase::new(format!("{:02} {}", at + 1, step.title), status);
    case.set_classname(step.permission.as_deref().unwrap_or("unknown route"));
    if let Some(exchange) = &step.exchange {
        case.set_time(exchange.latency());
    }
    case
}

/// The request, and what came of it.
fn described(step: &StepReport) -> String {
    let mut text = format!(
        "{} {} as {}, expected {}",
        step.method,
        step.path,
        step.principal,
        step.expected.words()
    );
    if let Some(exchange) = &step.exchange {
        let seen = &exchange.observed;
        let status = seen
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let _ = write!(text, "\n{status} by {}: {}", seen.layer, seen.body_excerpt);
        if let Some(id) = &seen.request_id {
            let _ = write!(text, "\nrequest id {id}");
        }
    }
    text
}
