//! The cells as `JUnit` XML: a suite for each principal and scheme, a case for each route.

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use crate::{
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
    xml.to_string().map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the report as JUnit XML",
            error.to_string(),
        )
    })
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
