//! From verdicts to findings: groups the cells of a run and hands them to the builders.

use indexmap::IndexMap;

use crate::{
    access::{
        Basis, Effect, Finding, Matrix, Method, PolicyFault, Severity,
        finding::{self, Source},
    },
    domain::{AuthScheme, ExecutionRole, Principal},
    probe::{Cell, Layer, Verdict},
};

/// Everything that the cells of a run say an admin should act on, the worst first.
///
/// A cell that was not observed speaks by its prediction.
pub fn of(
    cells: &[Cell],
    faults: &[(Principal, PolicyFault)],
    matrix: &Matrix,
    roles: &[ExecutionRole],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(mismatches(cells));
    findings.extend(drifts(cells));
    findings.extend(disagreements(cells, matrix, roles));
    findings.extend(crashes(cells));
    let mut by_principal: IndexMap<&Principal, Vec<PolicyFault>> = IndexMap::new();
    for (principal, fault) in faults {
        by_principal
            .entry(principal)
            .or_default()
            .push(fault.clone());
    }
    findings.extend(by_principal.iter().filter_map(|(principal, faults)| {
        finding::unusable_policies(&principal.to_string(), faults)
    }));
    finding::sort(&mut findings);
    findings
}

/// What a cell is worth: observed where it was, else predicted.
fn effect(cell: &Cell) -> Option<(Effect, Source)> {
    match (cell.observed_effect(), cell.predicted_effect()) {
        (Some(effect), _) => Some((effect, Source::Observed)),
        (None, Some(effect)) => Some((effect, Source::Predicted)),
        (None, None) => None,
    }
}

fn mismatches(cells: &[Cell]) -> Vec<Finding> {
    type Key<'a> = (&'a Principal, AuthScheme, &'a str, Verdict);
    let mut groups: IndexMap<Key<'_>, Vec<finding::Cell>> = IndexMap::new();
    for cell in cells {
        let Some((effect, source)) = effect(cell) else {
            continue;
        };
        let verdict = Verdict::of(cell.expected, Some(effect));
        if !matches!(verdict, Verdict::OverGranted | Verdict::UnderGranted) {
            continue;
        }
        let reason = match (source, &cell.predicted) {
            (Source::Predicted, Some(decision)) => decision.explain(),
            _ => cell.reason.clone(),
        };
        groups
            .entry((&cell.principal, cell.scheme, &cell.permission, verdict))
            .or_default()
            .push(finding::Cell {
                method: cell.method,
                path: cell.path.clone(),
                source,
                reason,
            });
    }
    groups
        .iter()
        .filter_map(|((principal, scheme, permission, verdict), cells)| {
            if *verdict == Verdict::OverGranted {
                finding::over_granted(principal, *scheme, permission, cells)
            } else {
                finding::under_granted(principal, *scheme, permission, cells)
            }
        })
        .collect()
}

fn drifts(cells: &[Cell]) -> Vec<Finding> {
    type Route<'a> = (Method, &'a str, Effect, Effect);
    let mut groups: IndexMap<(&Principal, AuthScheme), Vec<Route<'_>>> = IndexMap::new();
    for cell in cells {
        if let (Some(predicted), Some(observed)) = (cell.predicted_effect(), cell.observed_effect())
        {
            groups
                .entry((&cell.principal, cell.scheme))
                .or_default()
                .push((cell.method, &cell.path, predicted, observed));
        }
    }
    groups
        .iter()
        .filter_map(|((principal, scheme), routes)| finding::drift(principal, *scheme, routes))
        .collect()
}

fn disagreements(cells: &[Cell], matrix: &Matrix, roles: &[ExecutionRole]) -> Vec<Finding> {
    matrix
        .rows
        .iter()
        .filter_map(|row| {
            let of_row = cells.iter().filter_map(|cell| {
                let same = matrix
                    .row_of(&cell.principal, roles)
                    .is_some_and(|found| found.name == row.name);
                let (effect, _) = effect(cell).filter(|_| same)?;
                Some((cell.method, cell.path.as_str(), cell.scheme, effect))
            });
            finding::schemes_disagree(&row.name, &finding::disagreements(of_row))
        })
        .collect()
}

/// Principals that the authorizer crashes on: denied, but by accident.
fn crashes(cells: &[Cell]) -> Vec<Finding> {
    let mut groups: IndexMap<&Principal, (usize, String)> = IndexMap::new();
    for cell in cells {
        let predicted = match &cell.predicted {
            Some(decision) => match &decision.basis {
                Basis::Crash { reason } => Some(reason.clone()),
                _ => None,
            },
            None => None,
        };
        let observed = cell
            .observed
            .as_ref()
            .filter(|seen| seen.layer == Layer::Authorizer && seen.effect == Some(Effect::Deny));
        let why = match (observed, predicted) {
            (Some(seen), None) => seen.reason.clone(),
            (_, Some(reason)) => reason,
            (None, None) => continue,
        };
        groups.entry(&cell.principal).or_insert((0, why)).0 += 1;
    }
    groups
        .into_iter()
        .map(|(principal, (routes, why))| denied_by_crash(principal, routes, &why))
        .collect()
}

fn denied_by_crash(principal: &Principal, routes: usize, why: &str) -> Finding {
    Finding {
        id: "denied-by-crash".to_owned(),
        severity: Severity::Medium,
        subject: principal.to_string(),
        title: format!("the authorizer crashes on {principal}: 500 instead of a refusal"),
        evidence: vec![format!("{routes} routes: {why}")],
        remedy: "put the person into one of the groups that the authorizer knows, or let the \
                 authorizer answer with a deny"
            .to_owned(),
        command: Some("mlwarden matrix publish".to_owned()),
        ..Finding::default()
    }
}
