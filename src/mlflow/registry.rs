//! Registered models and their versions: reading and changing them.

use serde_json::{Value, json};

use super::{
    Call, Root, Search,
    models::{ModelVersion, RegisteredModel},
};
use crate::{access::Method, aws::Page};

/// A page of registered models.
pub fn search_models(root: Root, search: &Search) -> Call<Page<RegisteredModel>> {
    Call::page(
        "searching registered models",
        root.get("mlflow/registered-models/search", search.query()),
        "registered_models",
    )
}

/// One registered model.
pub fn model(root: Root, name: &str) -> Call<RegisteredModel> {
    Call::field(
        format!("reading the registered model {name:?}"),
        root.get("mlflow/registered-models/get", [("name", name)]),
        "registered_model",
    )
}

/// A page of versions; those of one model by the filter `name='…'`.
pub fn search_versions(root: Root, search: &Search) -> Call<Page<ModelVersion>> {
    Call::page(
        "searching model versions",
        root.get("mlflow/model-versions/search", search.query()),
        "model_versions",
    )
}

/// One version, with its aliases.
pub fn version(root: Root, name: &str, version: &str) -> Call<ModelVersion> {
    Call::field(
        format!("reading version {version} of {name:?}"),
        root.get(
            "mlflow/model-versions/get",
            [("name", name), ("version", version)],
        ),
        "model_version",
    )
}

/// Makes a registered model.
pub fn create_model(root: Root, name: &str, description: &str) -> Call<RegisteredModel> {
    let body = json!({"name": name, "description": description});
    Call::field(
        format!("registering the model {name:?}"),
        root.send(Method::Post, "mlflow/registered-models/create", body),
        "registered_model",
    )
}

/// Makes a version of a registered model.
pub fn create_version(root: Root, name: &str, source: &str, run: &str) -> Call<ModelVersion> {
    let mut body = json!({"name": name, "source": source});
    if let (Some(body), false) = (body.as_object_mut(), run.is_empty()) {
        body.insert("run_id".into(), json!(run));
    }
    Call::field(
        format!("creating a version of {name:?}"),
        root.send(Method::Post, "mlflow/model-versions/create", body),
        "model_version",
    )
}

/// Moves a version to a stage.
pub fn transition(
    root: Root,
    name: &str,
    version: &str,
    stage: &str,
    archive_existing: bool,
) -> Call<ModelVersion> {
    let body = json!({
        "name": name, "version": version, "stage": stage,
        "archive_existing_versions": archive_existing,
    });
    Call::field(
        format!("moving version {version} of {name:?} to {stage}"),
        root.send(Method::Post, "mlflow/model-versions/transition-stage", body),
        "model_version",
    )
}

/// Gives a version a name of its model's.
pub fn set_alias(root: Root, name: &str, alias: &str, version: &str) -> Call<()> {
    let body = json!({"name": name, "alias": alias, "version": version});
    Call::done(
        format!("setting the alias {alias:?} of {name:?}"),
        root.send(Method::Post, "mlflow/registered-models/alias", body),
    )
}

/// Takes a name of a model's away.
pub fn delete_alias(root: Root, name: &str, alias: &str) -> Call<()> {
    let body = json!({"name": name, "alias": alias});
    Call::done(
        format!("removing the alias {alias:?} of {name:?}"),
        root.send(Method::Delete, "mlflow/registered-models/alias", body),
    )
}

/// Changes a registered model's description.
pub fn describe_model(root: Root, name: &str, description: &str) -> Call<()> {
    let body = json!({"name": name, "description": description});
    Call::done(
        format!("describing {name:?}"),
        root.send(Method::Patch, "mlflow/registered-models/update", body),
    )
}

/// Changes a version's description.
pub fn describe_version(root: Root, name: &str, version: &str, description: &str) -> Call<()> {
    let body = json!({"name": name, "version": version, "description": description});
    Call::done(
        format!("describing version {version} of {name:?}"),
        root.send(Method::Patch, "mlflow/model-versions/update", body),
    )
}

/// Renames a registered model.
pub fn rename_model(root: Root, name: &str, new_name: &str) -> Call<()> {
    let body = json!({"name": name, "new_name": new_name});
    Call::done(
        format!("renaming {name:?}"),
        root.send(Method::Post, "mlflow/registered-models/rename", body),
    )
}

/// Deletes a registered model with its versions, for good.
pub fn delete_model(root: Root, name: &str) -> Call<()> {
    Call::done(
        format!("deleting the registered model {name:?}"),
        root.send(
            Method::Delete,
            "mlflow/registered-models/delete",
            json!({ "name": name }),
        ),
    )
}

/// Deletes a version, for good.
pub fn delete_version(root: Root, name: &str, version: &str) -> Call<()> {
    let body = json!({"name": name, "version": version});
    Call::done(
        format!("deleting version {version} of {name:?}"),
        root.send(Method::Delete, "mlflow/model-versions/delete", body),
    )
}

/// Sets a tag of a registered model, or of a version of it.
pub fn set_tag(root: Root, name: &str, version: Option<&str>, key: &str, value: &str) -> Call<()> {
    let (operation, mut body) = tagged(name, version, key, "set-tag");
    if let Some(body) = body.as_object_mut() {
        body.insert("value".into(), json!(value));
    }
    Call::done(
        format!("setting the tag {key:?} of {name:?}"),
        root.send(Method::Post, &operation, body),
    )
}

/// Removes a tag of a registered model, or of a version of it.
pub fn delete_tag(root: Root, name: &str, version: Option<&str>, key: &str) -> Call<()> {
    let (operation, body) = tagged(name, version, key, "delete-tag");
    Call::done(
        format!("removing the tag {key:?} of {name:?}"),
        root.send(Method::Delete, &operation, body),
    )
}

/// The operation on a tag, and what both of them say.
fn tagged(name: &str, version: Option<&str>, key: &str, verb: &str) -> (String, Value) {
    match version {
        Some(version) => (
            format!("mlflow/model-versions/{verb}"),
            json!({"name": name, "version": version, "key": key}),
        ),
        None => (
            format!("mlflow/registered-models/{verb}"),
            json!({"name": name, "key": key}),
        ),
    }
}
