//! Few patterns that match some routes of a catalog and none of the others: what a role's policy
//! and an authorizer's rules are made of.

use super::{Effect, MatrixRow, Route, overlap, policy::glob};

/// How many parts of a path a wildcard may stand after at the least: areas of the API first
/// (`/api/2.0/mlflow/runs/*`), wider ones only where the document would get too large.
pub(super) const DEPTHS: [usize; 3] = [4, 3, 0];

/// What stands for a parameter where a route is evaluated: no route has it.
const PARAMETER: &str = "~";

/// A path with its parameters filled in.
pub(super) fn concrete(path: &str) -> String {
    filled(path, PARAMETER)
}

/// A path with `text` for each parameter: `models/<name>:generateContent` keeps its end.
fn filled(path: &str, text: &str) -> String {
    let part = |part: &str| match (part.split_once('<'), part.rsplit_once('>')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{text}{after}"),
        _ => part.to_owned(),
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    parts.join("/")
}

/// A pattern of the document: what stands after the stage, `POST/api/2.0/mlflow/runs/*`.
pub(super) type Pattern = String;

/// What stands for a row: the patterns that are open, and those that are closed all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// The patterns that are allowed.
    pub open: Vec<Pattern>,
    /// The patterns within them that are denied.
    pub closed: Vec<Pattern>,
}

/// The patterns for what a row declares of these routes. Wildcards stand after `depth` parts of
/// a path or later.
pub(super) fn of_row(routes: &[&Route], row: &MatrixRow, depth: usize) -> Cover {
    let (allowed, denied): (Vec<&Route>, Vec<&Route>) = routes
        .iter()
        .copied()
        .partition(|route| row.effect_of(route) == Effect::Allow);
    if allowed.is_empty() {
        return Cover::default();
    }
    // Who may do everything may do what the next version brings.
    if row.is_almighty() {
        return Cover {
            open: vec!["*/*".to_owned()],
            closed: Vec::new(),
        };
    }
    let (mut open, alone) = cover(&allowed, &denied, depth);
    let closed = closed(&alone, &denied);
    for own in alone.into_iter().map(pattern) {
        if !open.contains(&own) {
            open.push(own);
        }
    }
    Cover { open, closed }
}

/// A path as a pattern: parameters stand as `*`.
fn pattern(route: &Route) -> Pattern {
    format!("{}{}", route.method, filled(&route.path, "*"))
}

/// What a request for a route is compared with.
fn target(route: &Route) -> String {
    format!("{}{}", route.method, concrete(&route.path))
}

/// Few patterns that match many of the allowed routes and no request for a denied one; and the
/// routes that are left, each to stand alone.
fn cover<'r>(
    allowed: &[&'r Route],
    denied: &[&Route],
    depth: usize,
) -> (Vec<Pattern>, Vec<&'r Route>) {
    let targets: Vec<String> = allowed.iter().map(|route| target(route)).collect();
    let mut candidates: Vec<(Pattern, Vec<usize>)> = wildcards(allowed, depth)
        .into_iter()
        .filter(|pattern| !denied.iter().any(|route| overlap::meets(pattern, route)))
        .map(|pattern| {
            let covers = targets.iter().enumerate();
            let covers = covers.filter(|(_, target)| glob::matches(&pattern, target));
            let covers = covers.map(|(at, _)| at).collect();
            (pattern, covers)
        })
        .collect();
    candidates.sort();
    let mut left: Vec<bool> = vec![true; targets.len()];
    let mut chosen = Vec::new();
    loop {
        let gain = |covers: &[usize]| {
            covers
                .iter()
                .filter(|at| left.get(**at) == Some(&true))
                .count()
        };
        let best = candidates
            .iter()
            .max_by_key(|(pattern, covers)| (gain(covers), std::cmp::Reverse(pattern.len())));
        // A wildcard for one route alone saves nothing.
        let Some((pattern, covers)) = best.filter(|(_, covers)| gain(covers) > 1) else {
            break;
        };
        for at in covers {
            if let Some(left) = left.get_mut(*at) {
                *left = false;
            }
        }
        chosen.push(pattern.clone());
    }
    let alone = allowed.iter().zip(left).filter(|(_, left)| *left);
    (chosen, alone.map(|(route, _)| *route).collect())
}

/// The patterns that end in a wildcard and match at least one of these routes; and those of one
/// path with any method.
fn wildcards(routes: &[&Route], depth: usize) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for route in routes {
        let path = route.path.trim_start_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        for method in [route.method.as_str(), "*"] {
            for length in depth..parts.len() {
                let Some(head) = parts.get(..length) else {
                    continue;
                };
                if head.iter().any(|part| part.starts_with('<')) {
                    break;
                }
                let mut pattern = format!("{method}/");
                for part in head {
                    pattern.push_str(part);
                    pattern.push('/');
                }
                pattern.push('*');
                patterns.push(pattern);
            }
        }
        let own = pattern(route);
        if let Some((_, path)) = own.split_once('/') {
            patterns.push(format!("*/{path}"));
        }
    }
    patterns.sort();
    patterns.dedup();
    patterns
}

/// The denied routes that a route's own pattern matches all the same, since a parameter may
/// stand for their names: closed by an explicit deny, even where that closes a little of an
/// allowed one, for nothing may be wider than declared.
fn closed(alone: &[&Route], denied: &[&Route]) -> Vec<Pattern> {
    let own: Vec<(Pattern, &Route)> = alone.iter().map(|route| (pattern(route), *route)).collect();
    let mut closed: Vec<Pattern> = denied
        .iter()
        .filter(|denied| {
            own.iter()
                .any(|(own, route)| overlap::strays(own, route, denied))
        })
        .map(|route| pattern(route))
        .collect();
    closed.sort();
    closed.dedup();
    closed
}
