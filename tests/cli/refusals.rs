//! What cannot be done: the exit code, what is wrong, and the next step.

use super::*;
use rstest::rstest;

#[rstest]
#[case::group(&["verify", "--as", "group:nobody"], "group:nobody")]
#[case::user(&["verify", "--as", "user:nobody@example.com", "--predicted-only"], "user:nobody@example.com")]
#[case::role(&["verify", "--as", "role:nobody"], "nobody")]
#[case::profile(&["verify", "--as", "profile:nobody"], "profile:nobody")]
#[case::can(&["can", "group:nobody"], "group:nobody")]
#[case::kind(&["verify", "--as", "team:readers"], "team:readers")]
#[case::permission(&["can", "group:readers", "nothing:read"], "nothing:read")]
#[case::route(&["who-can", "GET /nowhere"], "GET /nowhere")]
#[case::context(&["--context", "nowhere", "discover"], "nowhere")]
#[case::command(&["prove"], "prove")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_and_does_not_exist_is_wrong_usage(
    #[case] arguments: &[&str],
    #[case] named: &str,
) {
    let bench = Bench::start().await;
    let ran = bench.run(arguments).await.ends(2).says(&[named]);
    assert_eq!(ran.out, "");
    let journal = bench.run(&["journal", "list", "-o", "json"]).await.ends(0);
    assert!(items(&journal.json(), "entries").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_config_is_named_by_file_line_and_field() {
    let bench = Bench::start().await;
    bench.write(
        "config/config.toml",
        "current_context = \"prod\"\n\n[contexts.prod]\nregon = \"us-west-2\"\n",
    );
    bench
        .run(&["discover"])
        .await
        .ends(2)
        .says(&["config.toml", "line 4", "regon", "→"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_matrix_is_named_by_file_line_and_field() {
    let bench = Bench::start().await;
    let file = bench.write(
        "broken.toml",
        "[[row]]\nname = \"reader\"\ngroup = \"readers\"\nallow = [\"runs:fly\"]\n",
    );
    for command in [&["matrix", "check"][..], &["verify"]] {
        let arguments: Vec<_> = command.iter().copied().chain(["--matrix", &file]).collect();
        bench
            .run(&arguments)
            .await
            .ends(2)
            .says(&["broken.toml", "line 4", "allow", "runs:fly"]);
    }
    bench
        .run(&["matrix", "check", "--matrix", "missing.toml"])
        .await
        .ends(2)
        .says(&["missing.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answering_is_exit_code_3() {
    let mut bench = Bench::start().await;
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    bench.set("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{port}"));
    bench.set("AWS_MAX_ATTEMPTS", "1");
    bench.run(&["discover"]).await.ends(3).says(&["→"]);
    bench.run(&["users", "list"]).await.ends(3).says(&["→"]);
}
