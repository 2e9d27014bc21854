//! The whole console without a terminal: keys in, effects run for real on the sandbox.

mod bench;
mod day;
mod elsewhere;
mod in_effect;
mod mlflow;
mod stories;

use mlwarden::sandbox::Options;

use self::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_proves_the_matrix_from_the_first_key_to_the_last() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| !state.data.verify_findings.is_empty());
        console.keys("2");
        console.until(|state| !state.data.people_findings.is_empty());
        assert_eq!(console.state.data.users.rows().len(), 9);
        let findings = &console.state.data.people_findings;
        let about: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        for id in [
            "several-groups",
            "groupless",
            "unconfirmed",
            "expired-invitation",
        ] {
            assert!(about.contains(&id), "{id} in {about:?}");
        }
        console.keys("4Vt\n");
        console.until(|state| state.data.matrix.summary.is_some());
        let summary = console.state.data.matrix.summary.unwrap();
        assert_eq!(summary.inconclusive, 0, "{:?}", console.state.data.notes);
        assert!(summary.over_granted > 0);
        console.keys("q");
        assert!(console.state.may_end());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_users_come_in_by_pages_while_keys_are_taken() {
    use mlwarden::app::table::Listing as _;

    let bench = Bench::start(false, 1_000).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(true);
        console.keys("2");
        console.until(|state| state.data.users.shown() > 3);
        console.keys("jjj");
        let here = |state: &mlwarden::app::State| {
            let users = &state.data.users;
            users.id(users.cursor().unwrap()).unwrap().to_owned()
        };
        let at = here(&console.state);
        console.until(|state| state.data.users.remote().at().is_some());
        assert_eq!(console.state.data.users.shown(), 1_003);
        assert_eq!(here(&console.state), at, "the cursor stayed with its row");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verify_that_is_stopped_half_way_gives_back_what_it_borrowed() {
    let bench = Bench::start(true, 0).await;
    let before = bench.trusts();
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.keys("4");
        console.until(|state| !state.data.matrix.cells.is_empty());
        console.keys("Vt\n");
        console.until(|state| {
            let live = state.data.matrix.live.as_ref();
            live.is_some_and(|live| live.done > 5)
        });
        assert_ne!(bench.trusts(), before, "something is borrowed");
        console.keys("q");
        console.drawn("Stop and leave?");
        assert!(!console.state.may_end());
        console.keys("y");
        console.until(mlwarden::app::State::may_end);
    });
    assert_eq!(bench.trusts(), before);
    assert_eq!(bench.probes().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_and_failing_cloud_is_told_and_asked_again_by_hand() {
    let options = Options {
        faults: Some("error=1,seed=3".parse().unwrap()),
        ..Options::default()
    };
    let bench = Bench::of(options).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.console(false);
        console.until(|state| state.data.is_found() && state.data.log.unread_errors() == 0);
        let drawn = console.drawn("What is missing");
        assert!(drawn.contains("not found"), "{drawn}");
        console.keys("r");
        assert!(console.state.data.moves(), "it looks again");
    });
}
