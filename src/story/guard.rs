//! A story changes nothing but its own: which requests can change something, and what they name.

use serde_json::Value;

use super::{Step, Target, template};
use crate::{
    access::{Catalog, Kind, Method, Route, route::operation_of},
    mlflow::ApiRequest,
};

/// The operations whose makings can be taken away again.
const AREAS: [(&str, Area); 4] = [
    ("mlflow/experiments/", Area::Experiments),
    ("mlflow/runs/", Area::Runs),
    ("mlflow/registered-models/", Area::Models),
    ("mlflow/model-versions/", Area::Models),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    Experiments,
    Runs,
    Models,
}

/// What a request names that it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// An experiment, by id.
    Experiment,
    /// An experiment, by name.
    ExperimentName,
    /// A run, by id.
    Run,
    /// A registered model, by name.
    Model,
}

impl Subject {
    /// What it must be, as it is told.
    fn wanted(self) -> &'static str {
        match self {
            Self::Experiment => "{experiment}, or an id from an earlier answer",
            Self::ExperimentName => "a name that starts with {experiment_name}",
            Self::Run => "the id of a run from an earlier answer",
            Self::Model => "{model}, or a name that starts with it",
        }
    }
}

/// Whether a request can change something: anything but a known read, and but a GET that no
/// known version has.
pub(super) fn writes(method: Method, path: &str) -> bool {
    let mut known = [Catalog::versions().first(), Catalog::versions().last()]
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let catalog = Catalog::for_version(version);
            let reads = |route: &Route| route.kind == Kind::Read;
            catalog.find(method, path).map(reads)
        });
    match known.next() {
        Some(first) => !(first && known.all(|reads| reads)),
        None => !matches!(method, Method::Get | Method::Head | Method::Options),
    }
}

/// What a request of an operation names, with the field it stands in. None where a story cannot
/// take away what the operation makes.
pub(super) fn subjects<'v>(
    operation: &str,
    fields: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Option<Vec<(Subject, &'v str, &'v Value)>> {
    let (_, area) = AREAS
        .iter()
        .find(|(start, _)| operation.starts_with(start))?;
    let mut found = Vec::new();
    for (field, value) in fields {
        let subject = match (field, area) {
            ("experiment_id" | "experiment_ids", _) => Subject::Experiment,
            ("run_id" | "run_uuid", _) => Subject::Run,
            ("name" | "new_name", Area::Models) => Subject::Model,
            ("name" | "new_name", Area::Experiments) => Subject::ExperimentName,
            _ => continue,
        };
        match value {
            Value::Array(items) => found.extend(items.iter().map(|item| (subject, field, item))),
            one => found.push((subject, field, one)),
        }
    }
    Some(found)
}

/// What is wrong with a step of a story: it could change what is not the story's own.
pub(super) fn mistake(step: &Step) -> Option<String> {
    if !step.writes() {
        return None;
    }
    let (Target::Operation(target) | Target::Path(target)) = &step.target;
    let fields = step
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .chain(of_body(step.body.as_ref()));
    let Some(named) = subjects(operation_of(target), fields) else {
        return Some(format!(
            "a story changes experiments, runs, registered models and versions only, which it can \
             take away again: {} {target} is none of theirs",
            step.method
        ));
    };
    if named.is_empty() {
        return Some(
            "this can change something, and names nothing of the story's own: give it \
             {experiment}, {model}, or a run from an earlier answer"
                .to_owned(),
        );
    }
    named.into_iter().find_map(|(subject, field, value)| {
        let text = value.as_str().unwrap_or_default();
        let fits = match subject {
            Subject::Experiment | Subject::Run => template::only_name(text).is_some(),
            Subject::ExperimentName => {
                text.starts_with("{experiment_name}") || template::only_name(text).is_some()
            }
            Subject::Model => text.starts_with("{model}") || template::only_name(text).is_some(),
        };
        (!fits).then(|| {
            let value = template::plain(value);
            format!(
                "{field} is {value:?}, which may not be the story's own: write {}",
                subject.wanted()
            )
        })
    })
}

/// Why a request is not sent, where it would change what is not the story's own.
pub(super) fn refusal(
    request: &ApiRequest,
    mut is_ours: impl FnMut(Subject, &str) -> bool,
) -> Option<String> {
    if !writes(request.method, &request.path) {
        return None;
    }
    let query: Vec<(&str, Value)> = request
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), Value::from(value.as_str())))
        .collect();
    let fields = query
        .iter()
        .map(|(name, value)| (*name, value))
        .chain(of_body(request.body.as_ref()));
    let named = subjects(operation_of(&request.path), fields).unwrap_or_default();
    if named.is_empty() {
        return Some("not sent: it names nothing that is the story's own".to_owned());
    }
    named.into_iter().find_map(|(subject, field, value)| {
        let value = template::plain(value);
        (!is_ours(subject, &value)).then(|| {
            format!("not sent: {field} {value:?} is not the story's own, and this can change it")
        })
    })
}

/// The fields of a body.
pub(super) fn of_body(body: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    body.and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(Method::Post, "/ajax-api/2.0/mlflow/runs/search", false)]
    #[case(Method::Post, "/api/2.0/mlflow/experiments/search", false)]
    #[case(Method::Get, "/api/2.0/mlflow/registered-models/get", false)]
    #[case(Method::Get, "/nobody/knows", false)]
    #[case(Method::Post, "/nobody/knows", true)]
    #[case(Method::Post, "/ajax-api/2.0/mlflow/runs/create", true)]
    #[case(Method::Delete, "/api/2.0/mlflow/model-versions/delete", true)]
    #[case(Method::Patch, "/api/2.0/mlflow/registered-models/update", true)]
    fn what_can_change_something_is_known(
        #[case] method: Method,
        #[case] path: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(writes(method, path), expected);
    }

    #[test]
    fn only_what_names_the_storys_own_is_sent() {
        let ours = |subject, value: &str| subject == Subject::Model && value == "mine";
        let create = |body| ApiRequest::post("/api/2.0/mlflow/model-versions/create", body);
        assert_eq!(refusal(&create(json!({"name": "mine"})), ours), None);
        for body in [
            json!({}),
            json!({"name": "theirs"}),
            json!({"name": "mine", "run_id": "theirs"}),
        ] {
            assert!(refusal(&create(body), ours).is_some());
        }
        let other = ApiRequest::post("/ajax-api/2.0/mlflow/webhooks", json!({"name": "mine"}));
        assert!(refusal(&other, ours).is_some());
        let search = ApiRequest::post(
            "/api/2.0/mlflow/runs/search",
            json!({"experiment_ids": ["1"]}),
        );
        assert_eq!(refusal(&search, ours), None, "reading is free");
    }
}
