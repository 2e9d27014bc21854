//! Throttling, latency, cut connections, a server that is gone: never a false verdict.

use super::*;
use mlwarden::sandbox::Faults;

#[tokio::test(flavor = "multi_thread")]
async fn a_disturbed_run_reaches_the_same_verdicts() {
    let calm = Bench::start(Options::default()).await.run_all().await;
    let faults: Faults = "throttle=0.1,error=0.02,cut=0.02,seed=7".parse().unwrap();
    let disturbed = Bench::start(Options {
        faults: Some(faults),
        ..Options::default()
    })
    .await
    .run_all()
    .await;
    let verdicts = |report: &Report| -> Vec<String> {
        report
            .cells
            .iter()
            .filter(|cell| cell.observed_effect().is_some())
            .map(|cell| {
                format!(
                    "{} {} {} {:?}",
                    cell.principal,
                    cell.method,
                    cell.path,
                    cell.observed_effect()
                )
            })
            .collect()
    };
    let calm = verdicts(&calm);
    let disturbed = verdicts(&disturbed);
    let wrong: Vec<_> = disturbed
        .iter()
        .filter(|cell| !calm.contains(cell))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(
        disturbed.len() * 10 >= calm.len() * 9,
        "{}",
        disturbed.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mlflow_gone_nothing_is_called_denied() {
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let bench = Bench::start(Options {
        mlflow: Some(format!("http://127.0.0.1:{port}").parse().unwrap()),
        ..Options::default()
    })
    .await;
    let report = bench
        .run(VerifyOptions {
            principals: vec![group("admins")],
            permission: Some("runs:*".to_owned()),
            ..VerifyOptions::default()
        })
        .await
        .unwrap();
    assert!(!report.cells.is_empty());
    for cell in &report.cells {
        assert_eq!(cell.observed_effect(), None, "{}", cell.reason);
        assert!(cell.reason.contains("MLflow"), "{}", cell.reason);
    }
    assert_eq!(mlwarden::probe::report::exit_code(&report, false), 3);
}
