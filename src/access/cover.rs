//! Few patterns that match some routes of a catalog and none of the others: what a role's policy
//! and an authorizer's rules are made of.

use super::{Effect, MatrixRow, Route, policy::glob};

/// How many parts of a path a wildcard may stand after at the least: areas of the API first
/// (`/api/2.0/mlflow/runs/*`), wider ones only where the document would get too large.
pub(super) const DEPTHS: [usize; 3] = [4, 3, 0];

/// What stands for a parameter where a route is evaluated: no route has it.
const PARAMETER: &str = "~";

/// A path with its parameters filled in.
pub(super) fn concrete(path: &str) -> String {
    let filled: Vec<&str> = path
        .split('/')
        .map(|part| {
            if part.starts_with('<') {
                PARAMETER
            } else {
                part
            }
        })
        .collect();
    filled.join("/")
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
    let open = if row.is_almighty() {
        vec!["*/*".to_owned()]
    } else {
        cover(&allowed, &denied, depth)
    };
    let closed = closed(&open, &allowed, &denied);
    Cover { open, closed }
}

/// A path as a pattern: parameters stand as `*`.
fn pattern(route: &Route) -> Pattern {
    let parts: Vec<&str> = route
        .path
        .trim_start_matches('/')
        .split('/')
        .map(|part| if part.starts_with('<') { "*" } else { part })
        .collect();
    format!("{}/{}", route.method, parts.join("/"))
}

/// What a request for a route is compared with.
fn target(route: &Route) -> String {
    format!("{}{}", route.method, concrete(&route.path))
}

/// Few patterns that match every allowed route, and no denied one wherever that can be helped.
fn cover(allowed: &[&Route], denied: &[&Route], depth: usize) -> Vec<Pattern> {
    let targets: Vec<String> = allowed.iter().map(|route| target(route)).collect();
    let forbidden: Vec<String> = denied.iter().map(|route| target(route)).collect();
    let mut candidates: Vec<(Pattern, Vec<usize>)> = wildcards(allowed, depth)
        .into_iter()
        .filter(|pattern| {
            !forbidden
                .iter()
                .any(|target| glob::matches(pattern, target))
        })
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
    for (route, _) in allowed.iter().zip(&left).filter(|(_, left)| **left) {
        let own = pattern(route);
        if !chosen.contains(&own) {
            chosen.push(own);
        }
    }
    chosen
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

/// The denied routes that the patterns match all the same, since a parameter may stand for
/// their names: closed by an explicit deny, unless that would close an allowed one too.
fn closed(patterns: &[Pattern], allowed: &[&Route], denied: &[&Route]) -> Vec<Pattern> {
    let mut closed: Vec<Pattern> = denied
        .iter()
        .filter(|route| {
            let target = target(route);
            patterns
                .iter()
                .any(|pattern| glob::matches(pattern, &target))
        })
        .map(|route| pattern(route))
        .filter(|pattern| {
            !allowed
                .iter()
                .any(|route| glob::matches(pattern, &target(route)))
        })
        .collect();
    closed.sort();
    closed.dedup();
    closed
}
