//! `mlflow/model-versions/…`.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{
    args::{Args, Kind, optional, required},
    fault::Fault,
    filter::{self, Operand, Scope},
    page,
    store::{Store, Version},
};

/// The stages, as MLflow spells them.
const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

/// A stage in MLflow's spelling.
pub(super) fn stage(given: &str) -> Result<&'static str, Fault> {
    STAGES
        .into_iter()
        .find(|stage| stage.eq_ignore_ascii_case(given))
        .ok_or_else(|| {
            Fault::invalid(format!(
                "Invalid Model Version stage: {given}. Value must be one of None, Staging, Production, Archived."
            ))
        })
}

pub(super) fn create(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("name", Kind::Text),
        required("source", Kind::Text),
        optional("run_id", Kind::Text),
        optional("tags", Kind::List),
        optional("run_link", Kind::Text),
        optional("description", Kind::Text),
    ])?;
    let (name, source) = (args.text("name"), args.text("source"));
    check_source(&source)?;
    let tags = args.pairs("tags")?.into_iter().collect();
    let model = store.model_mut(&name)?;
    let number = model
        .versions
        .keys()
        .next_back()
        .map_or(1, |last| last.saturating_add(1));
    let version = Version {
        name,
        number,
        created: args.now,
        updated: args.now,
        stage: "None".to_owned(),
        description: args.text("description"),
        source,
        run_id: args.text("run_id"),
        run_link: args.text("run_link"),
        tags,
    };
    let answer = json!({"model_version": version.wire()});
    model.versions.insert(number, version);
    model.updated = args.now;
    store.changed();
    Ok(answer)
}

/// MLflow takes no path of its own host and no relative path as a source.
fn check_source(source: &str) -> Result<(), Fault> {
    let decoded = percent_decode_str(source).decode_utf8_lossy();
    let (scheme, rest) = decoded.split_once(':').unwrap_or(("", &decoded));
    if scheme.is_empty() || scheme == "file" {
        return Err(Fault::invalid(format!(
            "Invalid model version source: '{source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id."
        )));
    }
    if rest.split('/').any(|part| part == ".." || part == ".") || rest.contains('\0') {
        return Err(Fault::invalid(format!(
            "Invalid model version source: '{source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path."
        )));
    }
    Ok(())
}

fn named() -> [super::args::Field; 2] {
    [
        required("name", Kind::Text),
        required("version", Kind::Text),
    ]
}

pub(super) fn get(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    let (name, number) = (args.text("name"), args.text("version"));
    let version = store.version(&name, &number)?;
    Ok(json!({"model_version": store.model(&name)?.version_wire(version)}))
}

pub(super) fn update(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    args.check(&[optional("description", Kind::Text)])?;
    let (name, number) = (args.text("name"), args.text("version"));
    let description = args.maybe_text("description");
    change(store, args, &name, &number, |version| {
        if let Some(description) = description {
            version.description = description;
        }
    })
}

/// Changes a version, stamps it and answers it with its aliases.
fn change(
    store: &mut Store,
    args: &Args,
    name: &str,
    number: &str,
    edit: impl FnOnce(&mut Version),
) -> Result<Value, Fault> {
    let version = store.version_mut(name, number)?;
    edit(version);
    version.updated = args.now;
    store.changed();
    let model = store.model(name)?;
    Ok(json!({"model_version": model.version_wire(store.version(name, number)?)}))
}

pub(super) fn transition(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    args.check(&[
        required("stage", Kind::Text),
        optional("archive_existing_versions", Kind::Flag),
    ])?;
    let (name, number) = (args.text("name"), args.text("version"));
    let to = stage(&args.text("stage"))?;
    let archive = args.flag("archive_existing_versions");
    if archive && !matches!(to, "Staging" | "Production") {
        return Err(Fault::new(
            "INTERNAL_ERROR",
            format!(
                "Model version transition cannot archive existing model versions because '{to}' is not an Active stage. Valid stages are ['Staging', 'Production']"
            ),
        ));
    }
    let moved = store.version(&name, &number)?.number;
    let model = store.model_mut(&name)?;
    model.updated = args.now;
    if archive {
        for other in model.versions.values_mut() {
            if other.stage == to && other.number != moved {
                "Archived".clone_into(&mut other.stage);
                other.updated = args.now;
            }
        }
    }
    change(store, args, &name, &number, |version| {
        to.clone_into(&mut version.stage);
    })
}

pub(super) fn delete(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    let name = args.text("name");
    let number = store.version(&name, &args.text("version"))?.number;
    let model = store.model_mut(&name)?;
    model.versions.remove(&number);
    model.updated = args.now;
    store.changed();
    Ok(json!({}))
}

pub(super) fn download_uri(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    let name = args.text("name");
    if name.is_empty() {
        return Err(Fault::invalid("Registered model name cannot be empty."));
    }
    let version = store.version(&name, &args.text("version"))?;
    Ok(json!({"artifact_uri": version.source}))
}

pub(super) fn set_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    args.check(&[required("key", Kind::Text), optional("value", Kind::Text)])?;
    let version = store.version_mut(&args.text("name"), &args.text("version"))?;
    version.tags.insert(args.text("key"), args.text("value"));
    store.changed();
    Ok(json!({}))
}

pub(super) fn delete_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&named())?;
    args.check(&[required("key", Kind::Text)])?;
    let version = store.version_mut(&args.text("name"), &args.text("version"))?;
    if version.tags.remove(&args.text("key")).is_some() {
        store.changed();
    }
    Ok(json!({}))
}

pub(super) fn search(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        optional("filter", Kind::Text),
        optional("max_results", Kind::Integer),
        optional("page_token", Kind::Text),
    ])?;
    let page = args.page(10_000, 200_000)?;
    let clauses = filter::parse(&args.text("filter"))?;
    let order = filter::order(&args.texts("order_by"))?;
    let mut found: Vec<&Version> = store
        .models
        .values()
        .flat_map(|model| model.versions.values())
        .filter(|version| {
            clauses
                .iter()
                .all(|clause| clause.holds(|scope, key| look(version, scope, key)))
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
                right
                    .updated
                    .cmp(&left.updated)
                    .then_with(|| left.name.cmp(&right.name))
                    .then(right.number.cmp(&left.number))
            })
    });
    let found = found.into_iter().map(Version::wire).collect();
    Ok(page::of("model_versions", found, page))
}

fn look(version: &Version, scope: Scope, key: &str) -> Option<Operand> {
    match (scope, key) {
        (Scope::Attribute, "name") => Some(Operand::Text(version.name.clone())),
        (Scope::Attribute, "run_id") => Some(Operand::Text(version.run_id.clone())),
        (Scope::Attribute, "source_path") => Some(Operand::Text(version.source.clone())),
        (Scope::Attribute, "version_number") => {
            i64::try_from(version.number).ok().map(Operand::from)
        }
        (Scope::Attribute, "last_updated_timestamp") => Some(Operand::from(version.updated)),
        (Scope::Attribute, "creation_timestamp") => Some(Operand::from(version.created)),
        (Scope::Tag, key) => version.tags.get(key).cloned().map(Operand::Text),
        _ => None,
    }
}
