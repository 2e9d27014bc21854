//! From what was found to a pack: everything in an order of its own, so that two packs of the
//! same deployment differ in times and request ids only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    pack::{Evidence, Grant, Level, Mark, Pack, Reviewed, Run, Scope, Tally},
    words,
};
use crate::{
    access::{Contract, Decision, Effect, Finding, Pick, finding},
    domain::{AuthScheme, ExecutionRole, Mismatch, Person, Principal, User, UserStatus},
    plan::consequence::is_almighty,
    probe::{Cell, Report, Verdict},
};

/// What the ids of side doors start with.
const SIDE_DOOR: &str = "side-door";

/// Everything that a pack is made from.
#[derive(Clone, Debug)]
pub struct Material<'a> {
    /// The deployment.
    pub scope: Scope,
    /// How it was looked at.
    pub run: Run,
    /// Everybody.
    pub people: &'a [Person],
    /// What the authorizer does with groups.
    pub contract: &'a Contract,
    /// The execution roles.
    pub roles: &'a [ExecutionRole],
    /// The verify.
    pub report: &'a Report,
    /// What an admin should act on; side doors are told from the rest by their ids.
    pub findings: &'a [Finding],
    /// What could not be looked at, besides what the report says.
    pub limits: Vec<String>,
}

impl Material<'_> {
    /// The pack, open: nothing is decided.
    pub fn pack(self) -> Pack {
        let mut people: Vec<Reviewed> = self
            .people
            .iter()
            .map(|person| reviewed(person, self.contract, self.roles))
            .collect();
        people.sort_by(|a, b| (&a.person, &a.id).cmp(&(&b.person, &b.id)));
        let (mut side_doors, mut findings): (Vec<Finding>, Vec<Finding>) = self
            .findings
            .iter()
            .cloned()
            .partition(|finding| finding.id.starts_with(SIDE_DOOR));
        finding::sort(&mut side_doors);
        finding::sort(&mut findings);
        let mut limits = self.limits;
        limits.extend(untested(&self.report.cells));
        limits.extend(self.report.notes.iter().cloned());
        limits.extend(self.report.skipped.iter().map(|route| {
            format!(
                "{} {} ({}) was not asked for: {}",
                route.method, route.path, route.permission, route.reason
            )
        }));
        let lost = self.report.not_given_back.iter();
        limits.extend(lost.map(|failure| format!("could not be given back: {failure}")));
        limits.extend(words::ALWAYS.map(ToOwned::to_owned));
        let mut seen = BTreeSet::new();
        limits.retain(|limit| seen.insert(limit.clone()));
        Pack {
            access: levels(&self.report.cells, &people),
            context: self.scope,
            run: self.run,
            method: words::terms(),
            people,
            side_doors,
            findings,
            limits,
            decisions: Vec::new(),
            closure: None,
        }
    }
}

/// The sets of several groups that somebody who may sign in has, those of the most people
/// first, at most `most`; the second value is how many more there are.
pub fn group_sets(people: &[Person], most: usize) -> (Vec<Principal>, usize) {
    let mut sets: BTreeMap<&[String], usize> = BTreeMap::new();
    for person in people {
        let active = person.user.as_ref().is_some_and(|user| user.enabled);
        if active && person.groups.len() > 1 {
            *sets.entry(&person.groups).or_default() += 1;
        }
    }
    let mut sets: Vec<(&[String], usize)> = sets.into_iter().collect();
    sets.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
    let left = sets.len().saturating_sub(most);
    let mut chosen: Vec<Principal> = sets
        .into_iter()
        .take(most)
        .map(|(groups, _)| Principal::in_groups(groups))
        .collect();
    chosen.sort();
    (chosen, left)
}

fn reviewed(person: &Person, contract: &Contract, roles: &[ExecutionRole]) -> Reviewed {
    let user = person.user.as_deref();
    let profile = person.profile.as_ref();
    let acts_as = user.and_then(|_| contract.acts_as(&person.groups));
    let mut access = Vec::new();
    if user.is_some() && !person.groups.is_empty() {
        access.push(Principal::in_groups(&person.groups));
    }
    access.extend(person.role.as_ref().map(|arn| {
        let role = roles.iter().find(|role| role.arn == *arn);
        let name = role.map_or_else(|| last_part(arn), |role| &role.name);
        Principal::Role(name.to_owned())
    }));
    Reviewed {
        id: person.key.clone(),
        person: person.label().to_owned(),
        username: user.map(|user| user.username.clone()),
        email: user.and_then(|user| user.email.clone()),
        status: user.map(|user| user.status.as_str().to_owned()),
        enabled: user.map(|user| user.enabled),
        identity_provider: user.and_then(identity_provider),
        groups: person.groups.clone(),
        marks: marks(person, acts_as.as_deref(), contract),
        acts_as,
        access,
        profile: profile.map(|profile| profile.name.clone()),
        execution_role: person.role.clone(),
        running_apps: person.apps.len(),
        created_at: match user {
            Some(user) => user.created_at,
            None => profile.and_then(|profile| profile.created_at),
        },
        changed_at: match user {
            Some(user) => user.modified_at,
            None => profile.and_then(|profile| profile.modified_at),
        },
        notes: person.mismatches.iter().map(Mismatch::text).collect(),
    }
}

/// The last part of an ARN: a role's name.
fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn marks(person: &Person, acts_as: Option<&str>, contract: &Contract) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut mark = |is: bool, mark: Mark| {
        if is {
            marks.push(mark);
        }
    };
    if let Some(user) = person.user.as_deref() {
        let groups = &person.groups;
        let known = contract
            .groups
            .iter()
            .filter(|rules| groups.contains(&rules.name));
        mark(is_almighty(contract, groups), Mark::Administrator);
        let takes_one = contract.rule == Pick::FirstMatch;
        mark(takes_one && known.count() > 1, Mark::SeveralGroups);
        mark(acts_as.is_none() && !groups.is_empty(), Mark::UnknownGroups);
        mark(groups.is_empty(), Mark::NoGroup);
        mark(user.status == UserStatus::ExternalProvider, Mark::Federated);
        mark(user.status == UserStatus::Unconfirmed, Mark::Unconfirmed);
        mark(
            user.status == UserStatus::ForceChangePassword,
            Mark::Invited,
        );
        mark(!user.enabled, Mark::Disabled);
    }
    let has = |is: fn(&Mismatch) -> bool| person.mismatches.iter().any(is);
    mark(
        has(|mismatch| {
            matches!(
                mismatch,
                Mismatch::RoleDiffersFromGroup { .. } | Mismatch::RoleDiffersFromMatrix { .. }
            )
        }),
        Mark::OtherRole,
    );
    mark(person.user.is_none(), Mark::NoUser);
    marks
}

/// The name of the provider that signs a user in, where that is not the pool.
fn identity_provider(user: &User) -> Option<String> {
    let identities: Value = serde_json::from_str(user.attributes.get("identities")?).ok()?;
    let name = identities.pointer("/0/providerName")?.as_str()?;
    Some(name.to_owned())
}

/// The cells of a level, by permission.
type Permissions<'a> = IndexMap<&'a str, Vec<&'a Cell>>;

/// The cells by level and permission, each in the order of the verify.
fn levels(cells: &[Cell], people: &[Reviewed]) -> Vec<Level> {
    let mut held: HashMap<&Principal, usize> = HashMap::new();
    let active = |person: &&Reviewed| person.may_sign_in() || person.enabled.is_none();
    for person in people.iter().filter(active) {
        for principal in &person.access {
            *held.entry(principal).or_default() += 1;
        }
    }
    let mut levels: IndexMap<(&Principal, AuthScheme), Permissions<'_>> = IndexMap::new();
    for cell in cells {
        let level = levels.entry((&cell.principal, cell.scheme)).or_default();
        level.entry(&cell.permission).or_default().push(cell);
    }
    levels
        .into_iter()
        .map(|((principal, scheme), permissions)| Level {
            principal: principal.clone(),
            scheme,
            people: held.get(principal).copied().unwrap_or_default(),
            permissions: permissions
                .into_iter()
                .map(|(permission, cells)| grant(permission, &cells))
                .collect(),
        })
        .collect()
}

fn grant(permission: &str, cells: &[&Cell]) -> Grant {
    let tally = |effect: fn(&Cell) -> Option<Effect>| {
        let mut tally = Tally::default();
        for cell in cells {
            match effect(cell) {
                Some(Effect::Allow) => tally.allow += 1,
                Some(Effect::Deny) => tally.deny += 1,
                None => tally.unknown += 1,
            }
        }
        tally
    };
    let predicted = |cell: &&Cell| Verdict::of(cell.expected, cell.predicted_effect());
    Grant {
        permission: permission.to_owned(),
        declared: tally(|cell| cell.expected),
        predicted: tally(Cell::predicted_effect),
        observed: tally(Cell::observed_effect),
        verdict: worst(cells.iter().map(|cell| cell.verdict)),
        predicted_verdict: worst(cells.iter().map(predicted)),
        routes: cells.iter().map(|cell| evidence(cell)).collect(),
    }
}

/// The verdict that a reader has to know first.
fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Ok => 0,
        Verdict::Inconclusive => 1,
        Verdict::UnderGranted => 2,
        Verdict::OverGranted => 3,
    };
    let worst = verdicts.into_iter().max_by_key(rank);
    worst.unwrap_or(Verdict::Inconclusive)
}

fn evidence(cell: &Cell) -> Evidence {
    let seen = cell.observed.as_ref();
    Evidence {
        method: cell.method,
        path: cell.path.clone(),
        declared: cell.expected,
        predicted: cell.predicted_effect(),
        predicted_by: cell.predicted.as_ref().map(Decision::explain),
        observed: cell.observed_effect(),
        verdict: cell.verdict,
        layer: seen.map(|seen| seen.layer),
        status: seen.and_then(|seen| seen.status),
        error_type: seen.and_then(|seen| seen.error_type.clone()),
        request_id: seen.and_then(|seen| seen.request_id.clone()),
        at: seen.map(|seen| seen.at),
        latency_ms: seen.and_then(|seen| u64::try_from(seen.latency.as_millis()).ok()),
        reason: cell.reason.clone(),
    }
}

/// What was never sent, by principal and reason.
fn untested(cells: &[Cell]) -> impl Iterator<Item = String> {
    let mut counts: IndexMap<(&Principal, &str), usize> = IndexMap::new();
    for cell in cells.iter().filter(|cell| cell.observed.is_none()) {
        *counts.entry((&cell.principal, &cell.reason)).or_default() += 1;
    }
    counts.into_iter().map(|((principal, reason), count)| {
        format!("{principal}: {count} requests not made: {reason}")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use indexmap::IndexMap;
    use jiff::Timestamp;

    use super::*;
    use crate::{
        domain::{Attributes, Profile},
        probe::{Layer, Observation, Summary},
        review::pack::Declared,
    };

    /// A user in these groups.
    pub fn person(email: &str, groups: &[&str]) -> Person {
        let user = User {
            username: format!("id-{email}"),
            email: Some(email.to_owned()),
            status: UserStatus::Confirmed,
            enabled: true,
            created_at: Some(Timestamp::UNIX_EPOCH),
            modified_at: Some(Timestamp::UNIX_EPOCH),
            attributes: Attributes::from(IndexMap::new()),
        };
        Person {
            key: format!("user:{}", user.username),
            user: Some(Arc::new(user)),
            groups: groups.iter().map(ToString::to_string).collect(),
            profile: None,
            role: None,
            apps: Vec::new(),
            spaces: Vec::new(),
            mismatches: Vec::new(),
        }
    }

    /// A Studio profile of the role `mlflow-reader`.
    pub fn profile(name: &str) -> Profile {
        Profile {
            domain_id: "d-1".into(),
            name: name.into(),
            arn: None,
            status: "InService".into(),
            execution_role: Some("arn:aws:iam::123456789012:role/mlflow-reader".into()),
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        }
    }

    fn cell(principal: &Principal, path: &str, expected: Effect, seen: Option<Effect>) -> Cell {
        let observed = seen.map(|effect| Observation {
            effect: Some(effect),
            layer: Layer::Gateway,
            status: Some(403),
            error_type: Some("AccessDeniedException".into()),
            request_id: Some("r-1".into()),
            latency: std::time::Duration::from_millis(12),
            at: Timestamp::UNIX_EPOCH,
            reason: "the authorizer denied it".into(),
            body_excerpt: String::new(),
            retry: None,
        });
        let mut cell = Cell {
            principal: principal.clone(),
            scheme: AuthScheme::Bearer,
            permission: "runs:write".into(),
            method: crate::access::Method::Post,
            path: path.into(),
            expected: Some(expected),
            predicted: None,
            observed,
            verdict: Verdict::Inconclusive,
            reason: String::new(),
        };
        cell.judge("not tested");
        cell
    }

    /// A pack of these people, with two requests as readers.
    pub fn pack(people: &[Person]) -> Pack {
        let readers = Principal::Group("readers".into());
        let cells = vec![
            cell(&readers, "/a", Effect::Deny, Some(Effect::Allow)),
            cell(&readers, "/b", Effect::Deny, None),
        ];
        let report = Report {
            summary: Summary::of(&cells),
            cells,
            findings: Vec::new(),
            mlflow_version: None,
            skipped: Vec::new(),
            notes: Vec::new(),
            not_given_back: Vec::new(),
            cancelled: false,
        };
        let finding = |id: &str, subject: &str| Finding {
            id: id.to_owned(),
            severity: finding::Severity::High,
            subject: subject.to_owned(),
            title: format!("{subject} is open"),
            evidence: vec!["statement 1".to_owned()],
            remedy: "close it".to_owned(),
            detail: String::new(),
            command: None,
        };
        Material {
            scope: Scope {
                name: "test".into(),
                account: Some("123456789012".into()),
                ..Scope::default()
            },
            run: Run {
                tool: "mlwarden".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                by: Some("arn:aws:sts::123456789012:assumed-role/ops/ada".into()),
                started_at: Timestamp::UNIX_EPOCH,
                finished_at: Timestamp::UNIX_EPOCH,
                live: true,
                principals: vec![readers],
                declared: Declared {
                    source: "matrix.toml".into(),
                    sha256: "00".into(),
                },
                summary: report.summary,
            },
            people,
            contract: &Contract::sample(),
            roles: &[],
            report: &report,
            findings: &[
                finding("several-groups", "user:eve"),
                finding("side-door-group", "role:mlflow-reader"),
            ],
            limits: vec!["Studio was not looked at".into()],
        }
        .pack()
    }

    #[test]
    fn people_are_marked_where_a_reviewer_should_look_twice() {
        let mut federated = person("f@x.org", &["interns"]);
        let mut user = User::clone(federated.user.as_ref().unwrap());
        user.status = UserStatus::ExternalProvider;
        user.enabled = false;
        user.attributes = Attributes::from(IndexMap::from([(
            "identities".to_owned(),
            r#"[{"providerName":"Okta"}]"#.to_owned(),
        )]));
        federated.user = Some(Arc::new(user));
        let mut nobodys = person("x", &[]);
        nobodys.user = None;
        nobodys.profile = Some(profile("lost"));
        nobodys.role = profile("lost").execution_role;
        nobodys.key = "profile:d-1/lost".into();
        let people = [
            person("b@x.org", &["model-approvers", "readers"]),
            person("a@x.org", &["admins"]),
            person("c@x.org", &[]),
            federated,
            nobodys,
        ];
        let pack = pack(&people);
        let shown: Vec<(&str, Option<&str>, Vec<&str>)> = pack
            .people
            .iter()
            .map(|person| {
                let marks = person.marks.iter().map(|mark| mark.as_str()).collect();
                (person.person.as_str(), person.acts_as.as_deref(), marks)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a@x.org", Some("admins"), vec!["administrator"]),
                ("b@x.org", Some("readers"), vec!["several-groups"]),
                ("c@x.org", None, vec!["no-group"]),
                (
                    "f@x.org",
                    None,
                    vec!["unknown-groups", "federated", "disabled"]
                ),
                ("lost", None, vec!["no-user"]),
            ]
        );
        assert_eq!(pack.people[3].identity_provider.as_deref(), Some("Okta"));
        assert_eq!(
            pack.people[1].access,
            [Principal::Group("model-approvers readers".into())]
        );
        assert_eq!(
            pack.people[4].access,
            [Principal::Role("mlflow-reader".into())]
        );
        let (sets, left) = group_sets(&people, 5);
        assert_eq!((sets, left), (pack.people[1].access.clone(), 0));
        assert_eq!(group_sets(&people, 0).1, 1);
    }

    #[test]
    fn a_permission_is_as_bad_as_its_worst_route_and_what_was_not_tested_is_said() {
        let pack = pack(&[person("a@x.org", &["readers"])]);
        let [level] = pack.access.as_slice() else {
            panic!("{:?}", pack.access)
        };
        assert_eq!(level.people, 1);
        let grant = &level.permissions[0];
        assert_eq!(grant.verdict, Verdict::OverGranted);
        assert_eq!(
            (
                grant.observed.allow,
                grant.observed.deny,
                grant.observed.unknown
            ),
            (1, 0, 1)
        );
        assert_eq!(grant.routes[0].request_id.as_deref(), Some("r-1"));
        assert_eq!(pack.side_doors.len(), 1);
        assert_eq!(pack.findings.len(), 1);
        assert!(
            pack.limits
                .iter()
                .any(|limit| limit == "group:readers: 1 requests not made: not tested"),
            "{:?}",
            pack.limits
        );
    }
}
