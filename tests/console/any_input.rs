//! Whatever is pressed, pasted, clicked and answered, in whatever order: nothing panics, and
//! nothing of one deployment is ever drawn in another one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use mlwarden::{
    access::{Finding, finding::Severity},
    app::{
        Effect, Msg, Screen, State, begin,
        effect::{Ask, Epoch},
        job::JobId,
        message::News,
        remote::Ticket,
        settle, update,
    },
    aws::discovery::Discovered,
    domain::{
        App, AppOwner, AppStatus, ErrorClass, Failure, Found, Group, Origin, Principal, UserStatus,
    },
    probe::{Cell, Event},
    ui::{Seen, Theme, draw},
};
use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend};

use crate::{
    cells::{cells, observed},
    scene::{expired, label, moment, report, start, text, user},
};

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Key(KeyCode, KeyModifiers),
    Keys(&'static str),
    Paste(String),
    Mouse(u8, u16, u16),
    Resize(u16, u16),
    Tick,
    /// News of a kind, of the epoch so many before the newest, rightly addressed or not.
    News(u8, u64, bool),
    /// One of the works that wait is done.
    Work(usize),
    Switch,
}

fn keys() -> impl Strategy<Value = Step> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Delete,
        KeyCode::Backspace,
        KeyCode::F(3),
    ]);
    let bound = "[0-9hjklgG/:?rdyCceoxXPRTSVEaftm!+<>qn \\-\\[\\]]";
    let bound = proptest::string::string_regex(bound).unwrap();
    prop_oneof![
        4 => bound.prop_map(|key| Step::Key(code(&key), KeyModifiers::NONE)),
        2 => named.prop_map(|key| Step::Key(key, KeyModifiers::NONE)),
        1 => any::<char>().prop_map(|key| Step::Key(KeyCode::Char(key), KeyModifiers::NONE)),
        1 => prop::sample::select(b"acdefhklnpsuwz".to_vec())
            .prop_map(|key| Step::Key(KeyCode::Char(char::from(key)), KeyModifiers::CONTROL)),
    ]
}

fn code(key: &str) -> KeyCode {
    key.chars().next().map_or(KeyCode::Null, KeyCode::Char)
}

/// Ways through the console that single keys would hardly find.
const WAYS: [&str; 14] = [
    "2ma",
    "xy",
    "e\n",
    "S",
    "+ \n\n",
    "4Vt\n",
    "8t\n",
    "/e\n",
    ":can user\t\t\n",
    ":who r\t\n",
    ":why \t\t",
    ":users q\n",
    "4E\n",
    "9\n",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => keys(),
        4 => prop::sample::select(WAYS.to_vec()).prop_map(Step::Keys),
        1 => ".{0,20}".prop_map(Step::Paste),
        4 => (0..5_u8, 0..200_u16, 0..60_u16).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        1 => (1..=200_u16, 1..=60_u16).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => Just(Step::Tick),
        14 => (0..22_u8, prop_oneof![4 => Just(0), 1 => 0..3_u64], prop::bool::weighted(0.8))
            .prop_map(|(kind, back, right)| Step::News(kind, back, right)),
        2 => any::<usize>().prop_map(Step::Work),
        2 => Just(Step::Switch),
    ]
}

/// The word that belongs to the data of one epoch alone.
fn marker(epoch: u64) -> String {
    format!("zq{epoch}qz")
}

fn group(own: &str) -> Group {
    Group {
        name: format!("{own}-group"),
        description: None,
        precedence: None,
        role_arn: None,
        created_at: None,
        modified_at: None,
    }
}

fn app(own: &str) -> App {
    App {
        domain_id: own.to_owned(),
        owner: AppOwner::Profile(own.to_owned()),
        app_type: "KernelGateway".to_owned(),
        name: own.to_owned(),
        status: AppStatus::InService,
        instance_type: None,
        image: None,
        created_at: None,
        active_at: None,
    }
}

fn finding(own: &str) -> Finding {
    Finding {
        id: "over-granted".to_owned(),
        severity: Severity::High,
        subject: own.to_owned(),
        title: format!("{own} may too much"),
        evidence: vec![own.to_owned()],
        remedy: own.to_owned(),
        ..Finding::default()
    }
}

/// The console, what it asked for, and the works that wait.
struct Stage {
    state: State,
    asked: Vec<(Epoch, Ask)>,
    works: Vec<Effect>,
    seen: Seen,
    size: (u16, u16),
    theme: Theme,
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self {
            state: start(Screen::Users),
            asked: Vec::new(),
            works: Vec::new(),
            seen: Seen::default(),
            size: (100, 30),
            theme: Theme::plain(),
        };
        let first = begin(&stage.state);
        stage.took(first);
        // Most of what can go wrong needs a deployment that is found.
        for kind in [0, 2] {
            stage.news(kind, 0, true);
        }
        stage
    }

    fn took(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask(epoch, ask) => self.asked.push((epoch, ask)),
                Effect::Judge(..) | Effect::Inquire(..) | Effect::Arrange(..) => {
                    self.works.push(effect);
                }
                Effect::Switch(..) | Effect::FindPlaces | Effect::Terminal(_) => {}
            }
        }
    }

    fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.state, msg);
        self.took(effects);
    }

    fn key(&mut self, code: KeyCode, held: KeyModifiers) {
        self.send(Msg::Key(KeyEvent::new(code, held)));
    }

    fn keys(&mut self, text: &str) {
        for key in text.chars() {
            let code = match key {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                key => KeyCode::Char(key),
            };
            self.key(code, KeyModifiers::NONE);
        }
    }

    fn go(&mut self, step: Step) {
        match step {
            Step::Key(code, held) => self.key(code, held),
            Step::Keys(text) => self.keys(text),
            Step::Paste(text) => self.send(Msg::Paste(text)),
            Step::Mouse(kind, column, row) => {
                let kind = match kind {
                    0 => MouseEventKind::ScrollDown,
                    1 => MouseEventKind::ScrollUp,
                    2 => MouseEventKind::Drag(MouseButton::Left),
                    _ => MouseEventKind::Down(MouseButton::Left),
                };
                let event = MouseEvent {
                    kind,
                    column: column % self.size.0,
                    row: row % self.size.1,
                    modifiers: KeyModifiers::NONE,
                };
                if let Some(hit) = self.seen.hit(event) {
                    self.send(Msg::Mouse(hit));
                }
            }
            Step::Resize(width, height) => {
                self.size = (width, height);
                self.send(Msg::Resized);
            }
            Step::Tick => {
                self.state.now += jiff::SignedDuration::from_secs(1);
                self.send(Msg::Tick);
            }
            Step::News(kind, back, right) => self.news(kind, back, right),
            Step::Work(at) => self.work(at),
            Step::Switch => {
                for _ in 0..4 {
                    self.key(KeyCode::Esc, KeyModifiers::NONE);
                }
                self.keys(":ctx dev\n");
            }
        }
    }

    fn work(&mut self, at: usize) {
        if self.works.is_empty() {
            return;
        }
        let msg = match self.works.remove(at % self.works.len()) {
            Effect::Judge(epoch, people) => {
                Msg::Judged(epoch, people.findings(), Some(people.put_together()))
            }
            Effect::Inquire(epoch, ticket, inquiry) => {
                Msg::Answered(epoch, ticket, Some(inquiry.answer()))
            }
            Effect::Arrange(epoch, screen, arrangement) => {
                let arranged = (arrangement.work)();
                Msg::Arranged(epoch, screen, arrangement.generation, arranged)
            }
            _ => return,
        };
        self.send(msg);
    }

    /// News that carry the marker of the epoch they are of.
    fn news(&mut self, kind: u8, back: u64, right: bool) {
        let epoch = Epoch(self.state.epoch.0.saturating_sub(back));
        let own = marker(epoch.0);
        let of = |wanted: fn(&Ask) -> Option<Ticket>| {
            let mut asked = self.asked.iter().rev();
            let found = asked.find_map(|(of, ask)| (*of == epoch).then(|| wanted(ask))?);
            let wrong = (0..self.asked.len()).fold(Ticket::default(), |ticket, _| ticket.next());
            found.filter(|_| right).unwrap_or(wrong)
        };
        let users = of(|ask| match ask {
            Ask::Users(ticket) => Some(*ticket),
            _ => None,
        });
        let groups = of(|ask| match ask {
            Ask::Groups(ticket) => Some(*ticket),
            _ => None,
        });
        let apps = of(|ask| match ask {
            Ask::Apps(ticket) => Some(*ticket),
            _ => None,
        });
        let can = of(|ask| match ask {
            Ask::Can(ticket, _) => Some(*ticket),
            _ => None,
        });
        let job = self.asked.iter().rev().find_map(|(of, ask)| match ask {
            Ask::Run(id, plan, _) if *of == epoch => {
                let names = plan.items.iter().map(|item| item.subject.clone());
                Some((*id, names.collect()))
            }
            Ask::Verify(id, _) if *of == epoch => Some((*id, Vec::new())),
            _ => None,
        });
        let (job, names) = job.filter(|_| right).unwrap_or((JobId(7), Vec::new()));
        let failure = || Failure::new(ErrorClass::Throttled, format!("listing {own}"), "slow down");
        let marked = || -> Vec<Cell> {
            let mut cells = cells();
            for cell in &mut cells {
                if let Principal::Group(name) = &mut cell.principal {
                    name.push_str(&own);
                }
            }
            cells
        };
        let item = |name| {
            let found = Found::new(own.clone(), Origin::Config(own.clone()));
            News::Discovered(Discovered::Item(name, found))
        };
        let news = match kind {
            0 => item("user_pool_id"),
            1 => item("account"),
            2 => News::DiscoveryDone(moment()),
            3 => News::NotConnected(failure()),
            4 => News::LeftBehind(vec![own.clone()], vec![own.clone()]),
            5 => {
                // Not marked: another profile or region is looked at in the same context.
                let label = label();
                let matrix = mlwarden::access::Matrix::sample();
                News::Place(Box::new(label), Box::new(matrix), Box::default())
            }
            6 | 7 => {
                let names = ["a", "b", "c"].map(|name| format!("{own}-{name}@example.com"));
                let page = names.map(|name| user(&name, UserStatus::Confirmed, true, 5));
                News::Users(users, page.to_vec())
            }
            8 => News::UsersDone(users, Ok(moment())),
            9 => News::UsersDone(users, Err(failure())),
            10 => News::Group(groups, group(&own), vec![format!("{own}-a@example.com")]),
            11 => News::GroupsDone(groups, Ok(moment())),
            12 => News::GroupsDone(groups, Err(expired())),
            13 => News::Apps(apps, vec![app(&own)]),
            14 => News::AppsDone(apps, Ok(moment())),
            15 => News::Predicted(Ok(report(marked()))),
            16 => {
                let mut report = report(marked());
                report.findings.push(finding(&own));
                News::Predicted(Ok(report))
            }
            17 => News::Can(can, Ok((moment(), marked()))),
            18 => News::Verifying(job, Box::new(Event::Planned(marked()))),
            19 => {
                let cell = marked().into_iter().next().map(observed).unwrap();
                News::Verifying(job, Box::new(Event::Cell(0, Box::new(cell))))
            }
            20 if names.is_empty() => News::Verified(job, Ok(report(marked()))),
            20 => {
                let name = names.into_iter().next().unwrap_or_default();
                News::Step(job, name, if right { Ok(()) } else { Err(failure()) })
            }
            _ if names.is_empty() => News::SessionRenewed,
            _ => News::JobDone(job, false),
        };
        self.send(Msg::News(epoch, news));
    }

    /// Draws as the event loop does; what is on the screen.
    fn drawn(&mut self) -> String {
        let effects = settle(&mut self.state);
        self.took(effects);
        let (width, height) = self.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut seen = Seen::default();
        terminal
            .draw(|frame| seen = draw(frame, &self.state, &self.theme))
            .unwrap();
        seen.note(&mut self.state);
        self.seen = seen;
        text(terminal.backend().buffer())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_of_another_deployment_is_drawn(
        steps in prop::collection::vec(step(), 20..80)
    ) {
        let mut stage = Stage::new();
        for step in steps {
            let said = format!("{step:?}");
            stage.go(step);
            let drawn = stage.drawn();
            let here = stage.state.epoch.0;
            for other in (0..=here + 1).filter(|epoch| *epoch != here) {
                prop_assert!(
                    !drawn.contains(&marker(other)),
                    "after {said}, epoch {here}:\n{drawn}"
                );
            }
        }
    }
}

#[test]
fn the_markers_are_drawn_where_they_belong() {
    let mut stage = Stage::new();
    for kind in [6, 8, 10, 11] {
        stage.news(kind, 0, true);
    }
    let drawn = stage.drawn();
    assert!(drawn.contains(&marker(0)), "{drawn}");
    stage.go(Step::Switch);
    let drawn = stage.drawn();
    assert_eq!(stage.state.epoch, Epoch(1));
    assert!(!drawn.contains(&marker(0)), "{drawn}");
}
