//! The matrix of a large account: 100 groups and 200 roles against every route of the newest
//! MLflow. Decided, laid out and drawn within 200 ms; then a frame's budget for every key.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

mod policies;
mod sample;

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    access::{
        Catalog, Compiler, Context, Contract, Matrix, MatrixRow, PolicySet, PolicyText, contract_of,
    },
    app::{Label, Msg, Screen, State, message::News, update},
    domain::{ExecutionRole, Found, Origin, Principal},
    probe::{
        Cell, Report, Summary, VerifyOptions,
        actor::{Actor, Means},
        plan::cells,
        predict::Source,
    },
    ui::{Theme, draw},
};
use ratatui::{Terminal, backend::TestBackend};

const GROUPS: usize = 100;
const ROLES: usize = 200;
const VERSION: &str = "3.17.2";

/// What stands behind the matrix.
struct Account {
    matrix: Matrix,
    contract: Contract,
    catalog: Catalog,
    roles: Vec<ExecutionRole>,
    actors: Vec<Actor>,
    sources: Vec<Source>,
}

/// The sample's three levels in turn, each row with a group and two roles.
fn account() -> Account {
    let sample = Matrix::sample();
    let catalog = Catalog::for_version(VERSION);
    let rows: Vec<MatrixRow> = (0..GROUPS)
        .map(|at| {
            let mut row = sample
                .rows
                .iter()
                .cycle()
                .nth(at)
                .cloned()
                .expect("a level");
            row.name = format!("level-{at:02}");
            row.group = Some(format!("group-{at:02}"));
            row.profile = None;
            row.role = Some(format!("role-{at:02}-*"));
            row
        })
        .collect();
    let matrix = Matrix { rows, ..sample };
    let contract = contract_of(&matrix, &catalog);
    let roles: Vec<ExecutionRole> = (0..ROLES)
        .map(|at| {
            let name = format!("role-{:02}-{at:03}", at % GROUPS);
            ExecutionRole {
                arn: format!("arn:aws:iam::123456789012:role/{name}"),
                name,
                profiles: vec![format!("profile-{at}")],
            }
        })
        .collect();
    let (actors, sources) = actors(&contract, &roles);
    Account {
        matrix,
        contract,
        catalog,
        roles,
        actors,
        sources,
    }
}

/// Everybody, with what decides about them.
fn actors(contract: &Contract, roles: &[ExecutionRole]) -> (Vec<Actor>, Vec<Source>) {
    let actor = |principal, groups, role| Actor {
        principal,
        groups,
        role,
        means: Means::None {
            reason: "predicted only".to_owned(),
        },
    };
    let shared = Arc::new(contract.clone());
    let groups = (0..GROUPS).map(|at| {
        let name = format!("group-{at:02}");
        let groups = vec![name.clone()];
        let source = Source::Contract(shared.clone(), groups.clone());
        (actor(Principal::Group(name), Some(groups), None), source)
    });
    let policies = role_policies(roles.len());
    let of_roles = roles.iter().zip(policies).map(|(role, policies)| {
        let source = Source::Role(Box::new(policies));
        let principal = Principal::Role(role.name.clone());
        (actor(principal, None, Some(role.clone())), source)
    });
    groups.chain(of_roles).unzip()
}

/// The policies of these roles, each with the real managed policy and an inline one of its own.
fn role_policies(roles: usize) -> Vec<PolicySet> {
    let mut compiler = Compiler::default();
    (0..roles)
        .map(|number| {
            let texts = [
                PolicyText {
                    label: "AmazonSageMakerFullAccess",
                    document: policies::FULL_ACCESS,
                },
                PolicyText {
                    label: "restApi",
                    document: &policies::own(number),
                },
            ];
            compiler.compile(&texts, None)
        })
        .collect()
}

/// Every cell, decided.
fn decided(account: &Account) -> Vec<Cell> {
    let api = sample::api();
    let context = Context::new();
    let (mut cells, _) = cells(
        &VerifyOptions::default(),
        &account.catalog,
        &account.matrix,
        &account.roles,
        &account.actors,
    );
    let of_actors = cells.chunk_by_mut(|one, next| one.principal == next.principal);
    for (cells, source) in of_actors.zip(&account.sources) {
        source.fill(cells, &api, &context);
        for cell in cells {
            cell.judge("predicted only");
        }
    }
    cells
}

fn report(cells: Vec<Cell>) -> News {
    News::Predicted(Ok(Box::new(Report {
        summary: Summary::of(&cells),
        cells,
        findings: Vec::new(),
        mlflow_version: Some(VERSION.to_owned()),
        skipped: Vec::new(),
        notes: Vec::new(),
        not_given_back: Vec::new(),
        cancelled: false,
    })))
}

/// The console on its matrix, nothing computed yet.
fn console(account: &Account) -> State {
    let mut state = State::new(Label::default(), account.matrix.clone(), Screen::Matrix);
    let found = Found::new(account.roles.clone(), Origin::Call("iam:ListRoles".into()));
    state.data.deployment.execution_roles = Some(found);
    state
}

/// What comes in, and the frame after it.
struct Desk {
    state: State,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl Desk {
    fn new(state: State) -> Self {
        Self {
            state,
            terminal: Terminal::new(TestBackend::new(200, 50)).expect("a terminal"),
            theme: Theme::plain(),
        }
    }

    fn hear(&mut self, msg: Msg) {
        black_box(update(&mut self.state, msg));
        let drawn = self.terminal.draw(|frame| {
            black_box(draw(frame, &self.state, &self.theme));
        });
        drawn.expect("it is drawn");
    }

    fn key(&mut self, key: char) {
        let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        self.hear(Msg::Key(key));
    }
}

fn matrix(criterion: &mut Criterion) {
    let account = account();
    let cells = decided(&account);
    println!(
        "{} groups and {} roles of MLflow {VERSION}: {} cells, {} rules a group",
        GROUPS,
        ROLES,
        cells.len(),
        account
            .contract
            .groups
            .first()
            .map_or(0, |group| group.allow.len() + group.deny.len()),
    );
    let mut group = criterion.benchmark_group("300 principals × every route");
    group.sample_size(10);
    group.bench_function("decided", |bencher| {
        bencher.iter(|| decided(black_box(&account)));
    });
    group.bench_function("laid out and drawn", |bencher| {
        bencher.iter_batched(
            || (Desk::new(console(&account)), report(cells.clone())),
            |(mut desk, news)| desk.hear(Msg::News(desk.state.epoch, news)),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("decided, laid out and drawn", |bencher| {
        bencher.iter_batched(
            || Desk::new(console(&account)),
            |mut desk| {
                let news = report(decided(&account));
                desk.hear(Msg::News(desk.state.epoch, news));
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();

    let mut desk = Desk::new(console(&account));
    desk.hear(Msg::News(desk.state.epoch, report(cells)));
    let mut group = criterion.benchmark_group("a key and its frame, 200×50");
    group.bench_function("to the right and back", |bencher| {
        bencher.iter(|| {
            desk.key('l');
            desk.key('h');
        });
    });
    group.bench_function("down and up", |bencher| {
        bencher.iter(|| {
            desk.key('j');
            desk.key('k');
        });
    });
    group.bench_function("a permission said otherwise, and back", |bencher| {
        bencher.iter(|| {
            desk.key('e');
            desk.key('u');
        });
    });
    desk.key('E');
    group.bench_function("down and up, every route shown", |bencher| {
        bencher.iter(|| {
            desk.key('j');
            desk.key('k');
        });
    });
    group.bench_function("a route said otherwise, and back", |bencher| {
        bencher.iter(|| {
            desk.key('j');
            desk.key('e');
            desk.key('u');
            desk.key('k');
        });
    });
    group.finish();
}

criterion_group!(benches, matrix);
criterion_main!(benches);
