//! A session that was recorded shows the same when it is replayed, and nobody can be told from
//! the file.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

use std::{collections::BTreeSet, fs, path::Path, process::Command, sync::Arc};

use aws_credential_types::Credentials;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    access::Matrix,
    app::{
        Atlas, Choice, ColorChoice, Connection, Headless, Label, Msg, Place, Places, Screen, Start,
        State,
        dialog::{Field, Form},
        keymap::Key,
        layer::{Layer, Purpose},
        record::{Player, Recording, Tape},
    },
    aws::{Cloud, Target, discovery::Known},
    config::MatrixFile,
    domain::{ErrorClass, Failure},
    sandbox::{Options, Sandbox},
    story::Shelf,
    ui::{
        ThemeSource,
        export::{Format, render},
    },
};
use ratatui::buffer::Buffer;

const GROUND: ([u8; 3], [u8; 3]) = ([0; 3], [255; 3]);
/// Wide enough that nothing is cut, whatever it is called.
const SIZE: (u16, u16) = (240, 50);

struct Nowhere;

impl Atlas for Nowhere {
    fn place(&self, _: &Choice) -> Result<Place, Failure> {
        Err(Failure::invalid("leaving", "there is nothing else"))
    }

    fn places(&self) -> Places {
        Places::default()
    }
}

/// The console on a sandbox, recorded.
fn start(sandbox: &Sandbox, state_dir: &Path, file: &Path, screen: Screen) -> Start {
    let environment = sandbox.environment();
    let state_dir = state_dir.to_owned();
    Start {
        place: Place {
            label: Label {
                context: "acme-production".to_owned(),
                profile: Some("acme-ops".to_owned()),
                ..Label::default()
            },
            matrix: Matrix::sample(),
            matrix_file: MatrixFile::default(),
            state_dir,
            stories: Shelf::default(),
            connect: Arc::new(move || {
                let environment = environment.clone();
                Box::pin(async move {
                    let target = Target {
                        region: Some(environment["AWS_REGION"].clone()),
                        endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
                        ..Target::default()
                    };
                    let credentials = Credentials::new(
                        &environment["AWS_ACCESS_KEY_ID"],
                        &environment["AWS_SECRET_ACCESS_KEY"],
                        None,
                        None,
                        "test",
                    );
                    Ok(Connection {
                        cloud: Cloud::connect_as(&target, credentials).await?,
                        known: Known::default(),
                        keep: None,
                    })
                })
            }),
        },
        atlas: Arc::new(Nowhere),
        screen: Some(screen),
        principal: None,
        color: ColorChoice::Auto,
        config_dir: None,
        theme: Some("dark".to_owned()),
        mouse: false,
        kept: None,
        record: Some(file.to_owned()),
    }
}

fn press(console: &mut Headless, keys: &str) {
    for name in keys.split(' ').filter(|name| !name.is_empty()) {
        match name.strip_prefix('=') {
            // A text that is typed.
            Some(text) => {
                for letter in text.chars().map(|c| if c == '_' { ' ' } else { c }) {
                    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
                    console.press(key).unwrap();
                }
            }
            None => console.press(name.parse::<Key>().unwrap().event()).unwrap(),
        }
    }
}

fn text(screen: &Buffer) -> String {
    render(Format::Text, screen, GROUND, "")
}

/// What identifies somebody or something, as one state has it.
fn names(state: &State) -> Vec<String> {
    let data = &state.data;
    let users = data
        .users
        .remote()
        .shown()
        .into_iter()
        .flat_map(|rows| rows.iter());
    let mut names: Vec<String> = users
        .flat_map(|user| {
            [
                user.username.clone(),
                user.email.clone().unwrap_or_default(),
            ]
            .into_iter()
            .chain(user.attributes.values().map(ToOwned::to_owned))
        })
        .collect();
    let found = &data.deployment;
    // Somebody who is deleted stands there alone.
    let jobs = data.jobs.all().iter();
    names.extend(jobs.filter_map(|job| Some(job.title.split(' ').next_back()?.to_owned())));
    let roles = data.execution_roles().iter();
    names.extend(roles.flat_map(|role| role.profiles.clone()));
    for item in [
        &found.user_pool_id,
        &found.client_id,
        &found.rest_api_id,
        &found.authorizer_id,
        &found.domain_id,
        &found.account,
        &found.deploy_bucket,
    ] {
        names.push(
            item.as_ref()
                .map(|found| found.value.clone())
                .unwrap_or_default(),
        );
    }
    let caller = found.caller_arn.as_ref().map(|found| found.value.clone());
    names.extend(caller.map(|arn| arn.rsplit('/').next().unwrap().to_owned()));
    names.push(data.label.context.clone());
    names.extend(data.label.profile.clone());
    names
}

/// The words on the screen, with everybody called as in the recording.
fn words(text: &str, pairs: &[(String, String)]) -> Vec<String> {
    let mut text = text.to_owned();
    for (name, pseudonym) in pairs {
        text = text.replace(name, pseudonym);
    }
    // How wide a column is follows from what people are called.
    text.split_whitespace()
        .filter(|word| !word.chars().all(|char| "─╭╮╰╯│█".contains(char)))
        .map(str::to_owned)
        .collect()
}

/// Plays a session, replays its recording, and compares the last screens; the file's text.
fn same_again(sandbox: &Sandbox, screen: Screen, keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session");
    let mut console =
        Headless::start(start(sandbox, folder.path(), &file, screen), SIZE, None).unwrap();
    press(&mut console, keys);
    let mut player = Player::new(Recording::read(&file).unwrap(), ThemeSource::full(None));
    while player.frame().is_some() {}
    let (before, after) = (names(console.state()), names(player.state()));
    assert_eq!(before.len(), after.len(), "the same is known");
    let url = |state: &State| {
        let url = state
            .data
            .deployment
            .api_url
            .as_ref()
            .unwrap()
            .value
            .clone();
        url.split('/').nth(2).unwrap().to_owned()
    };
    let mut pairs: Vec<(String, String)> = before
        .into_iter()
        .zip(after)
        .chain([
            (url(console.state()), url(player.state())),
            // What was searched for stands for somebody.
            (
                console.state().filter().to_owned(),
                player.state().filter().to_owned(),
            ),
        ])
        .filter(|(name, pseudonym)| !name.is_empty() && name != pseudonym)
        .collect();
    pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let (shown, again) = (text(console.screen()), text(player.screen()));
    let (left, right) = (words(&shown, &pairs), words(&again, &[]));
    let differ = left
        .iter()
        .zip(&right)
        // What is cut off on one side only is as long on the other one.
        .find(|(left, right)| left != right && !left.ends_with('…') && !right.ends_with('…'));
    assert_eq!(differ, None, "{shown}\n---\n{again}");
    assert_eq!(left.len(), right.len(), "{shown}\n---\n{again}");
    let written = fs::read_to_string(&file).unwrap();
    let environment = sandbox.environment();
    let secrets = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "MLWARDEN_SANDBOX_PASSWORD",
    ]
    .map(|name| environment[name].clone());
    let host = sandbox.url().host_str().unwrap().to_owned();
    let mut known: BTreeSet<String> = pairs.into_iter().map(|(name, _)| name).collect();
    known.extend(secrets);
    known.insert(host);
    for name in known {
        // What the matrix itself names, as the sample's profiles are, is no person's.
        let bare = !name.contains(['@', '-', '_']) && name.len() < 4;
        assert!(
            bare || !written.contains(&name),
            "{name} is in the recording: {:?}",
            written.lines().find(|line| line.contains(&name))
        );
    }
    written
}

async fn sandbox() -> Sandbox {
    Sandbox::start(Options {
        demo: true,
        ..Options::default()
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_around_is_the_same_again() {
    let sandbox = sandbox().await;
    tokio::task::block_in_place(|| {
        same_again(&sandbox, Screen::Overview, "2 j j space 3 j 6 7 9 1");
        same_again(&sandbox, Screen::Users, "j d");
        same_again(&sandbox, Screen::Users, "/ =status:confirmed enter j space");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_verify_is_the_same_again() {
    let sandbox = sandbox().await;
    tokio::task::block_in_place(|| {
        same_again(&sandbox, Screen::Matrix, "V t enter x j enter j l l l l");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_searched_for_and_deleted_is_not_in_the_file() {
    let sandbox = sandbox().await;
    tokio::task::block_in_place(|| {
        let written = same_again(&sandbox, Screen::Users, "/ =priya enter j");
        assert!(
            !letters(&written).contains("priya"),
            "{}",
            letters(&written)
        );
        let written = same_again(
            &sandbox,
            Screen::Users,
            "/ =priya enter j delete =priya.raman@example.com enter 8",
        );
        assert!(
            !letters(&written).contains("raman"),
            "{}",
            letters(&written)
        );
        assert!(written.contains("JobDone"), "it was deleted");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_made_is_not_in_the_file() {
    let sandbox = sandbox().await;
    tokio::task::block_in_place(|| {
        let keys = "a =zelda.quist@corp.example ctrl-s enter y 2";
        let written = same_again(&sandbox, Screen::Users, keys);
        assert!(!written.contains("zelda"), "{written}");
        assert!(!letters(&written).contains("zel"), "{}", letters(&written));
        assert!(written.contains("JobDone"), "the user was made");
    });
}

#[test]
fn a_secret_is_only_so_many_letters() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session");
    let mut state = State::new(Label::default(), Matrix::sample(), Screen::Users);
    let mut tape = Tape::record(&file, &state).unwrap();
    let field = Field::secret("password", "Password");
    let form = Form::new("Sign in", vec![field]);
    state.push(Layer::Dialog(Box::new(form.into()), Purpose::Told));
    for letter in "hunter2".chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        tape.hear(&mut state, Msg::Key(key));
    }
    tape.hear(&mut state, Msg::Paste("correct horse".to_owned()));
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(letters(&written), "");
    assert!(!written.contains("horse"), "{written}");
    assert!(written.contains(&"•".repeat("hunter2correct horse".len())));
}

/// Every single letter that is in the file as a key, in a row.
fn letters(written: &str) -> String {
    written
        .lines()
        .filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let letter = line.pointer("/msg/Key/code/Char")?.as_str()?.to_owned();
            Some(letter)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_end_is_passed_over_and_a_foreign_file_is_refused() {
    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session");
    tokio::task::block_in_place(|| {
        let written = same_again(&sandbox, Screen::Overview, "2");
        let whole = Recording::parse(&written, "replaying").unwrap().frames();
        // In the middle of its last line.
        let torn =
            Recording::parse(written.get(..written.len() - 8).unwrap(), "replaying").unwrap();
        assert_eq!(torn.frames(), whole - 1);
        let middle = written.replacen("\"frame\"", "\"farme\"", 1);
        fs::write(&file, middle).unwrap();
    });
    let read = |text: &str| {
        fs::write(&file, text).unwrap();
        Recording::read(&file).unwrap_err()
    };
    let wrong = Recording::read(&file).unwrap_err();
    assert!(wrong.message.starts_with("line "), "{wrong}");
    for text in ["", "{}\n{}", "\u{0}\u{1}", "{\"mlwarden_recording\":99}"] {
        let failure = read(text);
        assert_eq!(failure.class, ErrorClass::Invalid);
        assert!(failure.doing.contains("session"), "{failure}");
    }
    assert!(read("[1]").message.contains("no recording of mlwarden's"));
    let refused = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
        .args(["--replay"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_never_writes_over_a_file() {
    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session");
    fs::write(&file, "mine").unwrap();
    let begun = Headless::start(
        start(&sandbox, folder.path(), &file, Screen::Users),
        SIZE,
        None,
    );
    assert_eq!(begun.err().unwrap().class, ErrorClass::Invalid);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
