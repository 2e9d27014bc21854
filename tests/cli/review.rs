//! `review`: the pack, its files, the decisions, and what follows from them.

use std::{fs, path::PathBuf};

use serde_json::json;

use super::*;

const ADMIN: &str = "mlflow-admin@example.com";
const READER: &str = "mlflow-reader@example.com";
const APPROVER: &str = "mlflow-model-approver@example.com";

async fn demo() -> Bench {
    Bench::with(Options {
        demo: true,
        ..Options::default()
    })
    .await
}

impl Bench {
    /// Makes a pack without sending anything, and gives its folder.
    async fn review(&self, name: &str) -> PathBuf {
        self.run(&["review", "--predicted-only", "--out", name])
            .await
            .ends(0);
        self.path(name)
    }

    /// The groups and whether the user may sign in.
    async fn standing(&self, user: &str) -> (Value, bool) {
        let shown = self.run(&["users", "show", user, "-o", "json"]).await;
        let shown = shown.ends(0).json();
        let enabled = shown["user"]["enabled"].as_bool().unwrap();
        (shown["user"]["groups"].clone(), enabled)
    }

    /// Changes one text of a file.
    fn change(&self, file: &str, from: &str, to: &str) {
        let file = self.path(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from} is not in {}", file.display());
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
    }
}

/// A pack without what differs from run to run.
fn timeless(mut pack: Value) -> Value {
    fn strip(value: &mut Value) {
        const BY_CHANCE: [&str; 8] = [
            "started_at",
            "finished_at",
            "at",
            "latency_ms",
            "request_id",
            "elapsed_ms",
            "changed_at",
            "requests",
        ];
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !BY_CHANCE.contains(&name.as_str()));
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    pack.as_object_mut().unwrap().remove("digest");
    strip(&mut pack);
    pack
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_proved_live_written_whole_and_found_intact() {
    let bench = demo().await;
    let ran = bench.run(&["review", "--out", "pack"]).await.ends(0);
    let ran = ran.says(&["sha256", "keep it apart"]);
    assert!(ran.out.contains("decisions.csv"), "{}", ran.out);
    let pack: Value =
        serde_json::from_str(&fs::read_to_string(bench.path("pack/review.json")).unwrap()).unwrap();
    assert_eq!(keys(&pack)[0], "schema");
    assert_eq!(pack["run"]["live"], true);
    assert_eq!(pack["context"]["mlflow_version"], "2.12.2");
    assert!(
        pack["run"]["by"].as_str().unwrap().starts_with("arn:aws:"),
        "{}",
        pack["run"]
    );
    // Everybody has a row, and the trap is marked.
    assert_eq!(items(&pack, "people").len(), bench.users().await + 1);
    let marked = |mark: &str| {
        let people = items(&pack, "people").iter();
        let has = |one: &&Value| one["marks"].as_array().unwrap().iter().any(|is| is == mark);
        people.filter(has).count()
    };
    assert!(marked("several-groups") > 0 && marked("administrator") > 0);
    // Each request has its evidence, and a set of groups that somebody has is tested as such.
    let level = |name: &str| {
        let levels = items(&pack, "access").iter();
        let mut levels = levels.filter(|level| level["principal"] == name);
        levels.next().unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let readers = level("group:readers");
    let route = &readers["permissions"][0]["routes"][0];
    for field in [
        "status",
        "request_id",
        "at",
        "latency_ms",
        "layer",
        "reason",
    ] {
        assert!(!route[field].is_null(), "{field}: {route}");
    }
    level("group:model-approvers readers");
    let role = items(&pack, "access").iter().find(|level| {
        level["scheme"] == "sigv4" && level["principal"].as_str().unwrap().starts_with("role:")
    });
    assert_eq!(role.unwrap()["permissions"][0]["observed"]["allow"], 0);
    assert!(!items(&pack, "side_doors").is_empty());
    bench.run(&["review", "verify", "pack"]).await.ends(0);
    // Nobody that was made for it is left.
    assert_eq!(items(&pack, "people").len(), bench.users().await + 1);
    #[cfg(unix)]
    for name in ["review.json", "review.html", "people.csv", "decisions.csv"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(bench.path("pack").join(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
    bench
        .run(&["review", "--out", "pack"])
        .await
        .ends(2)
        .says(&["holds files already"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_findings_come_of_one_look_at_everybody() {
    const LISTS: [&str; 7] = [
        "ListUsers",
        "ListUsersInGroup",
        "ListGroups",
        "ListUserProfiles",
        "DescribeUserProfile",
        "ListSpaces",
        "ListApps",
    ];
    let bench = demo().await;
    let counted = || LISTS.map(|operation| (operation, bench.calls(operation)));
    bench.run(&["findings"]).await.ends(1);
    let once = counted();
    assert!(once.iter().all(|(_, calls)| *calls > 0), "{once:?}");
    bench.review("pack").await;
    // The review took as many calls as the findings alone.
    assert_eq!(
        counted(),
        once.map(|(operation, calls)| (operation, 2 * calls))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_at_is_in_the_pack_and_accuses_nobody() {
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sagemaker:ListUserProfiles", "Resource": "*"},
    ]});
    let bench = demo().await.used_by("restricted", &denied.to_string());
    let pack = bench
        .run(&["review", "--predicted-only", "-o", "json"])
        .await
        .ends(4)
        .says(&[
            "not looked at: Studio profiles",
            "sagemaker:ListUserProfiles",
        ])
        .json();
    let limits = items(&pack, "limits").iter().filter_map(Value::as_str);
    let about = |limit: &&str| limit.contains("sagemaker:ListUserProfiles");
    assert_eq!(limits.filter(about).count(), 1);
    assert!(
        items(&pack, "people")
            .iter()
            .all(|one| one["notes"] == json!([]))
    );
    let ids = items(&pack, "findings")
        .iter()
        .map(|finding| &finding["id"]);
    assert!(ids.clone().count() > 0 && ids.clone().all(|id| id != "user-without-profile"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_packs_of_one_place_differ_in_times_and_ids_only() {
    let bench = demo().await;
    let one = bench.run(&["review", "-o", "json"]).await.ends(0).json();
    let two = bench.run(&["review", "-o", "json"]).await.ends(0).json();
    assert_ne!(one["digest"]["all"], two["digest"]["all"]);
    assert_eq!(timeless(one), timeless(two));
    assert!(!bench.path("review.json").exists());
    let table = bench
        .run(&[
            "review",
            "--predicted-only",
            "-o",
            "csv",
            "--as",
            "group:readers",
        ])
        .await
        .ends(0);
    assert!(table.out.starts_with("person,email"), "{}", table.out);
    bench
        .run(&["review", "-o", "json", "--out", "x"])
        .await
        .ends(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_altered_is_found() {
    let bench = demo().await;
    bench.review("pack").await;
    let digest = |bench: &Bench| {
        let text = fs::read_to_string(bench.path("pack/review.json")).unwrap();
        let pack: Value = serde_json::from_str(&text).unwrap();
        pack["digest"]["all"].as_str().unwrap().to_owned()
    };
    let kept = digest(&bench);
    bench
        .run(&["review", "--predicted-only", "verify", "pack"])
        .await
        .ends(2)
        .says(&["`mlwarden review` alone"]);
    bench
        .run(&["review", "verify", "pack", "--digest", &kept])
        .await
        .ends(0);
    let zeros = "0".repeat(64);
    let other = bench
        .run(&["review", "verify", "pack/review.html", "--digest", &zeros])
        .await
        .ends(1);
    assert!(other.out.contains("altered"), "{}", other.out);
    for (file, from, to, says) in [
        ("review.json", READER, "eve@example.com", "people"),
        // The data of the page, and what it shows.
        ("review.html", "\"by\":\"arn:aws", "\"by\":\"arn:awz", "run"),
        ("review.html", "✗ over-granted", "✓ ok", "what it shows"),
        ("review.md", READER, "eve@example.com", "what it shows"),
        ("people.csv", "administrator", "nobody", "what it shows"),
        ("matrix.csv", "allow", "deny", "what it shows"),
    ] {
        bench.run(&["review", "verify", "pack"]).await.ends(0);
        let path = bench.path("pack").join(file);
        let whole = fs::read_to_string(&path).unwrap();
        bench.change(&format!("pack/{file}"), from, to);
        let name = format!("pack/{file}");
        let found = bench
            .run(&["review", "-o", "json", "verify", &name])
            .await
            .ends(1)
            .json();
        let seen = &items(&found, "files")[0];
        assert_eq!(seen["result"], "altered", "{seen}");
        assert!(seen["why"].as_str().unwrap().contains(says), "{seen}");
        fs::write(&path, whole).unwrap();
    }
    // An altered pack is not decided on either.
    bench.change("pack/review.json", READER, "eve@example.com");
    bench
        .run(&["review", "decide", "pack", "--keep", ADMIN, "--by", "grace"])
        .await
        .ends(2)
        .says(&["altered: people"]);
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story from pack to undo")]
async fn decisions_become_a_plan_that_is_recorded_and_can_be_taken_back() {
    let bench = demo().await;
    bench.review("pack").await;
    let decide = async |arguments: &[&str]| {
        let mut command = vec!["review", "decide", "pack", "--by", "grace"];
        command.extend(arguments);
        bench.run(&command).await
    };
    decide(&["--remove", READER])
        .await
        .ends(2)
        .says(&["a reason to remove is missing"]);
    decide(&["--keep", ADMIN])
        .await
        .ends(0)
        .says(&["1 decided"]);
    decide(&["--remove", READER, "--reason", "left the team"])
        .await
        .ends(0);
    let change = format!("{APPROVER}=model-approvers");
    decide(&["--change", &change, "--reason", "=moved"])
        .await
        .ends(0)
        .says(&["3 decided"]);
    decide(&["--change", &format!("{APPROVER}=admins"), "--reason", "x"])
        .await
        .ends(2)
        .says(&["not in the group admins"]);
    bench
        .run(&["review", "apply", "pack", "--complete", "--yes"])
        .await
        .ends(1)
        .says(&["not decided", "nothing was changed"]);
    bench
        .run(&["review", "apply", "pack"])
        .await
        .ends(2)
        .says(&["--yes"]);
    let ran = bench
        .run(&["review", "apply", "pack", "--yes"])
        .await
        .ends(0)
        .says(&[
            "keeps the Studio profile mlflow-reader",
            "review close",
            "loses",
        ]);
    assert_eq!(bench.standing(READER).await, (serde_json::json!([]), false));
    assert_eq!(bench.standing(APPROVER).await.0, serde_json::json!([]));
    let plan = ran.err.split("--plan ").nth(1).unwrap();
    let plan = plan.split(' ').next().unwrap();
    bench
        .run(&[
            "review",
            "close",
            "pack",
            "--plan",
            plan,
            "--by",
            "mlflow-admin",
            "--out",
            "final.html",
        ])
        .await
        .ends(0);
    let page = fs::read_to_string(bench.path("final.html")).unwrap();
    for word in [
        "left the team",
        "cognito-idp:AdminDisableUser",
        "Not decided",
    ] {
        assert!(page.contains(word), "{word}");
    }
    bench.run(&["review", "verify", "final.html"]).await.ends(0);
    let closed = bench
        .run(&["review", "verify", "final.html", "-o", "json"])
        .await;
    let first = bench
        .run(&["review", "verify", "pack/review.json", "-o", "json"])
        .await;
    assert_eq!(
        closed.json()["files"][0]["first"],
        first.json()["files"][0]["sha256"]
    );
    bench.run(&["journal", "undo", plan, "--yes"]).await.ends(0);
    assert_eq!(
        bench.standing(READER).await,
        (serde_json::json!(["readers"]), true)
    );
    // The whole is refused once it is closed, and a file that is there is left alone.
    bench
        .run(&[
            "review",
            "close",
            "final.html",
            "pack/decisions.csv",
            "--out",
            "x.html",
            "--by",
            "g",
        ])
        .await
        .ends(2);
    bench
        .run(&[
            "review",
            "close",
            "pack",
            "--out",
            "final.html",
            "--by",
            "g",
        ])
        .await
        .ends(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_guarded_and_another_packs_sheet_is_refused() {
    let bench = Bench::start().await;
    bench.review("one").await;
    bench.review("two").await;
    bench
        .run(&[
            "review", "decide", "one", "--remove", ADMIN, "--reason", "left", "--by", "grace",
        ])
        .await
        .ends(0);
    bench
        .run(&["review", "apply", "one", "--yes"])
        .await
        .ends(2)
        .says(&["Nobody who can sign in is left in admins"]);
    assert!(bench.standing(ADMIN).await.1);
    bench
        .run(&["review", "apply", "two", "one/decisions.csv", "--yes"])
        .await
        .ends(2)
        .says(&["belong to the review"]);
    let preview = bench
        .run(&["review", "apply", "one", "--dry-run", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(items(&preview, "guards")[0]["guard"], "last_administrator");
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_predicts_and_says_so() {
    let bench = Bench::start().await;
    let pack = bench
        .run(&["review", "--read-only", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(pack["run"]["live"], false);
    let page = bench
        .run(&["review", "--read-only", "-o", "md"])
        .await
        .ends(0);
    assert!(page.out.contains("predicted only"), "{}", page.out);
    assert!(!bench.home.path().join("state/journal.jsonl").exists());
}
