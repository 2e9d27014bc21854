//! The whole console without a terminal: keys in, effects run for real on the sandbox.

use std::{
    sync::mpsc::{self, Receiver},
    thread,
};

use aws_credential_types::Credentials;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    access::Matrix,
    app::{
        Connection, Effect, Msg, Screen, State, begin,
        executor::{self, Setup},
        update,
    },
    aws::{Cloud, Target, discovery::Known},
    sandbox::{Options, Sandbox},
};
use tokio::sync::mpsc::UnboundedSender;

/// The console, its queue, and the executor behind it.
struct Console {
    state: State,
    queue: Receiver<Msg>,
    effects: UnboundedSender<Effect>,
}

impl Console {
    async fn start(sandbox: &Sandbox, read_only: bool) -> Self {
        let environment = sandbox.environment();
        let cloud = Cloud::connect_as(
            &Target {
                profile: None,
                region: Some(environment["AWS_REGION"].clone()),
                endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
            },
            Credentials::new(
                &environment["AWS_ACCESS_KEY_ID"],
                &environment["AWS_SECRET_ACCESS_KEY"],
                None,
                None,
                "test",
            ),
        )
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (messages, queue) = mpsc::channel();
        let (effects, wanted) = tokio::sync::mpsc::unbounded_channel();
        let setup = Setup {
            connect: Box::new(move || {
                Box::pin(async move {
                    Ok(Connection {
                        cloud,
                        known: Known::default(),
                        keep: None,
                    })
                })
            }),
            read_only,
            matrix: Matrix::sample(),
            state_dir: folder.path().to_owned(),
        };
        // On a thread and a runtime of its own, as in the program.
        thread::spawn(move || {
            let _folder = folder;
            tokio::runtime::Runtime::new()
                .unwrap()
                .block_on(executor::run(setup, wanted, messages));
        });
        let console = Self {
            state: State::new(
                "demo".into(),
                read_only,
                Matrix::sample(),
                Screen::Overview,
                None,
            ),
            queue,
            effects,
        };
        for effect in begin() {
            console.effects.send(effect).unwrap();
        }
        console
    }

    fn take(&mut self, msg: Msg) {
        for effect in update(&mut self.state, msg) {
            self.effects.send(effect).unwrap();
        }
    }

    fn keys(&mut self, text: &str) {
        for character in text.chars() {
            let code = if character == '\n' {
                KeyCode::Enter
            } else {
                KeyCode::Char(character)
            };
            self.take(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
    }

    /// Takes messages in until the state is as wanted.
    fn until(&mut self, wanted: impl Fn(&State) -> bool) {
        while !wanted(&self.state) {
            let msg = self.queue.recv().unwrap();
            self.take(msg);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_proves_the_matrix_from_the_first_key_to_the_last() {
    let sandbox = Sandbox::start(Options {
        demo: true,
        ..Options::default()
    })
    .await
    .unwrap();
    let mut console = Console::start(&sandbox, false).await;
    tokio::task::block_in_place(|| {
        console.until(|state| !state.findings.is_empty());
        console.keys("2");
        console.until(|state| state.users.at().is_some() && state.groups.at().is_some());
        assert_eq!(console.state.users.shown().unwrap().len(), 9);
        let about: Vec<&str> = console
            .state
            .people_findings
            .iter()
            .map(|finding| finding.id.as_str())
            .collect();
        for id in [
            "several-groups",
            "groupless",
            "unconfirmed",
            "expired-invitation",
        ] {
            assert!(about.contains(&id), "{id} in {about:?}");
        }
        console.keys("4Vt\n");
        console.until(|state| state.matrix.summary.is_some());
        let summary = console.state.matrix.summary.unwrap();
        assert_eq!(summary.inconclusive, 0, "{:?}", console.state.notes);
        assert!(summary.over_granted > 0);
        console.keys("q");
        assert!(console.state.may_end());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_users_come_in_by_pages_while_keys_are_taken() {
    let sandbox = Sandbox::start(Options {
        users: 1_000,
        ..Options::default()
    })
    .await
    .unwrap();
    let mut console = Console::start(&sandbox, true).await;
    tokio::task::block_in_place(|| {
        console.keys("2");
        console.until(|state| state.users.shown().is_some_and(|users| !users.is_empty()));
        console.keys("jjj");
        let at = console.state.users_cursor.id.clone();
        console.until(|state| state.users.at().is_some());
        assert_eq!(console.state.users.shown().unwrap().len(), 1_003);
        assert_eq!(
            console.state.users_cursor.id, at,
            "the cursor stayed with its row"
        );
    });
}
