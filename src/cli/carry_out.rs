//! A plan on the command line: shown, asked for, run, and told item by item.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    CANCELLED, OK, PARTLY, USAGE,
    args::{Global, Output},
    ask, calling, interrupt,
    output::{self, Listing},
    results::{self, Row},
    session::Session,
    users,
};
use crate::{
    aws::WriteAccess,
    domain::{ErrorClass, Failure, Principal},
    plan::{
        Caller, Event, Item, Journal, Passwords, Place, Plan, PlanRecord, Refused, Runner, Step,
        Tools,
        consequence::{AccessChange, Guard},
        survey::{Extent, Survey},
    },
};

/// What is said of an item that is made.
const DONE: &str = "done";

/// How many calls of a preview are named one by one before the question.
const NAMED: usize = 60;

/// A plan with what is told beside it.
#[derive(Default)]
pub(super) struct Proposal {
    /// The plan; none where there is nothing to do.
    pub plan: Option<Plan>,
    /// Who has everything already.
    pub complete: Vec<String>,
    /// Who cannot be planned for.
    pub refused: Vec<Refused>,
    /// What should be known beside the calls.
    pub notes: Vec<String>,
    /// What changes for whom in MLflow.
    pub changes: Vec<AccessChange>,
    /// What must be typed out.
    pub guards: Vec<Guard>,
    /// What else must be typed out.
    pub typed: Vec<String>,
    /// Whether what came of each item is told while it comes, and not as the result: something
    /// else is the result.
    pub in_passing: bool,
    /// Passwords that were handed in.
    pub passwords: Passwords,
    /// Where to write what came of each item.
    pub results: Option<PathBuf>,
}

impl Proposal {
    /// Those for whom there is nothing to call.
    fn others(&self) -> impl Iterator<Item = Row> {
        let complete = self.complete.iter().map(|subject| Row::complete(subject));
        complete.chain(self.refused.iter().map(Row::refused))
    }
}

/// How a proposal ended.
pub(super) struct Carried {
    /// The exit code.
    pub code: u8,
    /// The items of which every step is made.
    pub made: Vec<Item>,
}

impl Carried {
    /// An end at which nothing was made.
    fn idle(code: u8) -> Self {
        Self {
            code,
            made: Vec::new(),
        }
    }
}

/// Shows a plan, asks, and runs it. The value is the exit code.
pub(super) async fn propose(
    global: &Global,
    session: &Session,
    proposal: Proposal,
) -> Result<u8, Failure> {
    Ok(carry(global, session, proposal).await?.code)
}

/// Shows a plan, asks, and runs it.
pub(super) async fn carry(
    global: &Global,
    session: &Session,
    proposal: Proposal,
) -> Result<Carried, Failure> {
    let Some(plan) = proposal.plan.clone().filter(|plan| plan.steps() > 0) else {
        return nothing(global, session, &proposal).map(Carried::idle);
    };
    if global.dry_run {
        preview(global, session, &plan, &proposal)?;
        let whole = proposal.refused.is_empty();
        return Ok(Carried::idle(if whole { OK } else { PARTLY }));
    }
    let writes = writes(session, &plan)?;
    if let Some(file) = &proposal.results {
        results::can_be_written(file)?;
    }
    if !agreed(global, &plan, &proposal)? {
        output::note("nothing was changed");
        return Ok(Carried::idle(CANCELLED));
    }
    let journal = Journal::open(&session.effective.paths.state_dir)?;
    let record = journal.plan(plan)?;
    make(global, session, writes, journal, record, &proposal).await
}

/// Makes what is left of a plan, and gives back what was borrowed for it.
async fn make(
    global: &Global,
    session: &Session,
    writes: WriteAccess,
    journal: Journal,
    record: PlanRecord,
    proposal: &Proposal,
) -> Result<Carried, Failure> {
    let host = calling::host(global, session, &record.plan, &journal)?;
    let mut runner = runner(session, &record.plan, writes, journal, proposal)?;
    runner.tools.caller = host.clone().map(|host| host as Arc<dyn Caller>);
    let carried = Box::pin(run(global, session, runner, record, proposal)).await;
    Box::pin(calling::close(host)).await;
    carried
}

/// The right to write.
fn writes(session: &Session, plan: &Plan) -> Result<WriteAccess, Failure> {
    session.effective.writes().ok_or_else(|| {
        Failure::new(
            ErrorClass::ReadOnly,
            &plan.title,
            "this run, or this context, is read-only",
        )
    })
}

fn runner(
    session: &Session,
    plan: &Plan,
    writes: WriteAccess,
    journal: Journal,
    proposal: &Proposal,
) -> Result<Runner, Failure> {
    let place = Place::of(&session.deployment);
    if plan
        .calls()
        .any(|call| call.call.starts_with("cognito-idp:"))
    {
        session.pool()?;
    }
    let tools = Tools {
        cloud: session.cloud.clone(),
        writes,
        // A plan about Studio alone needs none.
        pool: place.user_pool_id.unwrap_or_default(),
        policy: None,
        passwords: proposal.passwords.clone(),
        packages: journal.packages(),
        caller: None,
        cancel: CancellationToken::new(),
    };
    Ok(Runner { tools, journal })
}

/// Goes on with a plan that was begun.
pub(super) async fn go_on(
    global: &Global,
    session: &Session,
    journal: Journal,
    record: PlanRecord,
) -> Result<u8, Failure> {
    record.plan.place.check(&Place::of(&session.deployment))?;
    let proposal = Proposal {
        notes: calling::notes(&record.plan),
        plan: Some(left_of(&record)),
        ..Proposal::default()
    };
    let Some(left) = proposal.plan.as_ref().filter(|plan| plan.steps() > 0) else {
        output::note("every step is made already");
        return Ok(OK);
    };
    if global.dry_run {
        return preview(global, session, left, &proposal);
    }
    let writes = writes(session, &record.plan)?;
    if !agreed(global, left, &proposal)? {
        output::note("nothing was changed");
        return Ok(CANCELLED);
    }
    let carried = make(global, session, writes, journal, record, &proposal).await?;
    Ok(carried.code)
}

/// Takes a plan back; `principal` is as whom MLflow is called, instead of who changed it.
pub(super) async fn undo(
    global: &Global,
    session: &Session,
    record: &PlanRecord,
    principal: Option<&Principal>,
) -> Result<u8, Failure> {
    let place = Place::of(&session.deployment);
    record.plan.place.check(&place)?;
    let (mut plan, kept) = record.inverse();
    if let Some(principal) = principal {
        plan = plan.made_as(principal);
    }
    let kept = kept
        .into_iter()
        .map(|step| format!("cannot be taken back: {step}"));
    if calling::is_all_of(&plan) {
        let proposal = Proposal {
            notes: kept.chain(calling::notes(&plan)).collect(),
            plan: Some(plan),
            ..Proposal::default()
        };
        return propose(global, session, proposal).await;
    }
    let mut names: Vec<String> = plan
        .items
        .iter()
        .flat_map(|item| item.steps.iter().filter_map(Step::user))
        .map(ToOwned::to_owned)
        .collect();
    names.sort();
    names.dedup();
    let rule = &session.effective.rule;
    let survey = if names.len() <= 60 {
        let contract = session.contract().await;
        Survey::of(&session.cloud, &place, &names, Extent::Pool, rule, contract).await?
    } else {
        Survey::everybody(&session.cloud, &place, Extent::Pool, rule).await?
    };
    let mut proposal = users::with_consequences(session, &survey, plan, Vec::new()).await;
    proposal.notes = kept.collect();
    propose(global, session, proposal).await
}

/// The steps of a plan that are not made yet.
fn left_of(record: &PlanRecord) -> Plan {
    let mut left = record.plan.clone();
    for (at, item) in left.items.iter_mut().enumerate() {
        let mut place = 0;
        item.steps.retain(|_| {
            place += 1;
            !record.is_done(at, place - 1)
        });
    }
    left.items.retain(|item| !item.steps.is_empty());
    left
}

async fn run(
    global: &Global,
    session: &Session,
    mut runner: Runner,
    record: PlanRecord,
    proposal: &Proposal,
) -> Result<Carried, Failure> {
    let mut steps = record.plan.items.iter().flat_map(|item| &item.steps);
    if steps.any(|step| matches!(step, Step::SetPassword { .. })) {
        let pool = &runner.tools.pool;
        let pool = session.cloud.cognito.describe_pool(pool).await;
        runner.tools.policy = pool.ok().and_then(|pool| pool.password_policy);
    }
    let cancel = runner.tools.cancel.clone();
    let _watch = interrupt::cancels(&cancel, "stopping; the step under way is finished first…")?;
    let count = record.plan.items.len();
    let ended: Mutex<(usize, HashMap<usize, Row>)> = Mutex::default();
    let outcome = runner
        .run(&record, |event| {
            let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
            let (over, rows) = &mut *ended;
            let row = |rows: &mut HashMap<usize, Row>, at: usize, change: &dyn Fn(&mut Row)| {
                let subject = record.plan.items.get(at).map(|item| item.subject.clone());
                let row = rows
                    .entry(at)
                    .or_insert_with(|| Row::new(subject.unwrap_or_default(), "left"));
                change(row);
            };
            match event {
                Event::Step(..) | Event::Status(..) => {}
                Event::Secret(at, secret) => {
                    row(rows, at, &|row| row.password = Some(secret.clone()));
                }
                Event::Item(at, result) => {
                    *over += 1;
                    row(rows, at, &|row| match &result {
                        Ok(()) => row.result = DONE,
                        Err(failure) if failure.class == ErrorClass::Cancelled => {}
                        Err(failure) => {
                            row.result = "failed";
                            row.why = Some(format!("{failure}; {}", failure.next_step()));
                        }
                    });
                    if let Some(row) = rows.get(&at) {
                        let why = row
                            .why
                            .as_ref()
                            .map_or_else(String::new, |why| format!(": {why}"));
                        output::note(&format!(
                            "[{over}/{count}] {} {}{why}",
                            row.subject, row.result
                        ));
                    }
                }
            }
        })
        .await?;
    let mut rows = ended.into_inner().unwrap_or_else(PoisonError::into_inner).1;
    let made = record.plan.items.iter().enumerate();
    let made = made
        .filter(|(at, _)| rows.get(at).is_some_and(|row| row.result == DONE))
        .map(|(_, item)| item.clone())
        .collect();
    let mut table: Vec<Row> = (0..count).filter_map(|at| rows.remove(&at)).collect();
    table.extend(proposal.others());
    // Passwords are told before anything else can fail.
    if !proposal.in_passing {
        results::print(global, session, &table, &json!(record.plan.id))?;
    }
    if let Some(file) = &proposal.results {
        results::write(file, &table)?;
    }
    if !outcome.is_complete() {
        output::note(&format!(
            "{} done, {} failed, {} left: `mlwarden journal resume {}` goes on",
            outcome.done,
            outcome.failed,
            outcome.left,
            record.plan.short_id(),
        ));
    }
    let code = if cancel.is_cancelled() {
        CANCELLED
    } else if outcome.is_complete() && proposal.refused.is_empty() {
        OK
    } else {
        PARTLY
    };
    Ok(Carried { code, made })
}

/// There is nothing to call: says why.
fn nothing(global: &Global, session: &Session, proposal: &Proposal) -> Result<u8, Failure> {
    for note in &proposal.notes {
        output::note(&format!("! {note}"));
    }
    if proposal.complete.is_empty() && proposal.refused.is_empty() {
        output::note("there is nothing to do");
    }
    let rows: Vec<Row> = proposal.others().collect();
    if let Some(file) = &proposal.results {
        results::write(file, &rows)?;
    }
    results::print(global, session, &rows, &Value::Null)?;
    Ok(
        match (proposal.refused.is_empty(), proposal.complete.is_empty()) {
            (true, _) => OK,
            (false, true) => USAGE,
            (false, false) => PARTLY,
        },
    )
}

/// What would be called, on standard output.
fn preview(
    global: &Global,
    session: &Session,
    plan: &Plan,
    proposal: &Proposal,
) -> Result<u8, Failure> {
    if global.output == Output::Json {
        let beside = [
            ("calls", json!(plan.calls().collect::<Vec<_>>())),
            ("changes", json!(proposal.changes)),
            ("notes", json!(proposal.notes)),
            ("losses", json!(plan.losses())),
            ("guards", json!(proposal.guards)),
            ("complete", json!(proposal.complete)),
            ("refused", json!(proposal.refused)),
        ];
        return output::objects(session.context(), beside);
    }
    tell_beside(plan, proposal);
    tell_refused(proposal);
    Listing {
        noun: "calls",
        context: session.context(),
        columns: &["call", "on", "does", "undone by"],
        rows: plan
            .calls()
            .map(|call| {
                vec![
                    call.call,
                    call.on,
                    call.does,
                    call.undone_by.unwrap_or_default(),
                ]
            })
            .collect(),
        values: Vec::new(),
    }
    .print(global.output)
}

/// What should be known beside the calls, on standard error.
fn tell_beside(plan: &Plan, proposal: &Proposal) {
    for change in &proposal.changes {
        let mark = if change.is_trap() { "!" } else { "·" };
        output::note(&format!("{mark} {}", change.text()));
    }
    for text in &proposal.notes {
        output::note(&format!("! {text}"));
    }
    for loss in plan.losses() {
        output::note(&format!("! {loss}"));
    }
    for guard in &proposal.guards {
        output::note(&format!("✗ {}", guard.text()));
    }
}

/// Whom nothing is planned for, on standard error.
fn tell_refused(proposal: &Proposal) {
    for row in proposal.refused.iter().map(Row::refused) {
        let why = row.why.unwrap_or_default();
        output::note(&format!("✗ {}: {why}", row.subject));
    }
}

/// Shows the plan and asks; what is guarded must be typed out.
fn agreed(global: &Global, plan: &Plan, proposal: &Proposal) -> Result<bool, Failure> {
    if !global.yes || !proposal.guards.is_empty() || !proposal.typed.is_empty() {
        output::note(&format!("{}:", plan.title));
        for call in plan.calls().take(NAMED) {
            output::note(&format!("  {}: {}", call.call, call.does));
        }
        if plan.steps() > NAMED {
            output::note(&format!("  and {} more calls", plan.steps() - NAMED));
        }
    }
    // Also to whoever does not want to be asked; the refused stand in the results as well.
    tell_beside(plan, proposal);
    if !global.yes {
        tell_refused(proposal);
    }
    let guarded = proposal.guards.iter().map(Guard::phrase);
    for phrase in guarded.chain(proposal.typed.iter().cloned()) {
        if !global.confirm.contains(&phrase) && !ask::typed(&phrase)? {
            return Ok(false);
        }
    }
    if global.yes {
        return Ok(true);
    }
    ask::yes("Do this?")
}
