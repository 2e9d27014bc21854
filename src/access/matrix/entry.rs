//! One entry of a row: a permission glob, or a route.

use crate::access::{
    permission::covers,
    policy::glob,
    route::{Method, Route, operation_of},
};

/// An entry of `allow` or `deny`: a glob over permissions (`runs:*`), or a method and a path
/// (`POST /ajax-api/2.0/mlflow/runs/delete`). The method may be `*`; the path is a glob over
/// route templates, and one without a first slash names the operation under both prefixes:
/// `GET mlflow/runs/get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A glob over permissions.
    Permission(&'a str),
    /// A method (none for any) and a glob over paths.
    Route(Option<Method>, &'a str),
}

impl<'a> Entry<'a> {
    /// Reads an entry.
    ///
    /// # Errors
    /// It names a route by a method that there is not.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let Some((method, path)) = text.split_once(' ') else {
            return Ok(Self::Permission(text));
        };
        let method = match method {
            "*" => None,
            name => Some(name.parse::<Method>()?),
        };
        Ok(Self::Route(method, path.trim_start()))
    }

    /// Whether an entry names a route and no permission.
    pub fn is_route(text: &str) -> bool {
        text.contains(' ')
    }

    /// Whether an entry is about a route.
    pub fn matches(text: &str, route: &Route) -> bool {
        Entry::parse(text).is_ok_and(|entry| entry.is_about(route))
    }

    /// Whether it is about a route.
    pub fn is_about(&self, route: &Route) -> bool {
        match self {
            Self::Permission(pattern) => covers(pattern, &route.permission),
            Self::Route(method, path) => {
                let template = if path.starts_with('/') {
                    &route.path
                } else {
                    operation_of(&route.path)
                };
                method.is_none_or(|method| method == route.method) && glob::matches(path, template)
            }
        }
    }
}
