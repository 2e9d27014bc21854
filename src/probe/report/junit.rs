//! The cells as `JUnit` XML: a suite for each principal and scheme, a case for each route.
//! Findings as `JUnit` XML: a suite for each kind, a case for each finding.

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use crate::{
    access::{
        Finding,
        finding::{Ruling, Suppression},
    },
    domain::{ErrorClass, Failure},
    probe::{Cell, Report, Verdict},
};

/// The report as `JUnit` XML. Over- and under-granted are failures, inconclusive is skipped.
pub fn to_junit(report: &Report) -> Result<String, Failure> {
    let mut xml = Xml::new("mlwarden verify");
    let mut suites: Vec<TestSuite> = Vec::new();
    for cell in &report.cells {
        let name = format!("{} {}", cell.principal, cell.scheme);
        if suites
            .last()
            .is_none_or(|suite| suite.name.as_str() != name)
        {
            suites.push(TestSuite::new(name));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case(cell));
        }
    }
    xml.add_test_suites(suites);
    written(&xml)
}

fn written(xml: &Xml) -> Result<String, Failure> {
    xml.to_string().map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the report as JUnit XML",
            error.to_string(),
        )
    })
}

/// Findings as `JUnit` XML. What is open is a failure, what is suppressed is skipped, and each
/// part that could not be looked at is an error.
///
/// # Errors
/// The XML cannot be written, which only a fault of this program can cause.
pub fn findings_to_junit(ruling: &Ruling, not_looked_at: &[String]) -> Result<String, Failure> {
    let mut xml = Xml::new("mlwarden findings");
    let mut suites: Vec<TestSuite> = Vec::new();
    let open = ruling.open.iter().map(|finding| (finding, None));
    let left = ruling
        .suppressed
        .iter()
        .map(|one| (&one.finding, Some(&one.suppression)));
    for (finding, by) in open.chain(left) {
        let known = suites
            .iter_mut()
            .find(|suite| suite.name.as_str() == finding.id);
        let case = case_of(finding, by);
        if let Some(suite) = known {
            suite.add_test_case(case);
        } else {
            let mut suite = TestSuite::new(finding.id.as_str());
            suite.add_test_case(case);
            suites.push(suite);
        }
    }
    if !not_looked_at.is_empty() {
        let mut suite = TestSuite::new("not looked at");
        for part in not_looked_at {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(part.as_str());
            suite.add_test_case(TestCase::new(part.as_str(), status));
        }
        suites.push(suite);
    }
    xml.add_test_suites(suites);
    written(&xml)
}

fn case_of(finding: &Finding, by: Option<&Suppression>) -> TestCase {
    let status = if let Some(by) = by {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("suppressed until {}: {}", by.until, by.reason));
        status
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let mut text = finding.evidence.join("\n");
        text.push_str("\nRemedy: ");
        text.push_str(&finding.remedy);
        status
            .set_type(finding.severity.as_str())
            .set_message(finding.title.as_str())
            .set_description(text);
        status
    };
    let name = format!("{} {}", finding.subject, finding.detail);
    let mut case = TestCase::new(name.trim_end(), status);
    case.set_classname(finding.id.as_str());
    case
}

fn case(cell: &Cell) -> TestCase {
    let status = match cell.verdict {
        Verdict::Ok => TestCaseStatus::success(),
        Verdict::Inconclusive => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(cell.reason.as_str());
            status
        }
        Verdict::OverGranted | Verdict::UnderGranted => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(cell.verdict.as_str())
                .set_message(cell.reason.as_str());
            status
        }
    };
    let mut case = TestCase::new(format!("{} {}", cell.method, cell.path), status);
    case.set_classname(cell.permission.as_str());
    if let Some(observed) = &cell.observed {
        case.set_time(observed.latency);
    }
    case
}
