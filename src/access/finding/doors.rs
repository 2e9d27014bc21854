//! Findings about side doors.

use super::{Finding, Severity, command, listed};
use crate::access::door::{Door, DoorKind};

/// The side doors of roles as findings: one for each role and kind of door, with every way.
pub fn side_doors(doors: &[Door]) -> Vec<Finding> {
    let mut groups: Vec<(&str, DoorKind, Vec<&Door>)> = Vec::new();
    for door in doors {
        let known = groups
            .iter_mut()
            .find(|(role, kind, _)| *role == door.role && *kind == door.kind);
        match known {
            Some((.., ways)) => ways.push(door),
            None => groups.push((&door.role, door.kind, vec![door])),
        }
    }
    groups
        .into_iter()
        .map(|(role, kind, ways)| finding(role, kind, &ways))
        .collect()
}

fn finding(role: &str, kind: DoorKind, ways: &[&Door]) -> Finding {
    let possibly = ways.iter().all(|door| !door.is_certain());
    let what = kind.in_words();
    let what = if possibly {
        format!("possibly {what}")
    } else {
        what.to_owned()
    };
    let severity = ways.iter().map(|door| door.severity).min();
    Finding {
        id: format!("side-door-{kind}"),
        severity: severity.unwrap_or(Severity::Medium),
        subject: format!("role:{role}"),
        title: format!("{role} {what}"),
        evidence: listed(ways.iter().map(|door| evidence(door))),
        remedy: format!(
            "`mlwarden roles guard {role}` shows the policy that closes it; add --apply to write it"
        ),
        command: Some(command("roles guard --apply", [role])),
        ..Finding::default()
    }
}

/// The way in words, and the statements that leave it open.
fn evidence(door: &Door) -> String {
    let mut calls: Vec<String> = Vec::new();
    for opening in &door.opened_by {
        calls.push(format!("{} by {}", opening.action, opening.statement()));
    }
    let doubt = door.doubt().map(|doubt| format!(" ({doubt})"));
    format!(
        "{}{}: {}",
        door.path,
        doubt.unwrap_or_default(),
        calls.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Basis, door::Opening};

    fn door(kind: DoorKind, depends_on: &[&str]) -> Door {
        Door {
            role: "reader".into(),
            kind,
            severity: if depends_on.is_empty() {
                Severity::High
            } else {
                Severity::Medium
            },
            path: "a notebook of reader does it".into(),
            leads_to: Vec::new(),
            opened_by: vec![Opening {
                action: "s:Act".into(),
                resource: "*".into(),
                basis: Basis::Statement {
                    policy: "Full".into(),
                    index: 2,
                    sid: None,
                    pattern: "*".into(),
                    text: "{}".into(),
                },
            }],
            depends_on: depends_on.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    #[test]
    fn the_ways_of_a_kind_are_one_finding_with_the_worst_severity() {
        let found = side_doors(&[
            door(DoorKind::Group, &[]),
            door(DoorKind::Group, &["a member who has not signed in yet"]),
            door(DoorKind::Api, &["aws:SourceVpc"]),
        ]);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["side-door-group", "side-door-api"]);
        let (group, api) = (&found[0], &found[1]);
        assert_eq!(
            (group.severity, api.severity),
            (Severity::High, Severity::Medium)
        );
        assert_eq!(
            group.evidence[1],
            "a notebook of reader does it (possibly: a member who has not signed in yet): \
             s:Act by Full, statement 3"
        );
        assert!(api.title.starts_with("reader possibly may change the API"));
        assert!(group.remedy.contains("mlwarden roles guard reader"));
    }
}
