//! `mlwarden verify --story`.

use std::{fs, io::IsTerminal, path::Path};

use serde_json::json;
use tokio::sync::mpsc;
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
    domain::{Failure, Principal},
    plan::PlannedCall,
    probe::{Verifier, VerifyOptions, plan::borrowings},
    story::{
        self, Event, LABS, Report, Story, Teller, Telling,
        report::{exit_code, step_line, to_json, to_junit, to_markdown, to_table},
    },
};

/// The name that stands for every lab.
const ALL: &str = "all";

/// A story with whom to tell it as.
type Told = (Story, Telling);

/// Tells the stories and prints what came of them.
pub(super) async fn run(global: &Global, arguments: &Verify) -> Result<u8, Failure> {
    match global.output {
        Output::Sarif => return Err(output::no_sarif()),
        Output::Csv if !global.dry_run => return Err(no_csv()),
        _ => {}
    }
    let tellings = wanted(global, arguments)?;
    let session = Session::open(global).await?;
    verify::known(&session, &everybody(&tellings)).await?;
    let verifier = verify::verifier(global, &session)?;
    if global.dry_run {
        return preview(global, &session, &verifier.matrix, &tellings);
    }
    let borrowed = borrowed(&session, &verifier, arguments, &tellings);
    if !may(global, &verifier, &tellings, &borrowed)? {
        return Ok(CANCELLED);
    }
    let host = Host::new(verifier.clone(), arguments.grant_trust, |_| {})?;
    for principal in everybody(&tellings) {
        if let Principal::User(user) = principal {
            host.give_password(&user, ask::password(&user, arguments.password_stdin)?);
        }
    }
    for failure in verifier.tidy().await? {
        output::note(&format!("! {failure}\n  → {}", failure.next_step()));
    }
    tidy(&verifier, arguments.grant_trust).await?;
    let reports = told(&verifier, &host, &tellings).await;
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
fn wanted(global: &Global, arguments: &Verify) -> Result<Vec<Told>, Failure> {
    let folder = Effective::read(global)?.paths;
    let folder = folder
        .config_file
        .parent()
        .map(|config| config.join("stories"));
    let mut tellings = Vec::new();
    for name in &arguments.stories.names {
        for story in find(name, folder.as_deref())? {
            let told = story.tellings(arguments.scheme, &arguments.principals);
            tellings.extend(told.into_iter().map(|telling| (story.clone(), telling)));
        }
    }
    if tellings.is_empty() {
        return Err(
            Failure::invalid("telling stories", "there is nobody to tell them as")
                .advise("name somebody by --as, or leave --scheme away"),
        );
    }
    Ok(tellings)
}

/// The stories of a name, or of a file. A story of one's own hides a lab of its name.
fn find(name: &str, folder: Option<&Path>) -> Result<Vec<Story>, Failure> {
    let path = Path::new(name);
    if name.contains(['/', '\\']) || path.extension().is_some_and(|ending| ending == "toml") {
        return read(path).map(|story| vec![story]);
    }
    let own = folder.map(|folder| folder.join(format!("{name}.toml")));
    if let Some(own) = own.filter(|own| own.exists()) {
        return read(&own).map(|story| vec![story]);
    }
    if name == ALL {
        return LABS.iter().filter_map(|(lab, _)| story::lab(lab)).collect();
    }
    let labs: Vec<&str> = LABS.iter().map(|(lab, _)| *lab).collect();
    story::lab(name).map_or_else(
        || {
            let place = folder.map_or_else(
                || "the config's folder stories".to_owned(),
                |folder| folder.display().to_string(),
            );
            Err(
                Failure::invalid(format!("looking for the story {name}"), "there is none").advise(
                    format!(
                        "use one of {}, {ALL}, a file, or the name of one in {place}",
                        labs.join(", ")
                    ),
                ),
            )
        },
        |lab| lab.map(|lab| vec![lab]),
    )
}

fn read(file: &Path) -> Result<Story, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::invalid(format!("reading {}", file.display()), error.to_string())
            .advise("name a story's file, or one of admin, reader, approver and all")
    })?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Story::parse(&name, &text, &file.display().to_string())
}

/// Everybody that takes part, each once.
fn everybody(tellings: &[Told]) -> Vec<Principal> {
    let mut all: Vec<Principal> = Vec::new();
    for (story, telling) in tellings {
        for one in story.principals(telling) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

/// What is borrowed to become them.
fn borrowed(
    session: &Session,
    verifier: &Verifier,
    arguments: &Verify,
    tellings: &[Told],
) -> Vec<PlannedCall> {
    if verifier.writes.is_none() {
        return Vec::new();
    }
    let options = VerifyOptions {
        grant_trust: arguments.grant_trust,
        ..VerifyOptions::default()
    };
    let pool = session.pool().unwrap_or("?");
    borrowings(&options, pool, &everybody(tellings))
}

/// Asks before anything is made.
fn may(
    global: &Global,
    verifier: &Verifier,
    tellings: &[Told],
    borrowed: &[PlannedCall],
) -> Result<bool, Failure> {
    let writing = tellings
        .iter()
        .filter(|(story, _)| !story.only_reads())
        .count();
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
async fn told(verifier: &Verifier, host: &Host, tellings: &[Told]) -> Result<Vec<Report>, Failure> {
    let cancel = CancellationToken::new();
    let watch = interrupt::cancels(&cancel, "stopping: what was made is taken away first")?;
    let (events, mut heard) = mpsc::unbounded_channel();
    let progress = tokio::spawn(async move {
        let terminal = std::io::stderr().is_terminal();
        while let Some(event) = heard.recv().await {
            match event {
                Event::Step(at, step) if terminal => {
                    output::note(step_line(at, &step).lines().next().unwrap_or_default());
                }
                Event::Note(note) => output::note(&format!("· {note}")),
                _ => {}
            }
        }
    });
    let teller = Teller {
        host,
        writes: verifier.writes.as_ref(),
        journal: &verifier.journal,
    };
    let mut reports = Vec::with_capacity(tellings.len());
    let mut failed = None;
    for (story, telling) in tellings {
        if cancel.is_cancelled() {
            break;
        }
        let note = format!("{}, {}", story.name, telling.words());
        let _ = events.send(Event::Note(note));
        match teller.tell(story, telling, &events, &cancel).await {
            Ok(report) => reports.push(report),
            Err(failure) => {
                failed = Some(failure);
                break;
            }
        }
    }
    drop((watch, events));
    let _ = progress.await;
    failed.map_or(Ok(reports), Err)
}

/// The steps with what each needs, on standard output; nothing is sent.
fn preview(
    global: &Global,
    session: &Session,
    matrix: &Matrix,
    tellings: &[Told],
) -> Result<u8, Failure> {
    let version = session.deployment.mlflow_version.as_ref();
    let version = version.map_or("2.12.2", |found| found.value.as_str());
    let catalog = Catalog::for_version(version);
    let roles = session.deployment.execution_roles.as_ref();
    let roles = roles.map(|found| found.value.clone()).unwrap_or_default();
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (story, telling) in tellings {
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
