//! A sandbox, and the console on it: state, queue, executor.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use aws_credential_types::Credentials;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use futures::StreamExt;
use jiff::Timestamp;
use mlwarden::{
    access::Matrix,
    app::{
        Atlas, Choice, Connection, Effect, Label, Msg, Place, Places, Screen, State, begin,
        draft::Draft,
        effect::Terminal,
        executor::{self, Setup},
        settle, update,
    },
    aws::{Cloud, Target, WriteAccess, discovery::Known},
    config::MatrixFile,
    domain::{Failure, User},
    plan::{Item, Journal, Passwords, Place as PlanPlace, Plan, Runner, Step, Tools},
    sandbox::{Options, Sandbox, world},
    story::Shelf,
    ui::Theme,
};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::scene::frame;

/// How long something may take that the test waits for; only what hangs takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox with a folder for the journal.
pub struct Bench {
    pub sandbox: Arc<Sandbox>,
    folder: TempDir,
}

impl Bench {
    pub async fn start(demo: bool, users: usize) -> Self {
        Self::of(Options {
            demo,
            users,
            ..Options::default()
        })
        .await
    }

    pub async fn of(options: Options) -> Self {
        Self {
            sandbox: Arc::new(Sandbox::start(options).await.unwrap()),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The clients of the sandbox's administrator.
    pub async fn cloud(&self) -> Cloud {
        cloud(&self.sandbox, administrator()).await.unwrap()
    }

    /// The sandbox as a place to work.
    pub fn place(&self, context: &str, read_only: bool) -> Place {
        let sandbox = Arc::clone(&self.sandbox);
        Place {
            label: Label {
                context: context.to_owned(),
                read_only,
                ..Label::default()
            },
            matrix: Matrix::sample(),
            matrix_file: MatrixFile::default(),
            state_dir: self.folder.path().to_owned(),
            stories: Shelf::beside(&self.folder.path().join("config.toml")),
            connect: Arc::new(move || {
                let sandbox = Arc::clone(&sandbox);
                Box::pin(async move { Ok(connection(cloud(&sandbox, administrator()).await?)) })
            }),
        }
    }

    /// The console on this sandbox alone.
    pub fn console(&self, read_only: bool) -> Console {
        Console::start(self.place("here", read_only), Arc::new(Nowhere))
    }

    /// The console on this sandbox, with a file that declares what the sample promises.
    pub fn declared(&self) -> Console {
        let mut file = MatrixFile {
            file: Some(self.matrix_file()),
            ..MatrixFile::default()
        };
        file.write(Matrix::sample_text()).unwrap();
        let place = Place {
            matrix_file: file,
            ..self.place("here", false)
        };
        Console::start(place, Arc::new(Nowhere))
    }

    /// The file that the matrix is declared in.
    pub fn matrix_file(&self) -> PathBuf {
        self.folder.path().join("matrix.toml")
    }

    /// Where the journal is.
    pub fn state_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Changes something behind the console's back.
    pub async fn change(&self, steps: Vec<Step>) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let tools = Tools {
            cloud: self.cloud().await,
            writes: WriteAccess::unless_read_only(false).unwrap(),
            pool: world::POOL_ID.to_owned(),
            policy: None,
            passwords: Passwords::default(),
            packages: journal.packages(),
            caller: None,
            cancel: CancellationToken::new(),
        };
        let item = Item::new("somebody", steps);
        let plan = Plan::new("change".to_owned(), PlanPlace::default(), vec![item]);
        let record = journal.plan(plan).unwrap();
        let outcome = Runner { tools, journal }.run(&record, |_| {}).await;
        assert!(outcome.unwrap().is_complete());
    }

    /// Everybody in the pool.
    pub async fn people(&self) -> Vec<User> {
        let cognito = self.cloud().await.cognito;
        let mut pages = std::pin::pin!(cognito.users(world::POOL_ID));
        let mut people = Vec::new();
        while let Some(page) = pages.next().await {
            people.extend(page.unwrap().items);
        }
        people
    }

    /// The probe users in the pool.
    pub async fn probes(&self) -> Vec<User> {
        let mut people = self.people().await;
        people.retain(|user| user.label().contains("probe"));
        people
    }

    /// Whom each role trusts.
    pub fn trusts(&self) -> BTreeMap<String, String> {
        let iam = self.sandbox.world().iam.lock();
        iam.role_names()
            .map(|name| (name.to_owned(), iam.trust(name).unwrap().to_owned()))
            .collect()
    }
}

/// The long-lived key of the sandbox.
pub fn administrator() -> Credentials {
    Credentials::new(
        world::ACCESS_KEY_ID,
        world::SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    )
}

/// The sandbox's clients for these credentials.
pub async fn cloud(sandbox: &Sandbox, credentials: Credentials) -> Result<Cloud, Failure> {
    let environment = sandbox.environment();
    let target = Target {
        region: Some(environment["AWS_REGION"].clone()),
        endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
        ..Target::default()
    };
    Cloud::connect_as(&target, credentials).await
}

/// A connection of which nothing is known beforehand.
pub fn connection(cloud: Cloud) -> Connection {
    Connection {
        cloud,
        known: Known::default(),
        keep: None,
    }
}

/// There is no other place.
struct Nowhere;

impl Atlas for Nowhere {
    fn place(&self, _: &Choice) -> Result<Place, Failure> {
        Err(Failure::invalid("switching", "there is no other place"))
    }

    fn places(&self) -> Places {
        Places::default()
    }
}

/// The console, its queue, and the executor behind it.
pub struct Console {
    pub state: State,
    /// What was wished of the terminal.
    pub wishes: VecDeque<Terminal>,
    queue: Receiver<Msg>,
    effects: UnboundedSender<Effect>,
    executor: thread::JoinHandle<()>,
}

impl Console {
    pub fn start(place: Place, atlas: Arc<dyn Atlas>) -> Self {
        let (messages, queue) = mpsc::channel();
        let (effects, wanted) = tokio::sync::mpsc::unbounded_channel();
        let mut state = State::new(place.label.clone(), place.matrix.clone(), Screen::Overview);
        state.data.draft = Draft::new(place.matrix.clone(), place.matrix_file.clone());
        state.themes = ["dark", "nord"].map(str::to_owned).to_vec();
        let setup = Setup { place, atlas };
        // On a thread and a runtime of its own, as in the program.
        let executor = thread::spawn(move || {
            tokio::runtime::Runtime::new()
                .unwrap()
                .block_on(executor::run(setup, wanted, messages));
        });
        let mut console = Self {
            state,
            wishes: VecDeque::new(),
            queue,
            effects,
            executor,
        };
        let first = begin(&console.state);
        console.send(first);
        console
    }

    fn send(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Terminal(wish) => self.wishes.push_back(wish),
                effect => self.effects.send(effect).unwrap(),
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        self.state.now = Timestamp::now();
        let mut effects = update(&mut self.state, msg);
        effects.extend(settle(&mut self.state));
        self.send(effects);
    }

    /// Keys one after the other; a line's end is enter, `\t` is tab, `\u{1b}` is esc.
    pub fn keys(&mut self, text: &str) {
        for character in text.chars() {
            self.press(match character {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{1b}' => KeyCode::Esc,
                character => KeyCode::Char(character),
            });
        }
    }

    pub fn press(&mut self, code: KeyCode) {
        self.take(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub fn ctrl(&mut self, character: char) {
        let code = KeyCode::Char(character);
        self.take(Msg::Key(KeyEvent::new(code, KeyModifiers::CONTROL)));
    }

    fn hear(&mut self) {
        match self.queue.recv_timeout(PATIENCE) {
            Ok(msg) => self.take(msg),
            Err(error) => panic!(
                "{error}, waiting at:\n{}\n{:#?}",
                self.frame(),
                self.state
                    .data
                    .log
                    .entries()
                    .rev()
                    .take(3)
                    .collect::<Vec<_>>()
            ),
        }
    }

    /// Takes messages in until the state is as wanted.
    pub fn until(&mut self, wanted: impl Fn(&State) -> bool) {
        while !wanted(&self.state) {
            self.hear();
        }
    }

    /// Takes messages in until this is on the screen; what is there then.
    pub fn drawn(&mut self, text: &str) -> String {
        loop {
            let frame = self.frame();
            if frame.contains(text) {
                return frame;
            }
            self.hear();
        }
    }

    /// Leaves, and waits until everything borrowed is given back.
    pub fn end(self) {
        drop(self.effects);
        self.executor.join().unwrap();
    }

    /// What is on the screen now.
    pub fn frame(&mut self) -> String {
        frame(&mut self.state, 120, 40, &Theme::plain())
    }
}
