//! Whether a request for a route can match a pattern, whatever its parameters stand for.

use super::{
    Route,
    catalog::{literal_length, takes_the_rest},
};

/// One place of a pattern, or of a route's template.
#[derive(Clone, Copy)]
enum Place {
    /// This character.
    Is(char),
    /// Any one character; `/` only where it says so.
    One { slash: bool },
    /// Any number of characters; `/` among them only where it says so.
    Run { slash: bool },
}

impl Place {
    /// Whether one character can stand in both places.
    fn shares(self, other: Self) -> bool {
        match (self, other) {
            (Self::Is(one), Self::Is(other)) => one == other,
            (Self::Is(char), Self::One { slash } | Self::Run { slash })
            | (Self::One { slash } | Self::Run { slash }, Self::Is(char)) => slash || char != '/',
            _ => true,
        }
    }

    fn is_run(self) -> bool {
        matches!(self, Self::Run { .. })
    }
}

/// Whether some request for `route` matches `pattern` (`POST/ajax-api/2.0/mlflow/runs/*`).
pub(super) fn meets(pattern: &str, route: &Route) -> bool {
    let (pattern, template) = (of_pattern(pattern), of_route(route));
    let width = template.len() + 1;
    let mut seen = vec![false; (pattern.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((at, to)) = open.pop() {
        let Some(seen) = seen.get_mut(at * width + to) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            continue;
        }
        let (one, other) = (pattern.get(at).copied(), template.get(to).copied());
        if one.is_none() && other.is_none() {
            return true;
        }
        if one.is_some_and(Place::is_run) {
            open.push((at + 1, to));
        }
        if other.is_some_and(Place::is_run) {
            open.push((at, to + 1));
        }
        if let (Some(one), Some(other)) = (one, other)
            && one.shares(other)
        {
            let step = |place: Place| usize::from(!place.is_run());
            open.push((at + step(one), to + step(other)));
        }
    }
    false
}

/// Whether `own`, which stands for the requests of `route`, matches a request that is served
/// as `other`: a wildcard takes more than one part of a path, and of two templates that fit,
/// the one that says more serves.
pub(super) fn strays(own: &str, route: &Route, other: &Route) -> bool {
    if !route.path.contains('<') {
        return false;
    }
    let parts = |route: &Route| route.path.split('/').count();
    let rest = |route: &Route| route.path.split('/').any(takes_the_rest);
    // Part by part a wildcard takes what the parameter takes.
    let is_own = parts(route) == parts(other)
        && !rest(route)
        && !rest(other)
        && literal_length(&route.path) > literal_length(&other.path);
    !is_own && meets(own, other)
}

fn of_pattern(pattern: &str) -> Vec<Place> {
    pattern
        .chars()
        .map(|char| match char {
            '*' => Place::Run { slash: true },
            '?' => Place::One { slash: true },
            char => Place::Is(char),
        })
        .collect()
}

fn of_route(route: &Route) -> Vec<Place> {
    let mut places: Vec<Place> = route.method.as_str().chars().map(Place::Is).collect();
    for part in route.path.trim_start_matches('/').split('/') {
        places.push(Place::Is('/'));
        if takes_the_rest(part) {
            places.push(Place::Run { slash: true });
            break;
        }
        match (part.split_once('<'), part.rsplit_once('>')) {
            (Some((before, _)), Some((_, after))) => {
                places.extend(before.chars().map(Place::Is));
                if before.is_empty() && after.is_empty() {
                    places.push(Place::One { slash: false });
                }
                places.push(Place::Run { slash: false });
                places.extend(after.chars().map(Place::Is));
            }
            _ => places.extend(part.chars().map(Place::Is)),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::access::{Catalog, Method};

    fn route(method: Method, path: &str) -> Route {
        let mut route = Catalog::for_version("2.12.2").routes()[0].clone();
        route.method = method;
        path.clone_into(&mut route.path);
        route
    }

    #[rstest]
    #[case("GET/a/b", "/a/b", true)]
    #[case("GET/a/b", "/a/c", false)]
    #[case("POST/a/b", "/a/b", false)]
    #[case("*/a/search", "/a/<id>", true)]
    #[case("GET/a/search/*", "/a/<id>/b", true)]
    #[case("GET/a/search/*", "/a/<id>", false)]
    #[case("GET/a/*/b", "/a/<id>/c/<name>", true)]
    #[case("GET/a/*/b", "/a/<id>/c", false)]
    #[case("GET/a/", "/a/<id>", false)]
    #[case("GET/a/b/c/d", "/a/<path>", true)]
    #[case("GET/a/b/c/d", "/a/<id>/d", false)]
    #[case("GET/a/*:one", "/a/<name>:another", false)]
    #[case("GET/a/*:one", "/a/<name>:one", true)]
    #[case("GET/a/?", "/a/<id>", true)]
    fn a_pattern_meets_a_route(#[case] pattern: &str, #[case] path: &str, #[case] met: bool) {
        assert_eq!(meets(pattern, &route(Method::Get, path)), met);
    }

    #[rstest]
    // `x/search` is served as `search`, and nothing else is matched.
    #[case("/x/search", "/x/<id>", false)]
    #[case("/x/<id>", "/x/search", true)]
    #[case("/x/<id>/tags", "/x/<id>/<name>", false)]
    // `x/1/tags/tags`: the wildcard takes two parts.
    #[case("/x/<id>/tags", "/x/<id>/tags/<key>", true)]
    #[case("/x/proxy/<name>/<path>", "/x/<name>/do/call", true)]
    #[case("/x/proxy/<name>/<path>", "/x/<name>/call", false)]
    fn a_route_strays_into_another(#[case] path: &str, #[case] other: &str, #[case] strays_: bool) {
        let own: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('<') { "*" } else { part })
            .collect();
        let own = format!("GET{}", own.join("/"));
        let (one, other) = (route(Method::Get, path), route(Method::Get, other));
        assert_eq!(strays(&own, &one, &other), strays_);
    }
}
