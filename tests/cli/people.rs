//! `users`, `groups`, `onboard`, `offboard`, `journal`: changes, as scripts meet them.

use std::fs;

use super::*;

/// The users of the sandbox by e-mail address, with their groups.
async fn groups_of(bench: &Bench) -> BTreeMap<String, Vec<String>> {
    let listed = bench.run(&["users", "list", "-o", "json"]).await.ends(0);
    let listed = listed.json();
    let users = items(&listed, "users").iter().map(|user| {
        let groups = user["groups"].as_array().unwrap().iter();
        let groups = groups.map(|group| group.as_str().unwrap().to_owned());
        (user["email"].as_str().unwrap().to_owned(), groups.collect())
    });
    users.collect()
}

/// What came of each subject.
fn results(ran: &Ran) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let json = ran.json();
    let rows = items(&json, "results").iter();
    rows.map(|row| (text(&row["subject"]), text(&row["result"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_without_a_yes() {
    let bench = Bench::start().await;
    let disable = ["users", "disable", "mlflow-reader@example.com"];
    bench
        .run(&disable)
        .await
        .ends(2)
        .says(&["no terminal", "--yes"]);
    let mut preview = disable.to_vec();
    preview.extend(["--dry-run", "-o", "json"]);
    let preview = bench.run(&preview).await.ends(0).json();
    assert_eq!(
        items(&preview, "calls")[0]["call"],
        "cognito-idp:AdminDisableUser"
    );
    let mut refused = disable.to_vec();
    refused.extend(["--yes", "--read-only"]);
    bench.run(&refused).await.ends(2).says(&["read-only"]);
    let shown = bench
        .run(&["users", "show", "mlflow-reader@example.com", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(shown["user"]["enabled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_changed_and_deleted() {
    let bench = Bench::start().await;
    let made = bench
        .run(&[
            "users",
            "create",
            "eve@example.com",
            "--group",
            "readers",
            "--attribute",
            "name=Eve",
            "--welcome",
            "shown",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(0);
    let password = made.json()["results"][0]["password"]
        .as_str()
        .unwrap()
        .to_owned();
    for steps in [
        &["users", "set", "eve@example.com", "--attribute", "name=Eva"][..],
        &["users", "disable", "eve@example.com"],
        &["users", "enable", "eve@example.com"],
        &["users", "sign-out", "eve@example.com"],
        &["users", "resend-invite", "eve@example.com"],
        &["groups", "add", "model-approvers", "eve@example.com"],
        &["groups", "remove", "readers", "eve@example.com"],
    ] {
        let mut command = steps.to_vec();
        command.push("--yes");
        bench.run(&command).await.ends(0);
    }
    assert_eq!(
        groups_of(&bench).await["eve@example.com"],
        ["model-approvers"]
    );
    let shown = bench
        .run(&["users", "show", "eve@example.com", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(shown["user"]["attributes"]["name"], "Eva");
    assert_eq!(shown["user"]["acts_as"], "model-approvers");
    bench
        .run(&["users", "delete", "eve@example.com", "--yes"])
        .await
        .ends(0);
    assert!(!groups_of(&bench).await.contains_key("eve@example.com"));
    bench
        .run(&["users", "disable", "eve@example.com", "--yes"])
        .await
        .ends(2)
        .says(&["eve@example.com", "users list"]);
    // The password was told once; no file of ours has it.
    let journal = fs::read_to_string(bench.home.path().join("state/journal.jsonl")).unwrap();
    assert!(!journal.contains(&password));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_does_not_suit_the_pool_is_refused_before_any_call() {
    let bench = Bench::start().await;
    let ran = bench
        .run_with_input(
            &[
                "users",
                "set-password",
                "mlflow-reader@example.com",
                "--permanent",
                "--password-stdin",
                "--yes",
            ],
            "short",
        )
        .await
        .ends(2)
        .says(&["8 characters", "an upper-case letter", "a symbol"]);
    assert!(!ran.err.contains("short"), "{}", ran.err);
    assert!(!bench.home.path().join("state/journal.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trap_and_the_last_administrator_are_told_where_they_happen() {
    let bench = Bench::start().await;
    bench
        .run(&[
            "groups",
            "add",
            "model-approvers",
            "mlflow-reader@example.com",
            "--dry-run",
        ])
        .await
        .ends(0)
        .says(&["readers alone, although in model-approvers, readers"]);
    let preview = bench
        .run(&[
            "groups",
            "remove",
            "admins",
            "mlflow-admin@example.com",
            "--dry-run",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(items(&preview, "guards")[0]["guard"], "last_administrator");
    assert_eq!(items(&preview, "changes")[0]["after"], Value::Null);
    let remove = [
        "groups",
        "remove",
        "admins",
        "mlflow-admin@example.com",
        "--yes",
    ];
    bench.run(&remove).await.ends(2).says(&[
        "Nobody who can sign in is left in admins",
        "--confirm 'empty admins'",
    ]);
    assert_eq!(
        groups_of(&bench).await["mlflow-admin@example.com"],
        ["admins"]
    );
    let mut typed = remove.to_vec();
    typed.extend(["--confirm", "empty admins"]);
    bench.run(&typed).await.ends(0);
    assert_eq!(groups_of(&bench).await["mlflow-admin@example.com"], [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_and_deleted_and_comes_back() {
    let bench = Bench::start().await;
    bench
        .run(&[
            "groups",
            "create",
            "interns",
            "--description",
            "For a summer",
            "--yes",
        ])
        .await
        .ends(0);
    bench
        .run(&["groups", "update", "interns", "--precedence", "7", "--yes"])
        .await
        .ends(0);
    bench
        .run(&[
            "groups",
            "add",
            "interns",
            "mlflow-reader@example.com",
            "--yes",
        ])
        .await
        .ends(0);
    let shown = bench
        .run(&["groups", "show", "interns", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(shown["group"]["description"], "For a summer");
    assert_eq!(shown["group"]["precedence"], 7);
    bench
        .run(&["groups", "delete", "interns", "--yes"])
        .await
        .ends(0)
        .says(&["members: mlflow-reader@example.com"]);
    bench.run(&["groups", "show", "interns"]).await.ends(2);
    let journal = bench
        .run(&["journal", "list", "-o", "json"])
        .await
        .ends(0)
        .json();
    let entries = items(&journal, "entries");
    let deleted = entries.last().unwrap();
    assert_eq!(deleted["title"], "delete the group interns");
    let id = deleted["id"].as_str().unwrap();
    bench.run(&["journal", "undo", id, "--yes"]).await.ends(0);
    let groups = &groups_of(&bench).await["mlflow-reader@example.com"];
    assert_eq!(*groups, ["interns", "readers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_from_a_file_line_by_line_and_only_once() {
    let bench = Bench::start().await;
    let file = bench.home.path().join("people.csv");
    fs::write(
        &file,
        "\u{feff}email,groups,profile,name\r\n\
         eve@example.com,readers,yes,\"Eve\nAda\"\r\n\
         bob@example.com,reader,,Bob\r\n\
         no-address,readers,,\r\n\
         mlflow-reader@example.com,readers,,\r\n",
    )
    .unwrap();
    let outcome = bench.home.path().join("results.csv");
    let (file, outcome) = (file.display().to_string(), outcome.display().to_string());
    let onboard = [
        "onboard",
        "--file",
        &file,
        "--welcome",
        "silent",
        "--no-proof",
        "--yes",
        "--results",
        &outcome,
        "-o",
        "json",
    ];
    let ran = bench.run(&onboard).await.ends(4);
    let came = results(&ran);
    assert_eq!(came["eve@example.com"], "done");
    assert_eq!(came["mlflow-reader@example.com"], "so already");
    assert_eq!(came["line 4: bob@example.com"], "refused");
    assert_eq!(came.len(), 4, "{came:?}");
    assert!(ran.out.contains("did you mean readers?"), "{}", ran.out);
    let written = fs::read_to_string(&outcome).unwrap();
    assert_eq!(written.lines().count(), 5, "{written}");
    assert_eq!(groups_of(&bench).await["eve@example.com"], ["readers"]);

    let plans = |journal: Value| items(&journal, "entries").len();
    let before = plans(bench.run(&["journal", "list", "-o", "json"]).await.json());
    let again = bench.run(&onboard).await.ends(4);
    assert_eq!(results(&again)["eve@example.com"], "so already");
    let after = plans(bench.run(&["journal", "list", "-o", "json"]).await.json());
    assert_eq!(before, after, "nothing was planned");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_comes_is_proved_and_somebody_who_goes_has_nothing_left() {
    let bench = Bench::start().await;
    bench
        .run(&[
            "onboard",
            "eve@example.com",
            "--group",
            "admins",
            "--studio-profile",
            "--yes",
        ])
        .await
        .ends(0)
        .says(&["group:admins", "0 over-granted, 0 under-granted"]);
    let shown = bench
        .run(&["users", "show", "eve@example.com", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(shown["user"]["profile"], "eve");
    let role = shown["user"]["execution_role"].as_str().unwrap();
    assert!(role.contains("sagemakermlflowadminrole"), "{role}");
    bench
        .run(&["offboard", "eve@example.com", "--everything", "--yes"])
        .await
        .ends(0)
        .says(&["an ID token that is out already works until"]);
    assert!(!groups_of(&bench).await.contains_key("eve@example.com"));
    bench
        .run(&["offboard", "eve@example.com", "--yes"])
        .await
        .ends(2)
        .says(&["nobody is called eve@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_onboarded_again_without_a_change() {
    let bench = Bench::start().await;
    let create = [
        "users",
        "create",
        "eve@example.com",
        "-g",
        "readers",
        "--attribute",
        "name==1+2",
        "--welcome",
        "silent",
        "--yes",
    ];
    bench.run(&create).await.ends(0);
    let file = bench.path("people.csv").display().to_string();
    bench.run(&["users", "export", &file]).await.ends(0);
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("\"=1+2\""), "no formula: {text}");
    let again = [
        "onboard",
        "--file",
        &file,
        "--no-proof",
        "--yes",
        "-o",
        "json",
    ];
    let ran = bench.run(&again).await.ends(0);
    assert!(
        results(&ran).values().all(|result| result == "so already"),
        "{}",
        ran.out
    );
    bench
        .run(&["users", "export", &file])
        .await
        .ends(2)
        .says(&["not there yet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_makes_the_same_people_elsewhere() {
    let (from, to) = (Bench::start().await, Bench::start().await);
    from.run(&[
        "users",
        "create",
        "eve@example.com",
        "-g",
        "readers",
        "--welcome",
        "silent",
        "--yes",
    ])
    .await
    .ends(0);
    let file = from.home.path().join("pool.json").display().to_string();
    from.run(&["users", "backup", &file])
        .await
        .ends(0)
        .says(&["Passwords cannot be carried"]);
    let restore = ["users", "restore", &file, "--welcome", "silent", "--yes"];
    to.run(&restore).await.ends(0);
    assert_eq!(groups_of(&to).await, groups_of(&from).await);
    to.run(&restore).await.ends(0);
}
