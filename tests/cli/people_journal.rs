//! What people's commands leave behind: the journal as a user meets it, and no password anywhere.

use std::fs;

use super::*;

const READER: &str = "mlflow-reader@example.com";

impl Bench {
    async fn entries(&self) -> Vec<Value> {
        let listed = self.run(&["journal", "list", "-o", "json"]).await.ends(0);
        items(&listed.json(), "entries").clone()
    }

    /// The newest plan's id.
    async fn newest(&self) -> String {
        let entries = self.entries().await;
        entries.last().unwrap()["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_undone_once_and_not_gone_on_with() {
    let bench = Bench::start().await;
    bench
        .run(&["users", "disable", READER, "--yes"])
        .await
        .ends(0);
    let again = bench
        .run(&["users", "disable", READER, "--yes", "-o", "json"])
        .await
        .ends(0);
    assert_eq!(items(&again.json(), "results")[0]["result"], "so already");
    assert_eq!(bench.entries().await.len(), 1);

    let id = bench.newest().await;
    let shown = bench
        .run(&["journal", "show", &id, "-o", "json"])
        .await
        .ends(0);
    let shown = shown.json();
    assert_eq!(
        items(&shown, "steps")[0]["call"]["call"],
        "cognito-idp:AdminDisableUser"
    );
    bench
        .run(&["journal", "resume", &id, "--yes"])
        .await
        .ends(0)
        .says(&["every step is made already"]);
    bench
        .run(&["journal", "dismiss", &id])
        .await
        .ends(0)
        .says(&["nothing to forget, it is done"]);
    bench
        .run(&["journal", "undo", &id])
        .await
        .ends(2)
        .says(&["--yes"]);
    bench.run(&["journal", "undo", &id, "--yes"]).await.ends(0);
    let user = bench
        .run(&["users", "show", READER, "-o", "json"])
        .await
        .ends(0);
    assert_eq!(user.json()["user"]["enabled"], true);
    for command in ["undo", "resume"] {
        bench
            .run(&["journal", command, &id, "--yes"])
            .await
            .ends(2)
            .says(&["taken back", "journal show"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_failed_is_forgotten_once() {
    let bench = Bench::start().await;
    // The pool has no such attribute, which only Cognito can say.
    let set = [
        "users",
        "set",
        READER,
        "--attribute",
        "custom:shoe=44",
        "--yes",
    ];
    bench
        .run(&set)
        .await
        .ends(4)
        .says(&["custom:shoe", "journal resume"]);
    let id = bench.newest().await;
    bench
        .run(&["journal", "resume", &id, "--yes"])
        .await
        .ends(4);
    bench
        .run(&["journal", "undo", &id, "--yes"])
        .await
        .ends(0)
        .says(&["there is nothing to do"]);
    bench
        .run(&["journal", "dismiss", &id])
        .await
        .ends(0)
        .says(&["what is left is forgotten"]);
    assert_eq!(bench.entries().await[0]["standing"], "dismissed");
    bench
        .run(&["journal", "dismiss", &id])
        .await
        .ends(0)
        .says(&["it is dismissed"]);
    bench
        .run(&["journal", "resume", &id, "--yes"])
        .await
        .ends(2)
        .says(&["forgotten", "journal show"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn offboarding_of_everything_ends_and_a_restore_of_nothing_says_so() {
    let bench = Bench::start().await;
    let file = bench.path("pool.json").display().to_string();
    bench.run(&["users", "backup", &file]).await.ends(0);
    bench
        .run(&["users", "backup", &file])
        .await
        .ends(2)
        .says(&["pool.json", "not there yet"]);
    bench
        .run(&["users", "restore", &file, "--yes"])
        .await
        .ends(0)
        .says(&["there is nothing to do"]);
    let results = bench.path("left.csv").display().to_string();
    let offboard = [
        "offboard",
        READER,
        "nobody@example.com",
        "--yes",
        "--results",
        &results,
    ];
    bench.run(&offboard).await.ends(4);
    let written = fs::read_to_string(&results).unwrap();
    assert!(
        written.contains("mlflow-reader@example.com,done"),
        "{written}"
    );
    assert!(written.contains("nobody@example.com,refused"), "{written}");
    let again = bench
        .run(&["offboard", READER, "--yes", "-o", "json"])
        .await
        .ends(0);
    assert_eq!(items(&again.json(), "results")[0]["result"], "so already");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_as_csv_is_onboarded_again_without_a_change() {
    let bench = Bench::start().await;
    let listed = bench.run(&["users", "list", "-o", "csv"]).await.ends(0);
    assert_eq!(
        listed.out,
        bench.run(&["users", "export"]).await.ends(0).out
    );
    let readers = bench
        .run(&["users", "list", "--group", "readers", "-o", "csv"])
        .await
        .ends(0);
    assert_eq!(readers.out.lines().count(), 2, "{}", readers.out);
    let file = bench.write("people.csv", &listed.out);
    let ran = bench
        .run(&[
            "onboard",
            "--file",
            &file,
            "--no-proof",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(0);
    let json = ran.json();
    assert_eq!(items(&json, "results").len(), 3);
    assert!(
        items(&json, "results")
            .iter()
            .all(|row| row["result"] == "so already")
    );
    assert!(bench.entries().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_in_any_file() {
    const GIVEN: &str = "Str0ng!enough-to-stay";
    let bench = Bench::start().await;
    let log = bench.path("log").display().to_string();
    let logged = ["--log-file", log.as_str(), "-vv", "--yes", "-o", "json"];
    let results = bench.path("results.csv").display().to_string();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    let mut passwords = vec![GIVEN.to_owned()];
    for arguments in [
        &[
            "users",
            "create",
            "given@example.com",
            "--password-stdin",
            "--permanent",
        ][..],
        &["users", "create", "shown@example.com", "--welcome", "shown"],
        &["users", "set-password", READER, "--generate"],
        &[
            "onboard",
            "eve@example.com",
            "-g",
            "admins",
            "--welcome",
            "shown",
            "--results",
            &results,
        ],
    ] {
        let ran = bench
            .run_with_input(&[arguments, &logged].concat(), GIVEN)
            .await
            .ends(0);
        assert!(!ran.err.contains(GIVEN));
        // What proves the permissions prints another object after the results.
        let first = serde_json::Deserializer::from_str(&ran.out)
            .into_iter::<Value>()
            .next();
        let shown = first.unwrap().unwrap();
        let shown = items(&shown, "results")[0]["password"]
            .as_str()
            .map(str::to_owned);
        passwords.extend(shown);
        texts.push(fs::read(&log).unwrap());
    }
    assert_eq!(passwords.len(), 4, "each was told once");
    texts.push(fs::read(&results).unwrap());
    for file in fs::read_dir(bench.path("state")).unwrap() {
        let file = file.unwrap().path();
        if file.is_file() {
            texts.push(fs::read(file).unwrap());
        }
    }
    for text in &texts {
        let text = String::from_utf8_lossy(text);
        for password in &passwords {
            assert!(!text.contains(password.as_str()), "{text}");
        }
    }
}
