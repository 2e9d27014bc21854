//! Publishing from end to end: the drop-in's package put into effect on the sandbox, proved by
//! the authorizer's own answers and by live requests, and put back whatever happens.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]
#![expect(
    clippy::large_futures,
    clippy::similar_names,
    reason = "a test holds a whole publication, and looks at one after another"
)]

mod beside;
mod faults;
mod late;
mod refused;
mod relay;
#[path = "../support/sandboxed.rs"]
mod sandboxed;
mod told;
mod undone;

use std::{collections::BTreeMap, path::Path};

use jiff::SignedDuration;
use mlwarden::{
    access::{Catalog, Effect, Matrix, contract_of},
    aws::{Cloud, Target, WriteAccess, lambda::LastUpdate},
    domain::{ErrorClass, Failure, Found, Origin},
    plan::{Borrowed, Journal, Standing, package::sha256},
    probe::{
        Publisher, Verdict,
        publish::{Deployed, Look, Publication, Published},
    },
    sandbox::{Options, Sandbox, lambda::State, world},
};
use relay::{Fate, Relay};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A sandbox behind a relay, and a state folder.
struct Bench {
    sandbox: Sandbox,
    relay: Relay,
    state: TempDir,
}

/// What there is before anything is changed.
struct Ready {
    deployed: Deployed,
    before: Look,
    publication: Publication,
}

fn quiet(_: &str) {}

impl Bench {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        sandbox.world().lambda.lock().takes = SignedDuration::ZERO;
        let relay = Relay::start(&sandbox).await;
        Self {
            sandbox,
            relay,
            state: tempfile::tempdir().unwrap(),
        }
    }

    /// A publisher as a process has it, whose calls all go through the relay.
    async fn publisher(&self) -> Publisher {
        publisher(&self.sandbox, &self.relay.url, self.state.path()).await
    }

    async fn ready(&self, publisher: &Publisher) -> Ready {
        ready(publisher).await.unwrap()
    }

    /// Prepares and publishes at once.
    async fn publish(&self) -> (Ready, Result<Published, Failure>) {
        let publisher = self.publisher().await;
        let ready = self.ready(&publisher).await;
        let published = run(&publisher, &ready).await;
        (ready, published)
    }

    /// The hash of the package that was handed over last.
    fn deployed(&self) -> String {
        sha256(&self.sandbox.world().lambda.lock().package())
    }

    /// Somebody else deploys.
    fn deploy(&self, package: &'static [u8]) -> String {
        deploy(&self.sandbox, package)
    }

    /// How many users the pool has.
    async fn users(&self) -> usize {
        let publisher = self.publisher().await;
        let cognito = &publisher.verifier.cloud.cognito;
        let page = cognito.users_page(world::POOL_ID, None, None).await;
        page.unwrap().items.len()
    }

    /// What stands in the journal as not given back.
    fn owed(&self) -> Vec<Borrowed> {
        let journal = Journal::open(self.state.path()).unwrap();
        let entries = journal.entries().unwrap().into_iter();
        entries
            .filter(|entry| entry.given_back_at.is_none())
            .map(|entry| entry.borrowed)
            .collect()
    }

    /// The plans that are neither done nor over.
    fn open_plans(&self) -> Vec<String> {
        let journal = Journal::open(self.state.path()).unwrap();
        let plans = journal.plans().unwrap().into_iter();
        plans
            .filter(|record| matches!(record.standing(), Standing::Running | Standing::Unfinished))
            .map(|record| record.plan.title)
            .collect()
    }
}

async fn publisher(sandbox: &Sandbox, url: &str, state: &Path) -> Publisher {
    let mut verifier = sandboxed::verifier(sandbox, state).await;
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some(url.to_owned()),
        ..Target::default()
    };
    let credentials = aws_credential_types::Credentials::new(
        world::ACCESS_KEY_ID,
        world::SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    );
    verifier.cloud = Cloud::connect_as(&target, credentials).await.unwrap();
    let api = Found::new(format!("{url}/prod/"), Origin::Derived("a test".to_owned()));
    verifier.deployment.api_url = Some(api);
    let version = Found::new("2.12.2".to_owned(), Origin::Derived("a test".to_owned()));
    verifier.deployment.mlflow_version = Some(version);
    Publisher::new(verifier)
}

async fn ready(publisher: &Publisher) -> Result<Ready, Failure> {
    let deployed = publisher.deployed(false, false).await?;
    let groups = publisher.groups().await?;
    let cancel = CancellationToken::new();
    let before = publisher.look(&groups, &cancel, &quiet).await?;
    let publication = publisher.publication(&deployed, &before.catalog)?;
    Ok(Ready {
        deployed,
        before,
        publication,
    })
}

async fn run(publisher: &Publisher, ready: &Ready) -> Result<Published, Failure> {
    let cancel = CancellationToken::new();
    publisher
        .publish(&ready.publication, &ready.before, &cancel, &quiet)
        .await
}

fn deploy(sandbox: &Sandbox, package: &'static [u8]) -> String {
    let world = sandbox.world();
    let mut lambda = world.lambda.lock();
    assert!(lambda.deploy(package, world.clock.now()));
    sha256(package)
}

/// An empty zip archive.
const EMPTY: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// What a look says of every group and route.
fn decisions(look: &Look) -> BTreeMap<String, Option<Effect>> {
    let cells = look.report.cells.iter();
    cells
        .map(|cell| {
            let name = format!("{} {} {}", cell.principal, cell.method, cell.path);
            (name, cell.observed_effect())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_in_effect_for_every_group_and_route_and_the_old_one_comes_back() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let (ready, published) = bench.publish().await;
    let Published::Proved { after } = published.unwrap() else {
        panic!("it was rolled back");
    };
    let contract = contract_of(&Matrix::sample(), &after.catalog);
    for cell in &after.report.cells {
        assert_eq!(cell.verdict, Verdict::Ok, "{cell:?}");
        let groups = cell.principal.groups().unwrap();
        let ruled = contract.decide(&groups, cell.method, &cell.path).effect;
        assert_eq!(cell.observed_effect(), Some(ruled), "{cell:?}");
    }
    assert!(after.report.cells.len() > 150);
    assert_eq!(bench.deployed(), ready.publication.after);
    assert_eq!((bench.owed(), bench.users().await), (vec![], 3));

    // A second time there is nothing to do.
    let publisher = bench.publisher().await;
    let again = bench.ready(&publisher).await;
    assert!(again.publication.is_there());
    assert_eq!(again.publication.contract, Some(contract.clone()));

    let history = publisher.history(&State::arn()).await.unwrap();
    let [new, first] = history.as_slice() else {
        panic!("{history:?}");
    };
    assert!(new.deployed && new.kept && new.versions.is_empty());
    assert_eq!(
        (&first.sha256, &first.versions),
        (&old, &vec!["1".to_owned()])
    );
    // Also where this machine has no copy any more.
    std::fs::remove_dir_all(bench.state.path().join("packages")).unwrap();
    let past = publisher.meant(&history, "1").unwrap();
    let deployed = publisher.deployed(false, true).await.unwrap();
    let restoration = publisher.restoration(&deployed, past).await.unwrap();
    let cancel = CancellationToken::new();
    let back = publisher
        .publish(&restoration, &again.before, &cancel, &quiet)
        .await;
    let Published::Proved { after: back } = back.unwrap() else {
        panic!("the restoration was rolled back");
    };
    assert_eq!(bench.deployed(), old);
    assert_eq!(back.answers, ready.before.answers);
    assert_eq!(decisions(&back), decisions(&ready.before));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_that_is_open_now_and_was_not_rolls_everything_back() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let world = std::sync::Arc::clone(bench.sandbox.world());
    let before = old.clone();
    bench.relay.decide(move |name, _| {
        let new = sha256(&world.lambda.lock().package()) != before;
        let is_it = name == "POST /prod/ajax-api/2.0/mlflow/runs/create";
        if new && is_it { Fate::Open } else { Fate::Pass }
    });
    let published = run(&publisher, &ready).await.unwrap();
    let Published::RolledBack {
        worse,
        failure,
        back,
    } = published
    else {
        panic!("it was published");
    };
    assert_eq!((failure, back), (None, Ok(())));
    let who: Vec<&str> = worse.iter().map(|worse| worse.who.as_str()).collect();
    assert!(
        who.contains(&"group:readers") && !who.contains(&"group:admins"),
        "{worse:?}"
    );
    assert!(
        worse
            .iter()
            .all(|worse| worse.path.ends_with("/runs/create"))
    );
    assert_eq!(bench.deployed(), old);
    bench.relay.decide(|_, _| Fate::Pass);
    let cancel = CancellationToken::new();
    let groups = &ready.before.groups;
    let now = publisher.look(groups, &cancel, &quiet).await.unwrap();
    assert_eq!(now.answers, ready.before.answers);
    assert_eq!(decisions(&now), decisions(&ready.before));
    drop(publisher);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_lambda_fails_on_is_put_back() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    bench.sandbox.world().lambda.lock().next_fails = true;
    let published = run(&publisher, &ready).await.unwrap();
    let Published::RolledBack {
        worse,
        failure: Some(failure),
        back: Ok(()),
    } = published
    else {
        panic!("{published:?}");
    };
    assert_eq!(worse, []);
    assert!(failure.message.contains("internal error"), "{failure}");
    let now = publisher
        .verifier
        .cloud
        .lambda
        .configuration(&State::arn())
        .await;
    let now = now.unwrap();
    assert_eq!(
        (now.code_sha256, now.last_update),
        (old, LastUpdate::Successful)
    );
    drop(publisher);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_who_publishes_meanwhile_is_not_undone() {
    // Before the update.
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let theirs = bench.deploy(EMPTY);
    let failure = run(&publisher, &ready).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Conflict, "{failure}");
    assert_eq!(bench.deployed(), theirs);
    drop(publisher);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));

    // Between the look at the revision and the update.
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let world = std::sync::Arc::clone(bench.sandbox.world());
    bench.relay.decide(move |name, _| {
        if name.starts_with("PUT ") && name.ends_with("/code") {
            let now = world.clock.now();
            world.lambda.lock().deploy(EMPTY, now);
        }
        Fate::Pass
    });
    let failure = run(&publisher, &ready).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Conflict, "{failure}");
    assert_eq!(bench.deployed(), theirs);

    // After the update, before it is proved.
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let world = std::sync::Arc::clone(bench.sandbox.world());
    let new = ready.publication.after.clone();
    bench.relay.decide(move |name, _| {
        let mut lambda = world.lambda.lock();
        if name == "AdminCreateUser" && sha256(&lambda.package()) == new {
            let now = world.clock.now();
            lambda.deploy(EMPTY, now);
        }
        Fate::Pass
    });
    let Published::RolledBack { back, worse, .. } = run(&publisher, &ready).await.unwrap() else {
        panic!("it counts as proved");
    };
    assert!(!worse.is_empty());
    assert_eq!(back.unwrap_err().class, ErrorClass::Conflict);
    assert_eq!(bench.deployed(), theirs);
    drop(publisher);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_it_in_the_middle_puts_everything_back() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let new = ready.publication.after.clone();
    let world = std::sync::Arc::clone(bench.sandbox.world());
    bench.relay.decide(move |name, _| {
        if name == "AdminCreateUser" && sha256(&world.lambda.lock().package()) == new {
            stop.cancel();
        }
        Fate::Pass
    });
    let published = publisher.publish(&ready.publication, &ready.before, &cancel, &quiet);
    let Published::RolledBack {
        failure: Some(failure),
        back: Ok(()),
        ..
    } = published.await.unwrap()
    else {
        panic!("it went on");
    };
    assert_eq!(failure.class, ErrorClass::Cancelled);
    assert_eq!(bench.deployed(), old);
    drop(publisher);
    assert_eq!((bench.owed(), bench.users().await), (vec![], 3));
}
