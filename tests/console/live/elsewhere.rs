//! Going from one deployment to another, and a session that runs out on the way.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mlwarden::{
    access::Matrix,
    app::{Atlas, Choice, Label, Place, Places, Screen, table::Listing},
    domain::{ErrorClass, Failure},
    plan::Step,
};

use super::bench::{Bench, Console, administrator, cloud, connection};

/// The contexts of the test.
struct Contexts(BTreeMap<String, Place>);

impl Atlas for Contexts {
    fn place(&self, choice: &Choice) -> Result<Place, Failure> {
        let name = choice.context.clone().unwrap_or_default();
        let place = self.0.get(&name).cloned();
        place.ok_or_else(|| Failure::invalid("switching", format!("there is no context {name}")))
    }

    fn places(&self) -> Places {
        Places {
            contexts: self.0.keys().cloned().collect(),
            profiles: Vec::new(),
        }
    }
}

/// Makes somebody who is in this sandbox alone.
async fn only(bench: &Bench, name: &str) {
    let user = || name.to_owned();
    let attributes = [("email".to_owned(), user())].into_iter().collect();
    bench
        .change(vec![
            Step::CreateUser {
                user: user(),
                attributes,
                invite: false,
            },
            Step::AddToGroup {
                user: user(),
                group: "readers".to_owned(),
            },
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_first_deployment_is_seen_in_the_second() {
    let (first, second) = (
        Bench::start(true, 2_000).await,
        Bench::start(false, 0).await,
    );
    only(&first, "alpha-only@example.com").await;
    only(&second, "beta-only@example.com").await;
    let places = ["alpha", "beta"].map(str::to_owned);
    let atlas = Contexts(BTreeMap::from([
        (places[0].clone(), first.place("alpha", false)),
        (places[1].clone(), second.place("beta", true)),
    ]));
    tokio::task::block_in_place(|| {
        let mut console = Console::start(first.place("alpha", false), Arc::new(atlas));
        console.keys("2");
        // In the middle of the first one's list, with a filter that names somebody.
        console.until(|state| state.data.users.shown() > 100);
        console.keys("/alpha-only\n:can user:alpha-only@example.com\n:ctx beta\n");
        assert_eq!(console.state.data.users.total(), 0);
        console.keys("2");
        console.until(|state| state.data.users.remote().at().is_some());
        console.drawn("beta-only@example.com");
        assert_eq!(console.state.data.users.total(), 4);
        console.until(|state| !state.data.matrix.cells.is_empty());
        for page in Screen::ALL {
            console.keys(&format!(":{}\n", page.name()));
            let frame = console.frame();
            assert!(!frame.contains("alpha"), "{page:?}: {frame}");
        }
        console.keys(":");
        for _ in 0..30 {
            console.press(crossterm::event::KeyCode::Up);
            let frame = console.frame();
            assert!(!frame.contains("alpha-only"), "{frame}");
        }
        console.keys("\u{1b}2x");
        assert!(
            console.frame().contains("read-only"),
            "the second one's rules hold"
        );
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_gone_to_is_told_and_leaves_no_way_to_write() {
    let first = Bench::start(false, 0).await;
    let atlas = Contexts(BTreeMap::new());
    tokio::task::block_in_place(|| {
        let mut console = Console::start(first.place("alpha", false), Arc::new(atlas));
        console.keys("2");
        console.until(|state| state.data.users.remote().at().is_some());
        console.keys(":ctx nowhere\n1");
        let frame = console.drawn("there is no context nowhere");
        assert!(!frame.contains("us-west-2_"), "{frame}");
        console.keys("2x");
        assert!(console.state.layers.is_empty());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_waited_for_and_what_failed_is_read_again() {
    let bench = Bench::start(true, 0).await;
    // A role that the administrator may take, so that its session can run out.
    let role = bench
        .trusts()
        .into_keys()
        .find(|name| name.contains("mlflowreaderrole"))
        .unwrap();
    {
        let mut iam = bench.sandbox.world().iam.lock();
        iam.put_role_policy(
            &role,
            "everything",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        );
        iam.set_trust(
            &role,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#,
        );
    }
    let arn = format!(
        "arn:aws:iam::{}:role/{role}",
        mlwarden::sandbox::world::ACCOUNT
    );
    let signed_in = Arc::new(AtomicBool::new(true));
    let mut place = bench.place("here", false);
    place.connect = {
        let (sandbox, signed_in) = (Arc::clone(&bench.sandbox), Arc::clone(&signed_in));
        Arc::new(move || {
            let (sandbox, signed_in) = (Arc::clone(&sandbox), Arc::clone(&signed_in));
            let arn = arn.clone();
            Box::pin(async move {
                if !signed_in.load(Ordering::SeqCst) {
                    let said = "the SSO session ran out";
                    return Err(Failure::new(ErrorClass::Expired, "connecting", said));
                }
                let own = cloud(&sandbox, administrator()).await?;
                let session = own.sts.assume(&arn, "console").await?;
                Ok(connection(cloud(&sandbox, session).await?))
            })
        })
    };
    place.label = Label {
        context: "here".to_owned(),
        ..Label::default()
    };
    place.matrix = Matrix::sample();
    tokio::task::block_in_place(|| {
        let mut console = Console::start(place, Arc::new(Contexts(BTreeMap::new())));
        console.keys("2");
        console.until(|state| state.data.users.remote().at().is_some());
        let count = console.state.data.users.total();
        signed_in.store(false, Ordering::SeqCst);
        bench.sandbox.world().iam.lock().expire_sessions();
        console.keys("r");
        let frame = console.drawn("tried again by itself");
        assert!(frame.contains("not signed in"), "{frame}");
        console.until(|state| {
            let data = &state.data;
            data.users.remote().error().is_some() && data.groups.remote().error().is_some()
        });
        assert_eq!(
            console.state.data.users.total(),
            count,
            "what was there stays"
        );
        signed_in.store(true, Ordering::SeqCst);
        console.until(|state| state.data.expired.is_none());
        console.until(|state| {
            let data = &state.data;
            data.users.remote().error().is_none()
                && !data.users.remote().is_loading()
                && data.groups.remote().error().is_none()
                && !data.groups.remote().is_loading()
        });
        let frame = console.frame();
        assert!(!frame.contains("not signed in"), "{frame}");
    });
}
