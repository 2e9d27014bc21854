//! Artifacts: listed by run, served, uploaded and deleted through the server itself
//! (`mlflow-artifacts`), as `mlflow server --serve-artifacts` does.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{
    Request,
    args::{Args, Kind, optional, required},
    fault::Fault,
    store::Store,
};
use crate::sandbox::call::Reply;

/// The scheme of artifacts that the server itself keeps.
const PROXIED: &str = "mlflow-artifacts:/";
/// The largest file `upload-artifact` takes, in bytes.
const UPLOAD_LIMIT: usize = 10 * 1024 * 1024;

/// `GET mlflow/artifacts/list`.
pub(super) fn list_of_run(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        optional("path", Kind::Text),
        optional("page_token", Kind::Text),
    ])?;
    let inside = match args.maybe_text("path") {
        Some(path) => safe(&path)?,
        None => String::new(),
    };
    let root = store.run(&args.text("run_id"))?.artifact_uri.clone();
    let mut answer = json!({"root_uri": root});
    let files = match root.strip_prefix(PROXIED) {
        Some(folder) => files(store, &joined(folder, &inside), &inside),
        None => Vec::new(),
    };
    if let (false, Some(map)) = (files.is_empty(), answer.as_object_mut()) {
        map.insert("files".to_owned(), Value::Array(files));
    }
    Ok(answer)
}

/// `GET mlflow-artifacts/artifacts?path=…`.
pub(super) fn list(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    let folder = match args.maybe_text("path") {
        Some(path) => safe(&path)?,
        None => String::new(),
    };
    let files = files(store, &folder, "");
    if files.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({"files": files}))
}

/// `GET`, `PUT`, `DELETE mlflow-artifacts/artifacts/<path>`.
pub(super) fn file(
    store: &mut Store,
    request: &Request<'_>,
    path: &str,
) -> Result<Option<Reply>, Fault> {
    let path = safe(&decoded(path))?;
    match request.method {
        "PUT" => {
            store
                .artifacts
                .insert(path, Bytes::copy_from_slice(request.body));
            store.changed();
        }
        "DELETE" => {
            let inside = format!("{path}/");
            let before = store.artifacts.len();
            store
                .artifacts
                .retain(|name, _| *name != path && !name.starts_with(&inside));
            if store.artifacts.len() != before {
                store.changed();
            }
        }
        _ => return send(store, &path).map(Some),
    }
    Ok(Some(Reply::new(StatusCode::OK, "application/json", "{}")))
}

/// `POST mlflow-artifacts/mpu/…`: not for a store like this one, after MLflow's own checks.
pub(super) fn multipart(_store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("path", Kind::Text)])?;
    Err(Fault::new(
        "NOT_IMPLEMENTED",
        "Multipart upload is not supported for the current artifact repository",
    ))
}

/// `GET /get-artifact?run_id=…&path=…`; `None` without a path, which MLflow answers with a 500.
pub(super) fn of_run(
    store: &mut Store,
    request: &Request<'_>,
    _path: &str,
) -> Result<Option<Reply>, Fault> {
    let query = query(request);
    let Some(path) = query.get("path") else {
        return Ok(None);
    };
    let path = safe(path)?;
    let id = query.get("run_id").or_else(|| query.get("run_uuid"));
    let root = store
        .run(id.map_or("None", String::as_str))?
        .artifact_uri
        .clone();
    send_from(store, &root, &path).map(Some)
}

/// `GET /model-versions/get-artifact?name=…&version=…&path=…`.
pub(super) fn of_version(
    store: &mut Store,
    request: &Request<'_>,
    _path: &str,
) -> Result<Option<Reply>, Fault> {
    let query = query(request);
    let Some(path) = query.get("path") else {
        return Ok(None);
    };
    let path = safe(path)?;
    let named = |key: &str| query.get(key).map_or("", String::as_str);
    if named("name").is_empty() {
        return Err(Fault::invalid("Registered model name cannot be empty."));
    }
    let root = store
        .version(named("name"), named("version"))?
        .source
        .clone();
    send_from(store, &root, &path).map(Some)
}

/// `POST mlflow/upload-artifact?run_uuid=…&path=…`.
pub(super) fn upload(
    store: &mut Store,
    request: &Request<'_>,
    _path: &str,
) -> Result<Option<Reply>, Fault> {
    let query = query(request);
    let given = |key: &str| query.get(key).filter(|value| !value.is_empty());
    let run = given("run_uuid").ok_or_else(|| Fault::invalid("Request must specify run_uuid."))?;
    let path = given("path").ok_or_else(|| Fault::invalid("Request must specify path."))?;
    let path = safe(path)?;
    if request.body.len() > UPLOAD_LIMIT {
        return Err(Fault::invalid(
            "Artifact size is too large. Max size is 10MB.",
        ));
    }
    if request.body.is_empty() {
        return Err(Fault::invalid("Request must specify data."));
    }
    let root = store.run(run)?.artifact_uri.clone();
    let folder = root.strip_prefix(PROXIED).unwrap_or(&root);
    store
        .artifacts
        .insert(joined(folder, &path), Bytes::copy_from_slice(request.body));
    store.changed();
    Ok(Some(Reply::new(StatusCode::OK, "application/json", "")))
}

fn send_from(store: &Store, root: &str, path: &str) -> Result<Reply, Fault> {
    match root.strip_prefix(PROXIED) {
        Some(folder) => send(store, &joined(folder, path)),
        None => Err(Fault::new(
            "INTERNAL_ERROR",
            format!("The sandbox holds no artifacts of {root}"),
        )),
    }
}

fn send(store: &Store, path: &str) -> Result<Reply, Fault> {
    let Some(content) = store.artifacts.get(path) else {
        return Err(Fault::new(
            "INTERNAL_ERROR",
            format!(
                "The following failures occurred while downloading one or more artifacts from the artifact root:\n##### File {path} #####\n[Errno 2] No such file or directory: '{path}'"
            ),
        ));
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("txt" | "yaml" | "yml" | "md" | "csv" | "log") => "text/plain",
        _ if matches!(name, "MLmodel" | "MLproject") => "text/plain",
        _ => "application/octet-stream",
    };
    Ok(Reply::new(StatusCode::OK, kind, content.clone())
        .header(
            http::header::CONTENT_DISPOSITION,
            &format!("attachment; filename={name}"),
        )
        .header(http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// The files and folders right inside `folder`, named after `shown`.
fn files(store: &Store, folder: &str, shown: &str) -> Vec<Value> {
    let mut found: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (path, content) in &store.artifacts {
        let Some(rest) = (if folder.is_empty() {
            Some(path.as_str())
        } else {
            path.strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
        }) else {
            continue;
        };
        match rest.split_once('/') {
            Some((inner, _)) => found.insert(inner.to_owned(), None),
            None => found.insert(rest.to_owned(), Some(content.len())),
        };
    }
    found
        .into_iter()
        .map(|(name, size)| {
            let path = joined(shown, &name);
            match size {
                Some(size) => json!({"path": path, "is_dir": false, "file_size": size}),
                None => json!({"path": path, "is_dir": true}),
            }
        })
        .collect()
}

fn joined(folder: &str, name: &str) -> String {
    let folder = folder.trim_matches('/');
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

/// MLflow's guard: nothing absolute, nothing upwards, no fragment, however encoded.
fn safe(path: &str) -> Result<String, Fault> {
    let refuse = || Fault::invalid("Invalid path");
    let mut plain = path.to_owned();
    loop {
        let again = decoded(&plain);
        if again == plain {
            break;
        }
        plain = again;
    }
    let upwards = plain.split('/').any(|part| part == "..");
    if upwards || plain.starts_with('/') || plain.contains(['#', '\\', '\0']) {
        return Err(refuse());
    }
    Ok(path.trim_end_matches('/').to_owned())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn query(request: &Request<'_>) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.query.as_bytes())
        .into_owned()
        .collect()
}
