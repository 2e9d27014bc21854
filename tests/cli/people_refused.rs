//! Changes of people that are refused: with the reason and the next step, and nothing called.

use std::fs;

use rstest::rstest;

use super::*;

const READER: &str = "mlflow-reader@example.com";

impl Bench {
    /// Whether nothing was ever planned, so that nothing can have been called.
    fn planned_nothing(&self) -> bool {
        !self.path("state/journal.jsonl").exists()
    }
}

#[rstest]
#[case::address(&["users", "create", "bad"], &["bad", "has an @"])]
#[case::domain(&["users", "create", "a@x"], &["a@x", "no domain"])]
#[case::onboarded_address(&["onboard", "bad"], &["bad", "has an @"])]
#[case::near_group(&["groups", "add", "reader", READER], &["no group reader", "did you mean readers?"])]
#[case::group(&["groups", "add", "pilots", READER], &["no group pilots", "groups list"])]
#[case::shown_group(&["groups", "show", "reader"], &["did you mean readers?"])]
#[case::listed_group(&["users", "list", "--group", "reader"], &["did you mean readers?"])]
#[case::user(&["groups", "add", "readers", "nobody@example.com"], &["nobody@example.com", "users list"])]
#[case::shown_user(&["users", "show", "nobody@example.com"], &["nobody@example.com", "users list"])]
#[case::deleted_user(&["users", "delete", "nobody@example.com"], &["nobody@example.com", "users list"])]
#[case::leaver(&["offboard", "nobody@example.com"], &["nobody@example.com", "Studio profile"])]
#[case::group_name(&["groups", "create", "two words"], &["two words", "without blanks"])]
#[case::group_there(&["groups", "create", "readers"], &["of this name", "groups update"])]
#[case::precedence(&["groups", "create", "pilots", "--precedence", "-1"], &["precedence", "-1", "from 0 on"])]
#[case::role(&["groups", "update", "readers", "--role", "nonsense"], &["role", "nonsense", "arn:aws:iam"])]
#[case::phone(&["users", "set", READER, "--attribute", "phone_number=1"], &["phone_number=1", "a + and digits"])]
#[case::sub(&["users", "set", READER, "--attribute", "sub=1"], &["sub=1", "Cognito alone"])]
#[case::email(&["users", "set", READER, "--attribute", "email=nowhere"], &["email=nowhere", "has an @"])]
#[case::without_email(&["users", "set", READER, "--remove", "email"], &["email", "sign in", "--remove"])]
#[case::attributes(&["onboard", "eve@example.com", "--attribute", "email_verified=perhaps"], &["email_verified=perhaps", "true or false"])]
#[case::profile(&["onboard", "eve@example.com", "-g", "readers", "--studio-profile", "x y"], &["x y", "A-Z"])]
#[case::factors(&["users", "mfa", READER], &["--software-token"])]
#[case::no_such_file(&["onboard", "--file", "missing.csv"], &["missing.csv", "columns email"])]
#[case::no_such_backup(&["users", "restore", "missing.json"], &["missing.json", "users backup"])]
#[case::no_such_plan(&["journal", "undo", "abc"], &["abc", "journal list"])]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_before_any_call(
    #[case] arguments: &[&str],
    #[case] says: &[&str],
) {
    let bench = Bench::start().await;
    let mut arguments = arguments.to_vec();
    arguments.push("--yes");
    let ran = bench.run(&arguments).await.ends(2).says(says).says(&["→"]);
    assert_eq!(ran.out, "");
    assert!(bench.planned_nothing());
}

/// Every command that changes something, on people and groups that are there.
#[rstest]
#[case(&["users", "create", "eve@example.com"])]
#[case(&["users", "set-password", READER, "--generate"])]
#[case(&["users", "reset-password", READER])]
#[case(&["users", "disable", READER])]
#[case(&["users", "sign-out", READER])]
#[case(&["users", "delete", READER])]
#[case(&["users", "set", READER, "--attribute", "name=Ada"])]
#[case(&["users", "mfa", READER, "--sms", "off"])]
#[case(&["groups", "create", "pilots"])]
#[case(&["groups", "update", "readers", "--precedence", "7"])]
#[case(&["groups", "delete", "readers"])]
#[case(&["groups", "add", "admins", READER])]
#[case(&["groups", "remove", "readers", READER])]
#[case(&["onboard", "eve@example.com", "--group", "readers", "--studio-profile"])]
#[case(&["offboard", READER, "--everything"])]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_changed_unasked_read_only_or_in_a_preview(#[case] arguments: &[&str]) {
    let bench = Bench::start().await;
    let before = bench.run(&["users", "export"]).await.ends(0).out;
    let with = |more: &[&'static str]| [arguments, more].concat();
    bench
        .run(arguments)
        .await
        .ends(2)
        .says(&["no terminal", "--yes", "--dry-run"]);
    let read_only = bench.run(&with(&["--yes", "--read-only"])).await.ends(2);
    assert!(read_only.err.contains("read-only"), "{}", read_only.err);
    bench.run(&with(&["--dry-run"])).await.ends(0);
    let preview = bench.run(&with(&["--dry-run", "-o", "json"])).await.ends(0);
    let preview = preview.json();
    assert!(!items(&preview, "calls").is_empty());
    for list in [
        "changes", "notes", "losses", "guards", "complete", "refused",
    ] {
        items(&preview, list);
    }
    assert!(bench.planned_nothing());
    assert_eq!(bench.run(&["users", "export"]).await.ends(0).out, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_as_json_says_everything_in_one_object() {
    let bench = Bench::start().await;
    let file = bench.write(
        "people.csv",
        "email,groups\neve@example.com,readers;model-approvers\nbob@example.com,reader\nbad,readers\n",
    );
    let ran = bench
        .run(&["onboard", "--file", &file, "--dry-run", "-o", "json"])
        .await
        .ends(4);
    assert_eq!(ran.err, "");
    let preview = ran.json();
    assert_eq!(items(&preview, "calls").len(), 3);
    let change = &items(&preview, "changes")[0];
    assert_eq!(change["who"], "eve@example.com");
    assert_eq!(change["after"], "readers");
    assert_eq!(change["is_new"], true);
    let lines: Vec<_> = items(&preview, "refused")
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [3, 4]);
    assert!(preview["notes"].to_string().contains("good for 7 days"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_for_somebody_new_must_suit_the_pool() {
    let bench = Bench::start().await;
    let create = [
        "users",
        "create",
        "eve@example.com",
        "--password-stdin",
        "--yes",
    ];
    let ran = bench
        .run_with_input(&create, "weakling")
        .await
        .ends(2)
        .says(&["an upper-case letter", "a digit", "a symbol"]);
    assert!(!ran.err.contains("weakling") && !ran.err.contains("8 characters"));
    assert!(bench.planned_nothing());
    bench
        .run(&["users", "show", "eve@example.com"])
        .await
        .ends(2);

    let there = ["users", "create", READER, "--password-stdin", "--yes"];
    bench
        .run_with_input(&there, "Str0ng!enough")
        .await
        .ends(2)
        .says(&["its password stays", "users set-password"]);
    assert!(bench.planned_nothing());
    let two = [
        "users",
        "create",
        "a@example.com",
        "b@example.com",
        "--password-stdin",
        "--yes",
    ];
    bench
        .run_with_input(&two, "Str0ng!enough")
        .await
        .ends(2)
        .says(&["known to all of them", "--welcome shown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_is_not_said_to_be_as_before() {
    let bench = Bench::start().await;
    let ran = bench
        .run(&["users", "create", "eve@example.com", "--dry-run"])
        .await
        .ends(0)
        .says(&["eve@example.com in MLflow: in no group"]);
    assert!(!ran.err.contains("as before"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_in_two_spellings_is_one_person() {
    let bench = Bench::start().await;
    let ran = bench
        .run(&[
            "users",
            "create",
            "eve@example.com",
            "Eve@Example.com",
            "--welcome",
            "silent",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(0);
    assert_eq!(items(&ran.json(), "results").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_cannot_be_written_stop_everything_before_it_starts() {
    let bench = Bench::start().await;
    let onboard = [
        "onboard",
        "eve@example.com",
        "--welcome",
        "shown",
        "--yes",
        "--results",
        "nowhere/results.csv",
    ];
    bench.run(&onboard).await.ends(2).says(&[
        "nowhere/results.csv",
        "--results",
        "nothing was changed",
    ]);
    assert!(bench.planned_nothing());
    let kept = bench.write("results.csv", "of last week");
    bench
        .run(&["onboard", "eve@example.com", "--results", &kept])
        .await
        .ends(2);
    assert_eq!(fs::read_to_string(kept).unwrap(), "of last week");
}

#[rstest]
#[case("")]
#[case("email,groups\n")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_anybody_is_a_mistake(#[case] text: &str) {
    let bench = Bench::start().await;
    let file = bench.write("people.csv", text);
    for command in ["onboard", "offboard"] {
        bench
            .run(&[command, "--file", &file, "--yes"])
            .await
            .ends(2)
            .says(&["people.csv", "nobody stands in it"]);
    }
}

/// Somebody whose sign-up waits, beside the others.
async fn varied() -> Bench {
    Bench::with(Options {
        demo: true,
        ..Options::default()
    })
    .await
}

/// Whoever is signed in by another identity provider has an address that is no alias.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_from_another_directory_is_found_by_the_address() {
    const PRIYA: &str = "priya.raman@example.com";
    let bench = varied().await;
    let shown = async || {
        let shown = bench.run(&["users", "show", PRIYA, "-o", "json"]).await;
        shown.ends(0).json()["user"].clone()
    };
    assert_eq!(
        shown().await["username"],
        "CorpDirectory_priya.raman@example.com"
    );
    let again = ["users", "create", PRIYA, "-g", "readers", "-o", "json"];
    let again = bench.run(&again).await.ends(0).json();
    assert_eq!(items(&again, "results")[0]["result"], "so already");
    for command in ["reset-password", "resend-invite"] {
        let ran = bench.run(&["users", command, PRIYA, "--yes"]).await.ends(2);
        let why = "EXTERNAL_PROVIDER: ";
        assert!(ran.out.contains(PRIYA) && ran.out.contains(why), "{ran:?}");
    }
    assert!(bench.planned_nothing());
    bench
        .run(&["users", "disable", PRIYA, "--yes"])
        .await
        .ends(0);
    assert_eq!(shown().await["enabled"], false);
}

#[rstest]
#[case::followed("resend-invite", READER, "the invitation was followed")]
#[case::confirmed("confirm", READER, "no sign-up to confirm")]
#[case::signed_up(
    "resend-invite",
    "sam.okafor@example.com",
    "confirm the sign-up instead"
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_users_state_forbids_is_refused_before_any_call(
    #[case] command: &str,
    #[case] who: &str,
    #[case] why: &str,
) {
    let bench = varied().await;
    let ran = bench.run(&["users", command, who, "--yes"]).await.ends(2);
    assert!(ran.out.contains(who) && ran.out.contains(why), "{ran:?}");
    assert!(bench.planned_nothing());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_others_are_changed_and_the_refused_are_told_once() {
    let bench = Bench::start().await;
    bench
        .run(&["users", "create", "eve@example.com", "--yes"])
        .await
        .ends(0);
    let both = ["users", "resend-invite", "eve@example.com", READER, "--yes"];
    let ran = bench.run(&both).await.ends(4);
    let told = format!("{}{}", ran.out, ran.err);
    assert_eq!(told.matches("was followed").count(), 1, "{told}");
    assert!(ran.err.contains("eve@example.com done"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_proved_of_whoever_could_not_be_onboarded() {
    let bench = Bench::start().await;
    let file = bench.write(
        "people.csv",
        "email,groups,custom:shoe\neve@example.com,admins,\nbob@example.com,readers,44\n",
    );
    let ran = bench
        .run(&["onboard", "--file", &file, "--yes", "-o", "json"])
        .await
        .ends(4);
    assert_eq!(items(&ran.json(), "results")[1]["result"], "failed");
    assert!(ran.err.contains("group:admins: "), "{}", ran.err);
    assert!(!ran.err.contains("group:readers: "), "{}", ran.err);
}
