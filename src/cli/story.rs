//! `mlwarden verify --story`.

use std::io::IsTerminal;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    CANCELLED,
    args::{Global, Output, Verify},
    ask, interrupt,
    output::{self, Listing},
    session::{Effective, Session},
    verify,
};
use crate::{
    access::{Catalog, Effect, Matrix},
    browse::Host,
    domain::Failure,
    plan::PlannedCall,
    probe::Verifier,
    story::{
        self, Event, Program, Report, Shelf, Tale, Teller,
        report::{exit_code, step_line, to_json, to_junit, to_markdown, to_table},
    },
};

/// Tells the stories and prints what came of them.
pub(super) async fn run(global: &Global, arguments: &Verify) -> Result<u8, Failure> {
    match global.output {
        Output::Sarif => return Err(output::no_sarif()),
        Output::Csv if !global.dry_run => return Err(no_csv()),
        _ => {}
    }
    let program = wanted(global, arguments)?;
    let session = Session::open(global).await?;
    verify::known(&session, &program.everybody()).await?;
    let verifier = verify::verifier(global, &session)?;
    if global.dry_run {
        return preview(global, &session, &verifier.matrix, &program);
    }
    let borrowed = program.borrowed(&verifier, arguments.grant_trust);
    if !may(global, &verifier, &program, &borrowed)? {
        return Ok(CANCELLED);
    }
    let host = Host::new(verifier.clone(), arguments.grant_trust, |_| {})?;
    for user in program.users() {
        host.give_password(&user, ask::password(&user, arguments.password_stdin)?);
    }
    for failure in story::clear(&verifier, arguments.grant_trust).await? {
        output::note(&format!("! {failure}\n  → {}", failure.next_step()));
    }
    let reports = told(&verifier, &host, &program).await;
    for failure in host.close().await {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    let reports = reports?;
    match global.output {
        Output::Json => output::print_json(&to_json(&reports, &session.context()))?,
        Output::Md => output::print(&to_markdown(&reports))?,
        Output::Junit => output::print(&to_junit(&reports)?)?,
        Output::Table | Output::Csv | Output::Sarif => output::print(&to_table(&reports))?,
    };
    Ok(exit_code(&reports))
}

/// Takes away what stories of killed processes left behind, and says what cannot be.
pub(super) async fn tidy(verifier: &Verifier, grant_trust: bool) -> Result<(), Failure> {
    for failure in story::tidy(verifier, grant_trust).await? {
        output::note(&format!("! {failure}\n  → {}", failure.next_step()));
    }
    Ok(())
}

/// The stories that are asked for, each with whom to tell it as.
fn wanted(global: &Global, arguments: &Verify) -> Result<Program, Failure> {
    let shelf = Shelf::beside(&Effective::read(global)?.paths.config_file);
    let mut stories = Vec::new();
    for name in &arguments.stories.names {
        stories.extend(shelf.find(name)?);
    }
    Program::of(stories, arguments.scheme, &arguments.principals)
}

/// Asks before anything is made.
fn may(
    global: &Global,
    verifier: &Verifier,
    program: &Program,
    borrowed: &[PlannedCall],
) -> Result<bool, Failure> {
    let writing = program.writing();
    if writing == 0 || verifier.writes.is_none() {
        return verify::may_borrow(global, borrowed);
    }
    if global.yes {
        return Ok(true);
    }
    for call in borrowed {
        output::note(&format!("{} on {}: {}", call.call, call.on, call.does));
    }
    output::note(
        "Each story makes an experiment, runs and models of its own and takes them away at the end. \
         MLflow keeps the rows of experiments and runs, marked deleted.",
    );
    ask::yes(&format!("Tell {writing} that write?"))
}

/// Tells them one after the other; Ctrl-C and SIGTERM end it cleanly.
async fn told(verifier: &Verifier, host: &Host, program: &Program) -> Result<Vec<Report>, Failure> {
    let cancel = CancellationToken::new();
    let _watch = interrupt::cancels(&cancel, "stopping: what was made is taken away first")?;
    let terminal = std::io::stderr().is_terminal();
    let teller = Teller {
        host,
        writes: verifier.writes.as_ref(),
        journal: &verifier.journal,
    };
    let told = program.tell(&teller, &cancel, |event| match event {
        Event::Telling(at) => {
            if let Some(tale) = program.tales.get(at) {
                output::note(&format!("· {}", tale.words()));
            }
        }
        Event::Step(at, step) if terminal => {
            output::note(step_line(at, &step).lines().next().unwrap_or_default());
        }
        Event::Note(note) => output::note(&format!("· {note}")),
        _ => {}
    });
    told.await
}

/// The steps with what each needs, on standard output; nothing is sent.
fn preview(
    global: &Global,
    session: &Session,
    matrix: &Matrix,
    program: &Program,
) -> Result<u8, Failure> {
    let version = session.deployment.mlflow_version.as_ref();
    let version = version.map_or("2.12.2", |found| found.value.as_str());
    let catalog = Catalog::for_version(version);
    let roles = session.deployment.execution_roles.as_ref();
    let roles = roles.map(|found| found.value.clone()).unwrap_or_default();
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for Tale { story, telling } in &program.tales {
        for (at, step) in story.steps.iter().enumerate() {
            let path = story.path(step, telling);
            let maker = story.maker(step, telling);
            let route = step.route(&catalog, &path);
            let declared = route.and_then(|route| matrix.expected(&maker, &roles, route));
            let permission = route.map(|route| route.permission.as_str());
            rows.push(vec![
                format!("{} {}", story.name, telling.scheme),
                format!("{} {}", at + 1, step.title),
                maker.to_string(),
                format!("{} {path}", step.method),
                permission.unwrap_or("unknown route").to_owned(),
                declared.map_or("", Effect::as_str).to_owned(),
                step.expected.words(),
            ]);
            values.push(json!({
                "story": story.name,
                "scheme": telling.scheme,
                "step": at + 1,
                "title": step.title,
                "principal": maker,
                "method": step.method,
                "path": path,
                "query": step.query,
                "body": step.body,
                "permission": permission,
                "declared": declared,
                "expect": step.expected.effect,
                "writes": step.writes(),
            }));
        }
    }
    Listing {
        noun: "steps",
        context: session.context(),
        columns: &[
            "story", "step", "as", "request", "needs", "matrix", "expects",
        ],
        rows,
        values,
    }
    .print(global.output)
}

fn no_csv() -> Failure {
    Failure::invalid(
        "choosing the output",
        "a story is no list: -o csv is for the cells of a verify",
    )
    .advise("use -o table, json, md or junit")
}
