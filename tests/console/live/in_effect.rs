//! The matrix put into effect on the sandbox, with keys alone.

use std::fs;

use mlwarden::{
    access::{Matrix, contract_of},
    app::{
        State,
        effect::Terminal,
        job::{Job, Stage},
        matrix::{Mark, mark},
    },
    domain::{AuthScheme, Principal},
    plan::{Journal, PackageStore},
    probe::in_effect::Ground,
    review::{self, Checked, files},
    sandbox::world,
};

use super::bench::{Bench, Console};

/// The matrix page with everything computed, and what the authorizer goes by known.
fn matrix(console: &mut Console) {
    console.keys("4");
    console.until(|state| !state.data.matrix.cells.is_empty() && state.data.rules.are_read());
    console.until(idle);
}

fn idle(state: &State) -> bool {
    !state.data.jobs.are_active() && state.data.matrix.count(Mark::Unknown) == 0
}

/// The job that was started last, when it is over.
fn over(console: &mut Console) -> Job {
    console.until(|state| !state.data.jobs.are_active());
    console.state.data.jobs.all().last().unwrap().clone()
}

/// How many cells of groups are over-granted.
fn over_granted(console: &Console) -> usize {
    let cells = console.state.data.matrix.cells.iter();
    cells
        .filter(|cell| {
            matches!(cell.principal, Principal::Group(_))
                && cell.scheme == AuthScheme::Bearer
                && mark(cell) == Mark::OverGranted
        })
        .count()
}

/// Publishes what is declared.
fn publish(console: &mut Console) -> Job {
    console.keys("mp");
    console.drawn("Publish the matrix to");
    console.keys("y");
    over(console)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_is_published_proved_and_put_back() {
    let bench = Bench::start(true, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        assert!(
            over_granted(&console) > 0,
            "the sample grants too much: {}",
            console.frame()
        );
        assert_eq!(console.state.data.rules.ground(), Some(Ground::Assumed));
        // Pages and predictions go by one reading of it.
        let downloads = bench.sandbox.world().traffic.lock().count("GetFunction");
        assert_eq!(downloads.calls, 1);
        let job = publish(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:?}");
        let shown = console.drawn("In effect and proved");
        assert!(shown.contains("0 over-granted"), "{shown}");
        console.keys("\n");
        console.until(|state| state.data.rules.ground() == Some(Ground::Package));
        assert_eq!(over_granted(&console), 0, "{}", console.frame());
        // Whoever is in no group is refused and does not crash it: so say the texts.
        console.keys("2");
        console.until(|state| state.data.users.remote().at().is_some());
        let users = console.drawn("403: in no known group");
        assert!(!users.contains("500"), "{users}");
        // And back, by the page.
        console.keys("4mr");
        console.drawn("Put a package back");
        console.keys("version\n");
        console.drawn("Put a package of before back");
        console.keys("y");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:?}");
        let shown = console.drawn("It decides as this package says");
        assert!(!shown.contains("othing got worse"), "{shown}");
        console.keys("\n");
        assert!(over_granted(&console) > 0, "the sample's is back");
        console.until(|state| state.data.rules.ground() != Some(Ground::Package));
    });
    let journal = Journal::open(bench.state_dir()).unwrap();
    let owed = journal.entries().unwrap().into_iter();
    let owed: Vec<_> = owed.filter(|entry| entry.given_back_at.is_none()).collect();
    assert!(owed.is_empty(), "{owed:?}");
    assert!(!PackageStore::of(bench.state_dir()).list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_taken_back_from_the_list_of_jobs() {
    let bench = Bench::start(false, 0).await;
    let before = bench.sandbox.world().lambda.lock().package();
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        assert_eq!(publish(&mut console).stage, Stage::Done);
        assert_ne!(bench.sandbox.world().lambda.lock().package(), before);
        console.keys("\n8u");
        console.drawn("Put a package of before back");
        console.keys("y");
        assert_eq!(over(&mut console).stage, Stage::Done);
    });
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_read_only_nothing_is_put_into_effect() {
    let bench = Bench::start(false, 0).await;
    let before = bench.sandbox.world().lambda.lock().package();
    tokio::task::block_in_place(|| {
        let mut console = bench.console(true);
        matrix(&mut console);
        for action in ["mp", "mr", "ma", "md"] {
            console.keys(action);
            assert!(console.frame().contains("read-only"), "{action}");
            assert!(console.state.layers.is_empty(), "{action}");
        }
        console.keys(":matrix-publish\n");
        assert!(console.state.data.jobs.all().is_empty());
    });
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_fails_is_put_back_and_told() {
    let bench = Bench::start(false, 0).await;
    let before = bench.sandbox.world().lambda.lock().package();
    bench.sandbox.world().lambda.lock().next_fails = true;
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        let job = publish(&mut console);
        assert_eq!(job.stage, Stage::Failed, "{job:?}");
        console.drawn("Rolled back by itself");
    });
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deployed_is_written_down_and_nothing_is_over_granted_then() {
    let bench = Bench::start(false, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        console.keys("md");
        console.drawn("Ask the authorizer what it does?");
        console.keys("y");
        assert_eq!(over(&mut console).stage, Stage::Done);
        console.drawn("Write ");
        console.keys("y");
        let wish = console.wishes.pop_back();
        let Some(Terminal::SaveMatrix(mut file, text)) = wish else {
            panic!("nothing is written: {wish:?}");
        };
        file.write(&text).unwrap();
        assert_eq!(over_granted(&console), 0, "{}", console.frame());
    });
    let text = fs::read_to_string(bench.matrix_file()).unwrap();
    assert!(text.starts_with("# adopted: learned from"), "{text}");
    let catalog = mlwarden::access::Catalog::for_version("2.12.2");
    let adopted = Matrix::parse(&text, "matrix.toml").unwrap();
    assert_ne!(
        contract_of(&adopted, &catalog),
        contract_of(&Matrix::sample(), &catalog)
    );
    let probes = bench.people().await;
    assert!(probes.iter().all(|user| !user.label().contains("probe")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_are_given_what_is_declared_in_one_plan() {
    let bench = Bench::start(false, 0).await;
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        console.keys("ma");
        let shown = console.drawn("iam:PutRolePolicy");
        assert!(shown.contains("Given is what the row"), "{shown}");
        console.keys("py");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:?}");
        console.until(idle);
        console.keys("ma");
        console.drawn("there is nothing to write");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_pack_is_on_the_disk_and_verifies() {
    let bench = Bench::start(true, 0).await;
    let folder = bench.state_dir().join("pack");
    tokio::task::block_in_place(|| {
        let mut console = bench.declared();
        matrix(&mut console);
        console.keys("mv");
        for _ in "review-2026-11-27".chars() {
            console.press(crossterm::event::KeyCode::Backspace);
        }
        console.keys(folder.to_str().unwrap());
        console.ctrl('s');
        console.drawn("Write a review pack to");
        console.keys("y");
        let job = over(&mut console);
        assert_eq!(job.stage, Stage::Done, "{job:?}");
        let shown = console.drawn("Review pack written");
        let pack = fs::read_to_string(folder.join(files::PACK)).unwrap();
        let checked = Checked::of(&review::parse(&pack, "review.json").unwrap());
        assert!(checked.is_intact(), "{}", checked.in_words());
        assert!(shown.contains(&checked.computed), "{shown}");
    });
    for (name, _) in files::FILES {
        assert!(folder.join(name).exists(), "{name}");
    }
    let trusts = bench.trusts();
    assert!(
        trusts.values().all(|trust| !trust.contains(world::ACCOUNT)),
        "{trusts:?}"
    );
}
