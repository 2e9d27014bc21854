//! Doing what the identity may, or may not: each change is offered with the matrix's answer
//! beside it, planned, shown, and run as a job. Trying what is refused proves the refusal.

use crate::{
    app::{
        Effect, Screen,
        dialog::{Field, Form, Item, Picker, Severity, Text, Values},
        effect::Ask,
        layer::Purpose,
        mlflow::Held,
        remote::Ticket,
        state::State,
        tone::Tone,
        update::{answer::ask, plans},
    },
    browse::{ChangeKind, Offer, STAGES, Wish},
    domain::Failure,
    plan::{Passwords, Plan, Thing},
};

/// What a change of the thing under the cursor is called when it is known only by its place.
fn held(state: &State) -> Option<Held> {
    let mlflow = &state.data.mlflow;
    Some(match state.screen() {
        Screen::Experiments => {
            Held::Experiment(Box::new(mlflow.experiments.current()?.experiment.clone()))
        }
        Screen::Runs => Held::Run(Box::new(mlflow.runs.current()?.run.clone())),
        Screen::Run => Held::Run(mlflow.at_run.clone()?),
        Screen::Models => Held::Model(Box::new(mlflow.models.current()?.model.clone())),
        Screen::Versions => Held::Version(Box::new(mlflow.versions.current()?.version.clone())),
        _ => return None,
    })
}

/// Asks what can be done with the thing under the cursor.
pub(in crate::app::update) fn ask_for_offers(state: &mut State) -> Vec<Effect> {
    let (Some(held), Some(principal)) = (held(state), state.data.mlflow.principal.clone()) else {
        state.hint("there is nothing here to change: experiments, runs, models and versions are");
        return Vec::new();
    };
    let ticket = state.data.next_ticket();
    state.data.mlflow.awaited = Some(ticket);
    vec![Effect::Ask(
        state.epoch,
        Ask::Offers(ticket, principal, held),
    )]
}

/// What can be done is known: to choose from, each with what would come of it.
pub(in crate::app::update) fn offered(
    state: &mut State,
    ticket: Ticket,
    held: Held,
    result: Result<Vec<Offer>, Failure>,
) {
    if state.data.mlflow.awaited != Some(ticket) {
        return;
    }
    state.data.mlflow.awaited = None;
    let offers = match result {
        Ok(offers) => offers,
        Err(failure) => return state.fail(&failure),
    };
    let items = offers
        .iter()
        .map(|offer| {
            let item = Item::new(key(offer.kind), offer.kind.title()).detail(offer.briefly());
            match offer.disabled {
                Some(reason) => item.disabled(reason),
                None => item,
            }
        })
        .collect();
    let title = format!("Change {}", held.seen().thing().described());
    ask(state, Picker::new(title, items), Purpose::Offer(held));
}

fn key(kind: ChangeKind) -> String {
    format!("{kind:?}")
}

const KINDS: [ChangeKind; 11] = [
    ChangeKind::Register,
    ChangeKind::NewVersion,
    ChangeKind::Stage,
    ChangeKind::SetAlias,
    ChangeKind::RemoveAlias,
    ChangeKind::SetTag,
    ChangeKind::RemoveTag,
    ChangeKind::Describe,
    ChangeKind::Rename,
    ChangeKind::Delete,
    ChangeKind::Restore,
];

/// A change was chosen: asks for what it needs, or plans it.
pub(in crate::app::update) fn chose(state: &mut State, held: Held, picked: &str) -> Vec<Effect> {
    let Some(kind) = KINDS.into_iter().find(|kind| key(*kind) == picked) else {
        return Vec::new();
    };
    let fields = fields(kind, &held);
    if fields.is_empty() {
        let thing = held.seen().thing();
        let wish = match kind {
            ChangeKind::Restore => Wish::Restore(thing),
            _ => Wish::Delete(thing),
        };
        return plan(state, wish);
    }
    let form = Form::new(kind.title(), fields).verb("Preview");
    ask(state, form, Purpose::Wish(held, kind));
    Vec::new()
}

fn fields(kind: ChangeKind, held: &Held) -> Vec<Field> {
    let choice = |name: &'static str, label: &'static str, values: Vec<String>| {
        let first = values.first().cloned();
        let choices = values
            .iter()
            .map(|value| Item::new(value.clone(), value.clone()))
            .collect();
        Field::choice(name, label, choices, first.as_deref())
    };
    match kind {
        ChangeKind::Register => vec![
            Field::text("model", "Model").required(),
            Field::text("source", "Source")
                .value(&held.source())
                .help("where the model's files are")
                .required(),
            Field::text("text", "Description").help("where the model is new"),
        ],
        ChangeKind::NewVersion => vec![
            Field::text("source", "Source")
                .help("mlflow-artifacts:/… or models:/m-…")
                .required(),
            Field::text("run", "Run").help("the run that made it; may be empty"),
        ],
        ChangeKind::Stage => vec![
            choice("stage", "Stage", STAGES.map(str::to_owned).into()),
            Field::flag("archive", "Archive those that are there", false),
        ],
        ChangeKind::SetAlias => {
            let mut fields = vec![Field::text("alias", "Alias").required()];
            if matches!(held, Held::Model(_)) {
                fields.push(Field::text("version", "Version").required());
            }
            fields
        }
        ChangeKind::RemoveAlias => vec![choice("alias", "Alias", held.aliases())],
        ChangeKind::SetTag => vec![
            Field::text("key", "Tag").required(),
            Field::text("value", "Value"),
        ],
        ChangeKind::RemoveTag => vec![choice("key", "Tag", held.tags())],
        ChangeKind::Describe => {
            vec![Field::text("text", "Description").value(&held.description())]
        }
        ChangeKind::Rename => vec![Field::text("name", "Name").value(&held.name()).required()],
        ChangeKind::Delete | ChangeKind::Restore => Vec::new(),
    }
}

/// The form was sent: the change is planned.
pub(in crate::app::update) fn wished(
    state: &mut State,
    held: &Held,
    kind: ChangeKind,
    values: &Values,
) -> Vec<Effect> {
    let text = |name: &str| values.text(name).trim().to_owned();
    let thing = held.seen().thing();
    let (model, version) = match &thing {
        Thing::Model { name } => (name.clone(), text("version")),
        Thing::Version { name, version } => (name.clone(), version.clone()),
        _ => (text("model"), String::new()),
    };
    let run = match &thing {
        Thing::Run { id } => id.clone(),
        _ => text("run"),
    };
    let wish = match kind {
        ChangeKind::Register => Wish::Register {
            run,
            source: text("source"),
            model,
            description: text("text"),
        },
        ChangeKind::NewVersion => Wish::NewVersion {
            model,
            source: text("source"),
            run,
        },
        ChangeKind::Stage => Wish::Stage {
            model,
            version,
            stage: text("stage"),
            archive_existing: values.flag("archive"),
        },
        ChangeKind::SetAlias => Wish::Alias {
            model,
            alias: text("alias"),
            version: Some(version),
        },
        ChangeKind::RemoveAlias => Wish::Alias {
            model,
            alias: text("alias"),
            version: None,
        },
        ChangeKind::SetTag => Wish::Tag {
            thing,
            key: text("key"),
            value: Some(values.text("value").to_owned()),
        },
        ChangeKind::RemoveTag => Wish::Tag {
            thing,
            key: text("key"),
            value: None,
        },
        ChangeKind::Describe => Wish::Describe {
            thing,
            text: values.text("text").to_owned(),
        },
        ChangeKind::Rename => Wish::Rename {
            thing,
            name: text("name"),
        },
        ChangeKind::Delete => Wish::Delete(thing),
        ChangeKind::Restore => Wish::Restore(thing),
    };
    plan(state, wish)
}

fn plan(state: &mut State, wish: Wish) -> Vec<Effect> {
    let Some(principal) = state.data.mlflow.principal.clone() else {
        return Vec::new();
    };
    let ticket = state.data.next_ticket();
    state.data.mlflow.awaited = Some(ticket);
    vec![Effect::Ask(
        state.epoch,
        Ask::PlanWish(ticket, principal, Box::new(wish)),
    )]
}

/// The change is planned: shown, and asked about.
pub(in crate::app::update) fn planned(
    state: &mut State,
    ticket: Ticket,
    result: Result<Box<Plan>, Failure>,
) {
    if state.data.mlflow.awaited != Some(ticket) {
        return;
    }
    state.data.mlflow.awaited = None;
    let plan = match result {
        Ok(plan) => *plan,
        Err(failure) => return state.fail(&failure),
    };
    let severity = match plan.items.first() {
        Some(item) if !plan.losses().is_empty() => Severity::TypeName(item.subject.clone()),
        _ => Severity::YesNo,
    };
    let notes = vec![Text::new(
        Tone::Dim,
        "What is refused on the way to MLflow changes nothing: the job tells who refused.",
    )];
    plans::confirm(
        state,
        plans::Question {
            plan,
            verb: "change".to_owned(),
            severity,
            notes,
            passwords: Passwords::default(),
            prove: Vec::new(),
        },
    );
}
