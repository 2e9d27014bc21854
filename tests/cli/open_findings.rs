//! `findings`: every trap of the demo, told once, by one command that changes nothing.

use mlwarden::sandbox::world::POOL_ID;
use serde_json::json;

use super::*;

async fn demo() -> Bench {
    Bench::with(Options {
        demo: true,
        ..Options::default()
    })
    .await
}

/// Kind and subject of each finding of a list.
fn told(report: &Value, list: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items(report, list)
        .iter()
        .map(|finding| (text(&finding["id"]), text(&finding["subject"])))
        .collect()
}

fn of_kind<'a>(report: &'a Value, id: &str) -> &'a Value {
    items(report, "findings")
        .iter()
        .find(|finding| finding["id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {:?}", told(report, "findings")))
}

const JSON: [&str; 3] = ["findings", "-o", "json"];

#[tokio::test(flavor = "multi_thread")]
async fn every_trap_of_the_demo_is_told_with_its_remedy_and_nothing_is_changed() {
    let bench = demo().await;
    let trusts = bench.trusts();
    let users = bench.users().await;
    let ran = bench
        .run(&["findings", "--read-only", "-o", "json"])
        .await
        .ends(1)
        .says(&["open, 0 suppressed"]);
    let report = ran.json();
    assert_eq!(
        keys(&report),
        [
            "schema",
            "context",
            "findings",
            "suppressed",
            "unused_suppressions",
            "not_looked_at"
        ]
    );
    assert_eq!(report["not_looked_at"], json!([]));
    for id in [
        "over-granted",
        "schemes-disagree",
        "access-token",
        "read-exposes",
        "mlflow-3-ui",
        "several-groups",
        "groupless",
        "unconfirmed",
        "expired-invitation",
        "last-admin",
        "tokens-outlive",
        "self-sign-up",
        "profile-role",
        "profile-without-user",
        "user-without-profile",
        "running-apps",
        "destroy-blocked",
        "side-door-group",
        "side-door-job",
        "side-door-studio",
        "side-door-artifacts",
    ] {
        let finding = of_kind(&report, id);
        assert!(!items(finding, "evidence").is_empty(), "{finding:#}");
        assert!(finding["remedy"].is_string(), "{finding:#}");
    }
    // The sample enforces it, and keeps no answer.
    for id in ["threat-protection", "authorizer-cache", "trust-widened"] {
        assert!(
            told(&report, "findings").iter().all(|(kind, _)| kind != id),
            "{id}"
        );
    }
    let dana = of_kind(&report, "several-groups");
    assert_eq!(dana["subject"], "user:dana.whitfield@example.com");
    assert_eq!(
        dana["command"],
        "mlwarden groups remove model-approvers dana.whitfield@example.com"
    );
    let mut prints: Vec<&str> = items(&report, "findings")
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap())
        .collect();
    prints.sort_unstable();
    let all = prints.len();
    prints.dedup();
    assert_eq!(prints.len(), all, "no two are the same");
    assert_eq!((bench.users().await, bench.trusts()), (users, trusts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_a_finding_plans_what_ends_it() {
    let bench = demo().await;
    for (id, gone) in [("several-groups", true), ("unconfirmed", false)] {
        let report = bench.run(&JSON).await.ends(1).json();
        let command = of_kind(&report, id)["command"].as_str().unwrap().to_owned();
        let mut words: Vec<&str> = command.split(' ').skip(1).collect();
        words.push("--yes");
        let subject = command.rsplit(' ').next().unwrap();
        words.extend(["--confirm", subject]);
        let ran = bench.run(&words).await;
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        let report = bench.run(&JSON).await.ends(1).json();
        let still = told(&report, "findings").iter().any(|(kind, _)| kind == id);
        assert!(!still, "{command} ({gone})");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_by_severity_and_by_kind() {
    let bench = demo().await;
    let high = bench
        .run(&["findings", "--severity", "high", "-o", "json"])
        .await
        .ends(1)
        .json();
    assert!(
        items(&high, "findings")
            .iter()
            .all(|finding| finding["severity"] == "high")
    );
    let doors = bench
        .run(&["findings", "--id", "side-door-*", "-o", "json"])
        .await
        .ends(1)
        .json();
    assert!(
        told(&doors, "findings")
            .iter()
            .all(|(id, subject)| id.starts_with("side-door-") && subject.starts_with("role:"))
    );
    // Nothing of this kind: nothing is open.
    bench
        .run(&["findings", "--id", "trust-widened"])
        .await
        .ends(0)
        .says(&["0 open"]);
    bench
        .run(&["findings", "--severity", "grave"])
        .await
        .ends(2)
        .says(&["high, medium, low or info"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suppression_holds_until_its_end_and_is_open_again_after_it() {
    let bench = demo().await;
    let only = ["findings", "--id", "several-groups", "-o", "json"];
    bench.run(&only).await.ends(1);
    let suppress = [
        "findings",
        "suppress",
        "several-groups",
        "user:dana*",
        "--reason",
        "moves in March",
        "--until",
        "2999-03-01",
        "--read-only",
    ];
    bench.run(&suppress).await.ends(0).says(&[
        "several-groups of user:dana*",
        "2999-03-01",
        "config.toml",
    ]);
    let report = bench.run(&only).await.ends(0).json();
    assert_eq!(report["findings"], json!([]));
    let suppressed = &items(&report, "suppressed")[0];
    assert_eq!(suppressed["suppression"]["reason"], "moves in March");
    // Hidden in the table, unless it is asked for.
    let table = bench
        .run(&["findings", "--id", "several-groups"])
        .await
        .ends(0)
        .says(&["0 open, 1 suppressed; --suppressed shows them"]);
    assert_eq!(table.out, "");
    let table = bench
        .run(&["findings", "--id", "several-groups", "--suppressed"])
        .await
        .ends(0);
    assert!(table.out.contains("moves in March"), "{}", table.out);

    let file = bench.path("config/config.toml");
    let ended = std::fs::read_to_string(&file)
        .unwrap()
        .replace("2999", "2020");
    std::fs::write(&file, ended).unwrap();
    let report = bench.run(&only).await.ends(1).json();
    let evidence = items(of_kind(&report, "several-groups"), "evidence");
    assert_eq!(
        evidence.last().unwrap(),
        "its suppression ended on 2020-03-01: moves in March"
    );
    assert_eq!(report["suppressed"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suppression_of_nothing_is_told_and_a_bad_one_is_refused_by_its_place() {
    let bench = demo().await;
    let lines = "[[suppress]]\nfinding = \"drift\"\nsubject = \"*\"\nreason = \"r\"\nuntil = \"2999-01-01\"\n";
    bench.write("config/config.toml", lines);
    let ran = bench
        .run(&JSON)
        .await
        .ends(1)
        .says(&["about nothing that was found: drift of *"]);
    assert_eq!(items(&ran.json(), "unused_suppressions").len(), 1);
    bench.write("config/config.toml", &lines.replace("reason", "because"));
    bench
        .run(&JSON)
        .await
        .ends(2)
        .says(&["config.toml", "line 4", "because"]);
    std::fs::remove_file(bench.path("config/config.toml")).unwrap();
    let suppress = ["findings", "suppress", "drift", "*", "--reason"];
    let with = |more: &[&'static str]| [&suppress[..], more].concat();
    bench
        .run(&with(&["r", "--until", "2020-01-01"]))
        .await
        .ends(2)
        .says(&["2020-01-01 is over"]);
    bench
        .run(&with(&[" ", "--until", "2999-01-01"]))
        .await
        .ends(2)
        .says(&["reason is empty"]);
    bench
        .run(&with(&["r", "--until", "2999-01-01", "--dry-run"]))
        .await
        .ends(0);
    assert!(!bench.path("config/config.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_costs_its_part_alone() {
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["cognito-idp:ListUsers", "sagemaker:ListApps"], "Resource": "*"},
    ]});
    let bench = demo().await.used_by("restricted", &denied.to_string());
    let ran = bench
        .run(&JSON)
        .await
        .ends(1)
        .says(&["not looked at: users and groups", "cognito-idp:ListUsers"]);
    let report = ran.json();
    let actions: Vec<&Value> = items(&report, "not_looked_at")
        .iter()
        .map(|unseen| &unseen["action"])
        .collect();
    assert_eq!(actions, ["cognito-idp:ListUsers", "sagemaker:ListApps"]);
    for unseen in items(&report, "not_looked_at") {
        assert!(unseen["next_step"].is_string(), "{unseen:#}");
    }
    // What does not depend on them is there all the same.
    for id in ["over-granted", "self-sign-up", "side-door-group"] {
        of_kind(&report, id);
    }
    // Nobody says that a profile is nobody's where the users are not known.
    let ids = told(&report, "findings");
    for id in [
        "profile-without-user",
        "groupless",
        "last-admin",
        "running-apps",
    ] {
        assert!(ids.iter().all(|(kind, _)| kind != id), "{id}");
    }
    // Nothing open of this kind, but not everything was looked at.
    bench
        .run(&["findings", "--id", "several-groups"])
        .await
        .ends(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_profiles_cannot_be_read_nobody_is_said_to_have_none() {
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sagemaker:ListUserProfiles", "Resource": "*"},
    ]});
    let bench = demo().await;
    of_kind(
        &bench.run(&JSON).await.ends(1).json(),
        "user-without-profile",
    );
    let bench = bench.used_by("restricted", &denied.to_string());
    let report = bench
        .run(&JSON)
        .await
        .ends(1)
        .says(&["not looked at: Studio profiles"])
        .json();
    let ids = told(&report, "findings");
    assert!(ids.iter().all(|(kind, _)| kind != "user-without-profile"));
    // The apps were read, and are judged all the same.
    of_kind(&report, "running-apps");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reading_policy_is_enough_for_every_finding() {
    let bench = demo().await;
    let policy = bench.run(&["iam-policy", "--read-only"]).await.ends(0).out;
    let all = told(&bench.run(&JSON).await.ends(1).json(), "findings");
    let bench = bench.used_by("reader", &policy);
    let report = bench.run(&JSON).await.ends(1).json();
    assert_eq!(report["not_looked_at"], json!([]));
    assert_eq!(told(&report, "findings"), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_says_the_same() {
    let bench = demo().await;
    bench
        .run(&[
            "findings",
            "suppress",
            "self-sign-up",
            "*",
            "--reason",
            "wanted",
            "--until",
            "2999-01-01",
        ])
        .await
        .ends(0);
    let report = bench.run(&JSON).await.ends(1).json();
    let open = items(&report, "findings").len();
    let sarif = bench.run(&["findings", "-o", "sarif"]).await.ends(1).json();
    let results = items(&sarif["runs"][0], "results");
    assert_eq!(results.len(), open + 1);
    let last = results.last().unwrap();
    assert_eq!(last["ruleId"], "self-sign-up");
    assert_eq!(last["suppressions"][0]["justification"], "wanted");
    let place = &last["locations"][0]["logicalLocations"][0];
    assert_eq!(place["fullyQualifiedName"], format!("pool:{POOL_ID}"));
    let rules = items(&sarif["runs"][0]["tool"]["driver"], "rules");
    for rule in rules {
        assert_ne!(rule["help"]["text"], rule["id"], "{rule:#}");
    }
    let junit = bench.run(&["findings", "-o", "junit"]).await.ends(1).out;
    assert_eq!(junit.matches("<failure").count(), open);
    assert_eq!(junit.matches("<skipped").count(), 1);
    let csv = bench.run(&["findings", "-o", "csv"]).await.ends(1).out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.records().count(), open);
    let md = bench
        .run(&["findings", "-o", "md", "--suppressed"])
        .await
        .ends(1)
        .out;
    assert_eq!(md.lines().count(), open + 3);
    for command in ["verify", "users list"] {
        let mut words: Vec<&str> = command.split(' ').collect();
        words.extend(["-o", "sarif"]);
        bench
            .run(&words)
            .await
            .ends(2)
            .says(&["sarif is for findings only"]);
    }
}
