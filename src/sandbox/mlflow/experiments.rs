//! `mlflow/experiments/…`.

use serde_json::{Value, json};

use super::{
    args::{Args, Kind, optional, required},
    fault::Fault,
    filter::{self, Operand, Scope},
    page,
    store::{Experiment, Lifecycle, Store},
};

pub(super) fn create(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        optional("artifact_location", Kind::Text),
        optional("tags", Kind::List),
    ])?;
    let name = args.text("name");
    if let Some(taken) = store.experiments.values().find(|other| other.name == name) {
        let hint = match taken.lifecycle {
            Lifecycle::Active => "already exists.",
            Lifecycle::Deleted => "already exists in deleted state.",
        };
        return Err(Fault::exists(format!("Experiment(name={name}) {hint}")));
    }
    let tags = args.pairs("tags")?.into_iter().collect();
    let next = store
        .experiments
        .keys()
        .filter_map(|id| id.parse::<u64>().ok())
        .max()
        .map_or(0, |last| last.saturating_add(1));
    let id = next.to_string();
    let location = match args.text("artifact_location") {
        given if given.is_empty() => format!("mlflow-artifacts:/{id}"),
        given => given,
    };
    store.experiments.insert(
        id.clone(),
        Experiment {
            id: id.clone(),
            name,
            lifecycle: Lifecycle::Active,
            artifact_location: location,
            created: args.now,
            updated: args.now,
            tags,
        },
    );
    store.changed();
    Ok(json!({"experiment_id": id}))
}

pub(super) fn get(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("experiment_id", Kind::Text)])?;
    let experiment = store.experiment(&args.text("experiment_id"))?;
    Ok(json!({"experiment": experiment.wire()}))
}

pub(super) fn get_by_name(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("experiment_name", Kind::Text)])?;
    let name = args.text("experiment_name");
    let found = store.experiments.values().find(|other| other.name == name);
    found
        .map(|experiment| json!({"experiment": experiment.wire()}))
        .ok_or_else(|| Fault::missing(format!("Could not find experiment with name '{name}'")))
}

pub(super) fn delete(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    relocate(store, args, Lifecycle::Active, Lifecycle::Deleted)
}

pub(super) fn restore(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    relocate(store, args, Lifecycle::Deleted, Lifecycle::Active)
}

/// Moves an experiment and its runs into the bin, or out of it.
fn relocate(
    store: &mut Store,
    args: &Args,
    from: Lifecycle,
    to: Lifecycle,
) -> Result<Value, Fault> {
    args.check(&[required("experiment_id", Kind::Text)])?;
    let id = args.text("experiment_id");
    let experiment = store.experiment_mut(&id)?;
    if experiment.lifecycle != from {
        return Err(Fault::missing(format!("No Experiment with id={id} exists")));
    }
    experiment.lifecycle = to;
    experiment.updated = args.now;
    for run in store.runs.values_mut().filter(|run| run.experiment == id) {
        run.lifecycle = to;
    }
    store.changed();
    Ok(json!({}))
}

pub(super) fn update(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("experiment_id", Kind::Text),
        required("new_name", Kind::Text),
    ])?;
    let (id, name) = (args.text("experiment_id"), args.text("new_name"));
    store.experiment(&id)?;
    if store
        .experiments
        .values()
        .any(|other| other.name == name && other.id != id)
    {
        return Err(Fault::exists(format!(
            "Experiment(name={name}) already exists."
        )));
    }
    let experiment = store.experiment_mut(&id)?;
    if experiment.lifecycle == Lifecycle::Deleted {
        return Err(Fault::new(
            "INTERNAL_ERROR",
            "Cannot rename a non-active experiment.",
        ));
    }
    experiment.name = name;
    experiment.updated = args.now;
    store.changed();
    Ok(json!({}))
}

pub(super) fn set_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("experiment_id", Kind::Text),
        required("key", Kind::Text),
        optional("value", Kind::Text),
    ])?;
    let experiment = store.experiment_mut(&args.text("experiment_id"))?;
    if experiment.lifecycle == Lifecycle::Deleted {
        return Err(inactive(&experiment.id));
    }
    experiment.tags.insert(args.text("key"), args.text("value"));
    store.changed();
    Ok(json!({}))
}

/// A deleted experiment takes no changes.
pub(super) fn inactive(id: &str) -> Fault {
    Fault::invalid(format!(
        "The experiment {id} must be in the 'active' state. Current state is deleted."
    ))
}

pub(super) fn search(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        optional("view_type", Kind::Text),
        optional("order_by", Kind::List),
        optional("filter", Kind::Text),
        optional("page_token", Kind::Text),
    ])?;
    // Protobuf's default of 0 reaches the store when nothing is given, which refuses it.
    let limit = args.integer("max_results").unwrap_or(0);
    if limit <= 0 {
        return Err(Fault::invalid(format!(
            "Invalid value for max_results. It must be a positive integer, but got {limit}"
        )));
    }
    let page = args.page(1000, 50_000)?;
    let view = args.text("view_type");
    let clauses = filter::parse(&args.text("filter"))?;
    let order = filter::order(&args.texts("order_by"))?;
    let look = |experiment: &Experiment, scope: Scope, key: &str| match (scope, key) {
        (Scope::Attribute, "name") => Some(Operand::Text(experiment.name.clone())),
        (Scope::Attribute, "experiment_id") => Some(Operand::Text(experiment.id.clone())),
        (Scope::Attribute, "creation_time") => Some(Operand::from(experiment.created)),
        (Scope::Attribute, "last_update_time") => Some(Operand::from(experiment.updated)),
        (Scope::Tag, key) => experiment.tags.get(key).cloned().map(Operand::Text),
        _ => None,
    };
    let mut found: Vec<&Experiment> = store
        .experiments
        .values()
        .filter(|experiment| experiment.lifecycle.shown_in(&view))
        .filter(|experiment| {
            clauses
                .iter()
                .all(|clause| clause.holds(|scope, key| look(experiment, scope, key)))
        })
        .collect();
    found.sort_by(|left, right| {
        order
            .iter()
            .map(|by| {
                by.compare(
                    look(left, by.scope, &by.key),
                    look(right, by.scope, &by.key),
                )
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| {
                (right.updated, number(&right.id)).cmp(&(left.updated, number(&left.id)))
            })
    });
    let found = found.into_iter().map(Experiment::wire).collect();
    Ok(page::of("experiments", found, page))
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}
