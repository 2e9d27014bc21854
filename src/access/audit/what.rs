//! What is asked about.

use std::{fmt, str::FromStr};

use crate::access::{Catalog, Entry, Route, route};

/// What is asked about: a permission, a glob over permissions (`runs:*`), or a method and a path
/// (`POST /api/2.0/mlflow/runs/create`, or `POST mlflow/runs/create` under both prefixes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct What(String);

impl What {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a method and a path, and no permission.
    pub fn is_route(&self) -> bool {
        Entry::is_route(&self.0)
    }

    /// Whether it is about a route.
    pub fn is_about(&self, route: &Route) -> bool {
        Entry::matches(&self.0, route)
    }

    /// The routes that it is about, in the catalog's order. Of a permission only those that the
    /// API has a method for: the others are refused for everybody.
    pub fn routes<'c>(&self, catalog: &'c Catalog) -> Vec<&'c Route> {
        let routes: Vec<&Route> = catalog
            .routes()
            .iter()
            .filter(|route| self.is_about(route))
            .filter(|route| self.is_route() || route::has_method(&route.path))
            .collect();
        if routes.is_empty()
            && let Ok(Entry::Route(Some(method), path)) = Entry::parse(&self.0)
        {
            // A path with its parameters filled in.
            return catalog.find(method, path).into_iter().collect();
        }
        routes
    }
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Entry::parse(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
