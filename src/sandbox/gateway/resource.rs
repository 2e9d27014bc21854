//! The resource tree of the REST API and which of its methods a path selects.

/// How a method authorizes its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The Lambda authorizer (`CUSTOM`).
    Custom,
    /// `AWS_IAM`: a signature and `execute-api:Invoke`.
    Iam,
}

/// What stands behind a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// MLflow, at the path as it is.
    Mlflow,
    /// The MLflow deployments (AI gateway) server.
    Deployments,
}

/// The one method (`ANY`) of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Any {
    /// How it authorizes.
    pub authorization: Authorization,
    /// Where it leads.
    pub target: Target,
}

/// One resource of the REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The resource's id.
    pub id: String,
    /// Its parent's id; none for the root.
    pub parent: Option<String>,
    /// Its full path, `{proxy+}` for a greedy end.
    pub path: String,
    /// Its method, if it has one.
    pub method: Option<Any>,
}

impl Resource {
    /// The last part of the path; empty for the root.
    pub fn part(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// The resource tree of the sample.
pub fn sample() -> Vec<Resource> {
    let custom = Some(Any {
        authorization: Authorization::Custom,
        target: Target::Mlflow,
    });
    let iam = |target| {
        Some(Any {
            authorization: Authorization::Iam,
            target,
        })
    };
    [
        ("r00t4mlfl0", None, "/", None),
        ("pr0xy4", Some("r00t4mlfl0"), "/{proxy+}", custom),
        ("ap1r00", Some("r00t4mlfl0"), "/api", None),
        (
            "ap1pr0",
            Some("ap1r00"),
            "/api/{proxy+}",
            iam(Target::Mlflow),
        ),
        ("ap1v20", Some("ap1r00"), "/api/2.0", None),
        (
            "ap1end",
            Some("ap1v20"),
            "/api/2.0/endpoints",
            iam(Target::Deployments),
        ),
        (
            "ap1epr",
            Some("ap1end"),
            "/api/2.0/endpoints/{proxy+}",
            iam(Target::Deployments),
        ),
        ("endp01", Some("r00t4mlfl0"), "/endpoints", None),
        (
            "endppr",
            Some("endp01"),
            "/endpoints/{proxy+}",
            iam(Target::Deployments),
        ),
    ]
    .into_iter()
    .map(|(id, parent, path, method)| Resource {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        path: path.to_owned(),
        method,
    })
    .collect()
}

/// The method that `path` (as sent, starting with `/`) selects: the resource that matches the
/// most parts literally wins, and one without a method hides the greedy ones above it.
pub(super) fn select(resources: &[Resource], path: &str) -> Option<Any> {
    resources
        .iter()
        .filter_map(|resource| Some((rank(&resource.path, path)?, resource)))
        .max_by_key(|(rank, _)| *rank)
        .and_then(|(_, resource)| resource.method)
}

/// How exactly a resource matches: literal parts, then whether nothing is left to a greedy end.
fn rank(template: &str, path: &str) -> Option<(usize, bool)> {
    let parts = |text: &str| -> Vec<String> {
        let trimmed = text.trim_matches('/');
        if trimmed.is_empty() {
            return Vec::new();
        }
        trimmed.split('/').map(str::to_owned).collect()
    };
    let (template, path) = (parts(template), parts(path));
    let mut given = path.iter();
    for (literal, part) in template.iter().enumerate() {
        if part == "{proxy+}" {
            return given.next().map(|_| (literal, false));
        }
        if given.next() != Some(part) {
            return None;
        }
    }
    given.next().is_none().then_some((template.len(), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(path: &str) -> Option<(Authorization, Target)> {
        select(&sample(), path).map(|any| (any.authorization, any.target))
    }

    #[test]
    fn the_most_specific_resource_is_selected() {
        use {Authorization::*, Target::*};
        for (path, expected) in [
            ("/", None),
            ("/api", None),
            ("/api/", None),
            ("/endpoints", None),
            ("/api/2.0", None),
            ("/version", Some((Custom, Mlflow))),
            ("/apis", Some((Custom, Mlflow))),
            ("/ajax-api/2.0/mlflow/runs/search", Some((Custom, Mlflow))),
            ("/ajax-api/2.0/endpoints", Some((Custom, Mlflow))),
            ("/api/2.0/mlflow/runs/search", Some((Iam, Mlflow))),
            ("/api/3.0", Some((Iam, Mlflow))),
            ("/api/2.0/endpoints", Some((Iam, Deployments))),
            ("/api/2.0/endpoints/chat", Some((Iam, Deployments))),
            ("/api/2.0/endpointsx", Some((Iam, Mlflow))),
            ("/endpoints/chat/invocations", Some((Iam, Deployments))),
            ("/API/2.0/mlflow/runs/search", Some((Custom, Mlflow))),
        ] {
            assert_eq!(authorization(path), expected, "{path}");
        }
    }
}
