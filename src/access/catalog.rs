//! The catalog of MLflow's REST routes, by version.
//!
//! Read off running servers, each route with its permission and its own safe request; the
//! safe requests were sent to both versions, and left every table and artifact as it was.

use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::{
    policy::glob,
    route::{Kind, Method, Probe, Route, SafeRequest},
};
use crate::domain::Deployment;

/// The routes, as embedded: each once, with the versions and the roots that have it.
const ASSET: &str = include_str!("../../assets/routes.json");

/// The versions whose routes were read off a running server, oldest first.
const VERSIONS: &[&str] = &["2.12.2", "3.17.2"];

/// The verbs of a permission in the order of every table; unknown ones come last.
const VERBS: &[&str] = &[
    "read",
    "query",
    "register",
    "create",
    "transition",
    "write",
    "delete",
];

/// One line of the asset.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    method: Method,
    /// `ajax-api`, `api`: the roots that have it; none where the path is whole.
    #[serde(default)]
    roots: Vec<String>,
    path: String,
    permission: String,
    kind: Kind,
    area: String,
    rpc: String,
    versions: Vec<String>,
    #[serde(default)]
    probe: RowProbe,
}

/// The safe request where it is not just the path.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowProbe {
    /// The path, sentinels filled in, where the template has parameters.
    path: Option<String>,
    #[serde(default)]
    query: IndexMap<String, String>,
    body: Option<Value>,
    /// Why there is no safe request.
    none: Option<String>,
}

impl Row {
    fn routes(self) -> Vec<Route> {
        let versions: Vec<&'static str> = VERSIONS
            .iter()
            .copied()
            .filter(|version| self.versions.iter().any(|known| known == version))
            .collect();
        let roots = if self.roots.is_empty() {
            vec![String::new()]
        } else {
            self.roots.iter().map(|root| format!("/{root}")).collect()
        };
        roots
            .into_iter()
            .map(|root| Route {
                method: self.method,
                path: format!("{root}{}", self.path),
                permission: self.permission.clone(),
                kind: self.kind,
                area: self.area.clone(),
                rpc: self.rpc.clone(),
                versions: versions.clone(),
                probe: match &self.probe.none {
                    Some(reason) => Probe::None {
                        reason: reason.clone(),
                    },
                    None => Probe::Safe(SafeRequest {
                        path: format!("{root}{}", self.probe.path.as_ref().unwrap_or(&self.path)),
                        query: self
                            .probe
                            .query
                            .iter()
                            .map(|(key, value)| (key.clone(), value.clone()))
                            .collect(),
                        body: self.probe.body.clone(),
                    }),
                },
            })
            .collect()
    }
}

/// Every route of every version, read once.
fn all() -> &'static [Route] {
    static ALL: OnceLock<Vec<Route>> = OnceLock::new();
    ALL.get_or_init(|| {
        // The asset is part of the program, and a test reads it.
        let rows: Vec<Row> = serde_json::from_str(ASSET).unwrap_or_default();
        rows.into_iter().flat_map(Row::routes).collect()
    })
}

/// The routes of one MLflow version.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    routes: Vec<Route>,
}

impl Catalog {
    /// The version whose routes are taken where MLflow's own is not known: the sample's.
    pub const ASSUMED: &'static str = "2.12.2";

    /// The routes of a deployment's MLflow; where its version is not known, of [`Self::ASSUMED`].
    pub fn of(deployment: &Deployment) -> Self {
        let version = deployment.mlflow_version.as_ref();
        Self::for_version(version.map_or(Self::ASSUMED, |found| &found.value))
    }

    /// The routes of `version`: of the newest known version that is not newer, else of the
    /// oldest known. What is no version at all gets the newest known.
    pub fn for_version(version: &str) -> Self {
        let known = known(version);
        Self {
            routes: all()
                .iter()
                .filter(|route| route.versions.contains(&known))
                .cloned()
                .collect(),
        }
    }

    /// The routes, ordered as their permissions are, then by path and method.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The versions whose routes are known, oldest first.
    pub fn versions() -> &'static [&'static str] {
        VERSIONS
    }

    /// The route that serves a method and a path (a template, or a concrete path).
    pub fn find(&self, method: Method, path: &str) -> Option<&Route> {
        let of_method = || self.routes.iter().filter(|route| route.method == method);
        of_method()
            .find(|route| route.path == path)
            // Of two templates that fit, the one that says more: `traces/get` before
            // `traces/<trace_id>`.
            .or_else(|| {
                of_method()
                    .filter(|route| fits(&route.path, path))
                    .max_by_key(|route| literal_length(&route.path))
            })
    }

    /// The permissions that the routes belong to, in the order of every table.
    pub fn permissions(&self) -> Vec<&str> {
        let mut areas: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for route in &self.routes {
            let area = route
                .permission
                .split_once(':')
                .map_or("", |(area, _)| area);
            let permissions = areas.entry(area).or_default();
            if !permissions.contains(&route.permission.as_str()) {
                permissions.push(&route.permission);
            }
        }
        for permissions in areas.values_mut() {
            permissions.sort_by_key(|permission| {
                let verb = permission.split_once(':').map_or("", |(_, verb)| verb);
                VERBS
                    .iter()
                    .position(|known| *known == verb)
                    .unwrap_or(VERBS.len())
            });
        }
        areas.into_values().flatten().collect()
    }

    /// Every route of every known version, each once.
    pub fn every_route() -> impl Iterator<Item = &'static Route> {
        all().iter()
    }

    /// Every permission of every known version, in the order of every table.
    pub fn all_permissions() -> Vec<&'static str> {
        static EVERYTHING: OnceLock<Catalog> = OnceLock::new();
        EVERYTHING
            .get_or_init(|| Self {
                routes: all().to_vec(),
            })
            .permissions()
    }
}

/// The known version whose routes stand for `version`: the newest that is not newer, else the
/// oldest. What is no version at all gets the newest.
pub fn known(version: &str) -> &'static str {
    let (oldest, newest) = (VERSIONS.first(), VERSIONS.last());
    let Some(mut wanted) = numbers(version) else {
        return newest.copied().unwrap_or_default();
    };
    // Where only the major version is known, `3` stands for the newest of its kind.
    if let ([_, rest @ ..], false) = (&mut wanted, version.contains('.')) {
        *rest = [u32::MAX; 2];
    }
    VERSIONS
        .iter()
        .rfind(|known| numbers(known).is_some_and(|known| known <= wanted))
        .or(oldest)
        .copied()
        .unwrap_or_default()
}

/// `3.17.2` as numbers; what follows them (`rc1`, `.dev0`) does not count.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    for (at, (number, part)) in numbers
        .iter_mut()
        .zip(version.trim().split('.'))
        .enumerate()
    {
        let digits = part.find(|char: char| !char.is_ascii_digit());
        let digits = digits.and_then(|end| part.get(..end)).unwrap_or(part);
        match digits.parse() {
            Ok(parsed) => *number = parsed,
            Err(_) if at == 0 => return None,
            Err(_) => break,
        }
    }
    Some(numbers)
}

/// Whether a path fits a template: segment by segment, a parameter for artifacts or files
/// taking any number of them.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some(part), Some(_)) if takes_the_rest(part) => return true,
            (None, None) => return true,
            (Some(wanted), Some(given)) if fits_segment(wanted, given) => {}
            _ => return false,
        }
    }
}

/// Whether a part of a template takes all that is left of a path.
pub(super) fn takes_the_rest(part: &str) -> bool {
    matches!(part, "<artifact_path>" | "<path>" | "<filename>")
}

/// `<endpoint_name>:generateContent`, `<run_id>`, or plain text.
fn fits_segment(template: &str, segment: &str) -> bool {
    match (template.split_once('<'), template.rsplit_once('>')) {
        (Some((before, _)), Some((_, after))) => {
            !segment.is_empty() && glob::matches(&format!("{before}*{after}"), segment)
        }
        _ => template == segment,
    }
}

/// How many characters of a template are no parameter's.
pub(super) fn literal_length(template: &str) -> usize {
    let mut inside = false;
    template
        .chars()
        .filter(|char| {
            match char {
                '<' => inside = true,
                '>' => inside = false,
                _ => {}
            }
            !inside
        })
        .count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[test]
    fn the_asset_holds_every_route_of_both_versions() {
        // What the running servers listed, and the three of the deployments server.
        assert_eq!(Catalog::for_version("2.12.2").routes().len(), 123 + 3);
        assert_eq!(Catalog::for_version("3.17.2").routes().len(), 485 + 3);
        for version in VERSIONS {
            let catalog = Catalog::for_version(version);
            let unique: BTreeSet<_> = catalog
                .routes()
                .iter()
                .map(|route| (route.method, &route.path))
                .collect();
            assert_eq!(unique.len(), catalog.routes().len());
        }
    }

    #[rstest]
    #[case("2.12.2", "2.12.2")]
    #[case("2.14.0", "2.12.2")]
    #[case("1.30.0", "2.12.2")]
    #[case("3.17.10", "3.17.2")]
    #[case("3.17.2rc1", "3.17.2")]
    #[case("3.18.0.dev0", "3.17.2")]
    #[case("2", "2.12.2")]
    #[case("3", "3.17.2")]
    #[case("4", "3.17.2")]
    #[case("unknown", "3.17.2")]
    fn a_version_has_the_routes_of_the_newest_that_is_not_newer(
        #[case] version: &str,
        #[case] known: &str,
    ) {
        assert_eq!(super::known(version), known);
    }

    #[test]
    fn a_safe_request_has_no_parameter_left_and_nothing_to_decode() {
        for route in all() {
            let Probe::Safe(request) = &route.probe else {
                continue;
            };
            assert!(
                !request.path.contains(['<', '>', '%', '#', '?']),
                "{route:?}"
            );
            assert!(!request.path.contains(".."), "{route:?}");
            assert_eq!(
                crate::access::route::scheme_of(&request.path),
                route.scheme(),
                "{route:?}"
            );
            // A write without a body would be refused for the wrong reason, or not at all.
            assert_eq!(
                request.body.is_some(),
                route.method != Method::Get,
                "{route:?}"
            );
        }
    }

    #[test]
    fn a_probe_is_decided_as_its_route_is() {
        // What a gateway authorises by pattern must not tell the probe from the route.
        for route in all() {
            if let Probe::Safe(request) = &route.probe {
                let bare = request.path.trim_end_matches('/');
                assert!(
                    fits(&route.path, &request.path) || route.path.starts_with(bare),
                    "{} is no {}",
                    request.path,
                    route.path
                );
            }
        }
    }

    #[rstest]
    #[case(Method::Post, "/ajax-api/3.0/mlflow/demo/generate")]
    #[case(Method::Post, "/ajax-api/3.0/mlflow/demo/delete")]
    #[case(Method::Put, "/ajax-api/3.0/mlflow/assistant/config")]
    #[case(Method::Post, "/ajax-api/3.0/mlflow/assistant/skills/install")]
    #[case(Method::Get, "/ajax-api/3.0/mlflow/assistant/providers")]
    #[case(
        Method::Get,
        "/ajax-api/3.0/mlflow/assistant/providers/<provider>/health"
    )]
    #[case(
        Method::Get,
        "/ajax-api/3.0/mlflow/assistant/providers/<provider>/models"
    )]
    #[case(Method::Get, "/ajax-api/3.0/mlflow/gateway/supported-models")]
    #[case(Method::Get, "/graphql")]
    fn some_are_never_probed(#[case] method: Method, #[case] path: &str) {
        let catalog = Catalog::for_version("3.17.2");
        let route = catalog.find(method, path).unwrap();
        assert!(matches!(route.probe, Probe::None { .. }), "{route:?}");
    }

    #[rstest]
    #[case(Method::Post, "/api/2.0/mlflow/runs/create", "runs:write")]
    #[case(Method::Post, "/api/2.0/mlflow/runs/search", "runs:read")]
    #[case(Method::Post, "/api/2.0/mlflow/runs/log-metric", "metrics:write")]
    #[case(
        Method::Post,
        "/ajax-api/2.0/mlflow/registered-models/create",
        "registered-models:register"
    )]
    #[case(
        Method::Patch,
        "/ajax-api/2.0/mlflow/registered-models/update",
        "registered-models:write"
    )]
    #[case(
        Method::Post,
        "/ajax-api/2.0/mlflow/model-versions/create",
        "model-versions:create"
    )]
    #[case(
        Method::Post,
        "/ajax-api/2.0/mlflow/model-versions/transition-stage",
        "model-versions:transition"
    )]
    #[case(
        Method::Patch,
        "/ajax-api/2.0/mlflow/model-versions/update",
        "model-versions:write"
    )]
    #[case(
        Method::Delete,
        "/ajax-api/2.0/mlflow/model-versions/delete-tag",
        "model-versions:delete"
    )]
    #[case(Method::Post, "/graphql", "graphql:query")]
    #[case(Method::Get, "/version", "ui:read")]
    #[case(Method::Get, "/get-artifact", "artifacts:read")]
    #[case(Method::Get, "/ajax-api/2.0/mlflow/gateway-proxy", "gateway:read")]
    #[case(Method::Get, "/api/2.0/endpoints", "deployments:read")]
    #[case(
        Method::Put,
        "/api/2.0/mlflow-artifacts/artifacts/a/b/c.txt",
        "artifacts:write"
    )]
    #[case(Method::Get, "/static-files/js/main.js", "ui:read")]
    #[case(Method::Get, "/ajax-api/3.0/mlflow/traces/get", "traces:read")]
    #[case(
        Method::Post,
        "/gateway/gemini/v1beta/models/m:generateContent",
        "gateway:write"
    )]
    fn a_route_has_its_permission(
        #[case] method: Method,
        #[case] path: &str,
        #[case] permission: &str,
    ) {
        let catalog = Catalog::for_version("3.17.2");
        assert_eq!(catalog.find(method, path).unwrap().permission, permission);
    }

    #[rstest]
    #[case("/ajax-api/2.0/mlflow/no-such")]
    #[case("/ajax-api/2.0/mlflow/runs/create/more")]
    #[case("/ajax-api/3.0/mlflow/traces/x/no-such")]
    #[case("")]
    fn what_is_no_route_is_not_found(#[case] path: &str) {
        assert_eq!(Catalog::for_version("3.17.2").find(Method::Get, path), None);
    }

    #[test]
    fn permissions_come_in_the_order_of_the_tables() {
        let catalog = Catalog::for_version("2.12.2");
        let permissions = catalog.permissions();
        let of_models: Vec<_> = permissions
            .iter()
            .filter(|permission| permission.starts_with("model-versions:"))
            .collect();
        assert_eq!(
            of_models,
            [
                &"model-versions:read",
                &"model-versions:create",
                &"model-versions:transition",
                &"model-versions:write",
                &"model-versions:delete"
            ]
        );
        assert_eq!(permissions.first(), Some(&"ui:read"));
        assert!(Catalog::all_permissions().len() > permissions.len());
    }
}
