//! `verify`: the verdicts in every format, and the exit codes that scripts go by.

use super::*;

const SMALL: [&str; 5] = [
    "verify",
    "--as",
    "group:readers",
    "--permission",
    "registered-models:*",
];

fn small<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().copied().chain(more.iter().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_is_what_scripts_were_promised() {
    let bench = Bench::start().await;
    let report = bench.run(&small(&["-o", "json"])).await.ends(1).json();
    assert_eq!(
        keys(&report)[..5],
        ["schema", "context", "summary", "cells", "findings"]
    );
    assert_eq!(report["schema"], 1);
    assert_eq!(
        keys(&report["summary"]),
        [
            "cells",
            "ok",
            "over_granted",
            "under_granted",
            "inconclusive",
            "requests",
            "elapsed_ms"
        ]
    );
    let cells = items(&report, "cells");
    assert_eq!(report["summary"]["cells"], cells.len());
    for cell in cells {
        assert_eq!(
            keys(cell)[..14],
            [
                "principal",
                "scheme",
                "permission",
                "method",
                "path",
                "expected",
                "predicted",
                "observed",
                "verdict",
                "layer",
                "status",
                "error_type",
                "latency_ms",
                "reason"
            ]
        );
        assert_eq!(cell["principal"], "group:readers");
        assert_eq!(cell["scheme"], "bearer");
    }
    let register = cells
        .iter()
        .find(|cell| cell["permission"] == "registered-models:register")
        .unwrap();
    for (field, value) in [
        ("method", "POST"),
        ("path", "/ajax-api/2.0/mlflow/registered-models/create"),
        ("expected", "deny"),
        ("predicted", "deny"),
        ("observed", "deny"),
        ("verdict", "ok"),
        ("layer", "gateway"),
        ("error_type", "AccessDeniedException"),
    ] {
        assert_eq!(register[field], value, "{field}");
    }
    assert_eq!(register["status"], 403);
    assert!(
        cells.iter().any(|cell| cell["verdict"] == "under-granted"),
        "readers are promised a read that the sample refuses them"
    );
    assert!(!items(&report, "findings").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_for_a_person() {
    let bench = Bench::start().await;
    let ran = bench.run(&SMALL).await.ends(1);
    let (text, time) = ran.out.rsplit_once(" requests in ").unwrap();
    assert!(time.ends_with(" s\n"), "{time}");
    insta::assert_snapshot!(format!("{text} requests in TIME"));
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_markdown_hold_the_same_cells() {
    let bench = Bench::start().await;
    let csv = bench.run(&small(&["-o", "csv"])).await.ends(1);
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let verdict = reader
        .headers()
        .unwrap()
        .iter()
        .position(|h| h == "verdict");
    let under = reader
        .records()
        .filter(|row| row.as_ref().unwrap().get(verdict.unwrap()) == Some("under-granted"))
        .count();
    assert!(under > 0);
    let md = bench.run(&small(&["-o", "md"])).await.ends(1);
    assert!(md.out.contains("## Findings"), "{}", md.out);
    assert_eq!(md.out.matches("| under-granted |").count(), under);
}

#[tokio::test(flavor = "multi_thread")]
async fn junit_is_xml_with_a_failure_for_each_mismatch() {
    use quick_xml::events::Event;
    let bench = Bench::start().await;
    let report = bench.run(&small(&["-o", "json"])).await.json();
    let junit = bench.run(&small(&["-o", "junit"])).await.ends(1);
    let mut reader = quick_xml::Reader::from_str(&junit.out);
    let (mut cases, mut failures, mut depth) = (0, 0, 0_i32);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let (Event::Start(tag) | Event::Empty(tag)) = &event else {
                    continue;
                };
                match tag.name().as_ref() {
                    "testcase" => cases += 1,
                    "failure" => failures += 1,
                    _ => {}
                }
                depth += i32::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert_eq!(report["summary"]["cells"], cases);
    assert_eq!(report["summary"]["under_granted"], failures);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_declared_is_exit_code_0() {
    let bench = Bench::start().await;
    let as_declared = [
        "verify",
        "--as",
        "group:readers",
        "--permission",
        "runs:write",
    ];
    let ran = bench.run(&as_declared).await.ends(0);
    assert!(ran.out.contains("ok deny"), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn predictions_alone_send_nothing_and_make_nobody() {
    let bench = Bench::start().await;
    let report = bench
        .run(&["verify", "--predicted-only", "-o", "json"])
        .await
        .json();
    assert_eq!(report["summary"]["requests"], 0);
    for cell in items(&report, "cells") {
        assert!(cell["observed"].is_null());
        assert!(!cell["predicted"].is_null(), "{cell}");
    }
    let journal = bench.run(&["journal", "list", "-o", "json"]).await.ends(0);
    assert!(items(&journal.json(), "entries").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_once_why_nothing_was_tested() {
    let bench = Bench::start().await;
    for format in ["table", "md"] {
        let ran = bench
            .run(&small(&["--read-only", "-o", format]))
            .await
            .ends(3);
        assert_eq!(
            ran.out.matches("no probe user is made").count(),
            1,
            "{}",
            ran.out
        );
        assert!(
            ran.out.contains("group:readers: 10 cells not tested"),
            "{}",
            ran.out
        );
        assert!(
            ran.out.contains("get-latest-versions"),
            "predicted not as declared"
        );
        assert!(!ran.out.contains("registered-models/create"), "{}", ran.out);
    }
    let table = bench.run(&small(&["--read-only"])).await;
    assert!(table.out.contains("predicted deny"), "{}", table.out);
    assert!(table.out.contains("predicted differs 1/4"), "{}", table.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_makes_nobody_and_says_what_stays_untested() {
    let bench = Bench::start().await;
    let (users, trusts) = (bench.users().await, bench.trusts());
    let ran = bench
        .run(&small(&["--read-only", "-o", "json"]))
        .await
        .ends(3)
        .says(&["read-only"]);
    for cell in items(&ran.json(), "cells") {
        assert!(cell["observed"].is_null());
        assert_eq!(cell["verdict"], "inconclusive");
        assert!(cell["reason"].as_str().unwrap().contains("read-only"));
    }
    // Not even where it is agreed to.
    bench
        .run(&[
            "verify",
            "--read-only",
            "--grant-trust",
            "--yes",
            "--permission",
            "runs:delete",
        ])
        .await;
    assert_eq!((bench.users().await, bench.trusts()), (users, trusts));
    let journal = bench.run(&["journal", "list", "-o", "json"]).await.ends(0);
    assert!(items(&journal.json(), "entries").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_every_write_and_makes_none() {
    let bench = Bench::start().await;
    let trusts = bench.trusts();
    let calls = bench
        .run(&["verify", "--grant-trust", "--dry-run", "-o", "json"])
        .await
        .ends(0)
        .json();
    let calls: Vec<_> = items(&calls, "calls")
        .iter()
        .map(|call| &call["call"])
        .collect();
    let count = |name| calls.iter().filter(|call| **call == name).count();
    assert_eq!(count("cognito-idp:AdminCreateUser"), 3);
    assert_eq!(count("iam:UpdateAssumeRolePolicy"), 3);
    assert_eq!((bench.users().await, bench.trusts()), (3, trusts));
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_is_never_granted_unasked() {
    let bench = Bench::start().await;
    let trusts = bench.trusts();
    bench
        .run(&["verify", "--grant-trust"])
        .await
        .ends(2)
        .says(&["iam:UpdateAssumeRolePolicy", "no terminal", "--yes"]);
    assert_eq!((bench.users().await, bench.trusts()), (3, trusts.clone()));

    let report = bench
        .run(&[
            "verify",
            "--grant-trust",
            "--yes",
            "--permission",
            "runs:delete",
            "-o",
            "json",
        ])
        .await
        .json();
    assert!(
        items(&report, "cells")
            .iter()
            .all(|cell| !cell["observed"].is_null())
    );
    assert_eq!(bench.trusts(), trusts, "given back");
    let journal = bench
        .run(&["journal", "list", "-o", "json"])
        .await
        .ends(0)
        .json();
    let entries = items(&journal, "entries");
    assert_eq!(entries.len(), 6);
    assert!(
        entries
            .iter()
            .all(|entry| entry["given_back_at"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_tested_with_the_password_from_standard_input() {
    let bench = Bench::start().await;
    let arguments = [
        "verify",
        "--as",
        "user:mlflow-reader@example.com",
        "--permission",
        "runs:write",
        "--password-stdin",
        "-o",
        "json",
    ];
    let report = bench
        .run_with_input(&arguments, &format!("{}\n", bench.password()))
        .await
        .ends(0)
        .json();
    assert!(
        items(&report, "cells")
            .iter()
            .all(|cell| cell["observed"] == "deny")
    );

    let wrong = bench
        .run_with_input(&arguments, "Wrong-Passw0rd!\n")
        .await
        .ends(3);
    for cell in items(&wrong.json(), "cells") {
        assert_eq!(cell["verdict"], "inconclusive");
        let reason = cell["reason"].as_str().unwrap();
        assert!(
            reason.contains("Incorrect username or password"),
            "{reason}"
        );
    }
    assert!(!format!("{wrong:?}").contains("Wrong-Passw0rd!"));

    let nothing = ["verify", "--as", "user:mlflow-reader@example.com"];
    bench
        .run(&nothing)
        .await
        .ends(2)
        .says(&["--password-stdin", "MLWARDEN_PASSWORD"]);
}
