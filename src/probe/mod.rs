//! Safe requests, the runner, verdicts and reports.
