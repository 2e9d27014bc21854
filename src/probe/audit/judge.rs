//! What was read, judged part by part: facts in, findings out, whoever read them. Reads nothing.

use std::sync::Arc;

use jiff::Timestamp;

use super::Terms;
use crate::{
    access::{
        Api, Catalog, Compiler, Contract, Finding, Matrix, PolicyFault,
        door::{self, House, Site},
        finding, policy_set_by,
    },
    domain::{App, ExecutionRole, Group, Person, Principal, Profile, Role, Space, User},
    plan::cleanup,
    probe::{
        VerifyOptions,
        actor::{Actor, Means},
        findings, plan,
        predict::Source,
        run::request_context,
    },
};

/// The kinds of finding that [`apps`] gives.
pub const OF_APPS: [&str; 3] = [cleanup::FINDING, "running-apps", "destroy-blocked"];

/// Everybody in the pool.
#[derive(Clone, Debug)]
pub struct Crowd<'a> {
    /// The users, with the groups of each.
    pub users: Vec<(&'a User, &'a [String])>,
    /// The groups.
    pub groups: &'a [Group],
    /// For how many days a temporary password is good.
    pub invitation_days: u16,
}

/// What users and groups tell.
pub fn crowd(crowd: &Crowd<'_>, contract: &Contract, at: Timestamp) -> Vec<Finding> {
    let with_groups = || crowd.users.iter().copied();
    let users = || crowd.users.iter().map(|(user, _)| *user);
    let mut findings: Vec<Finding> = with_groups()
        .filter_map(|(user, groups)| finding::several_groups(user, groups, contract))
        .collect();
    findings.extend(finding::groupless(with_groups(), contract));
    findings.extend(finding::last_admin(with_groups(), contract));
    findings.extend(finding::unconfirmed(users()));
    findings.extend(finding::expired_invitations(
        users(),
        at,
        crowd.invitation_days,
    ));
    findings.extend(finding::authorizer_order(contract, crowd.groups));
    findings.extend(finding::unknown_groups(contract, crowd.groups));
    findings
}

/// What people tell: users and profiles, put together.
pub fn persons(
    people: &[Person],
    matrix: &Matrix,
    contract: &Contract,
    roles: &[ExecutionRole],
) -> Vec<Finding> {
    let mut findings = finding::without_counterpart(people);
    findings.extend(finding::disabled_with_apps(people));
    findings.extend(people.iter().filter_map(|person| {
        let groups = person.user.is_some().then_some(person.groups.as_slice());
        let profile = person.profile.as_ref()?;
        finding::profile_role(profile, groups, matrix, contract, roles)
    }));
    findings
}

/// What the apps of Studio tell: what is forgotten, what runs and costs and, where spaces and
/// profiles are known, what blocks deleting them.
pub fn apps(
    apps: &[App],
    rest: Option<(&[Space], &[Profile])>,
    terms: &Terms,
    at: Timestamp,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = terms
        .policies
        .iter()
        .filter_map(|rule| cleanup::finding(rule, apps, &terms.prices, at))
        .collect();
    findings.extend(finding::running_apps(apps, &terms.prices, at));
    if let Some((spaces, profiles)) = rest {
        findings.extend(finding::destroy_blocked(apps, spaces, profiles));
    }
    findings
}

/// What the authorizer's rules tell by themselves. `version` is MLflow's, where it is known.
pub fn rules(contract: &Contract, version: Option<&str>) -> Vec<Finding> {
    [
        finding::access_token(contract),
        finding::read_exposes(contract, version),
        finding::upgrade(contract, version),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the documents of execution roles tell: their trust, statements that cannot be used,
/// side doors.
pub fn offices(
    site: Site,
    roles: Vec<(ExecutionRole, Role)>,
    matrix: &Matrix,
    contract: &Contract,
    catalog: &Catalog,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = roles
        .iter()
        .filter_map(|(_, role)| finding::trust_widened(role))
        .collect();
    let house = House::new(site, roles, matrix, contract, catalog);
    let mut doors = Vec::new();
    for resident in &house.residents {
        let faults = resident.policies.faults();
        let subject = Principal::Role(resident.role.name.clone()).to_string();
        findings.extend(finding::unusable_policies(&subject, faults));
        doors.extend(door::doors(&house, resident));
    }
    findings.extend(finding::side_doors(&doors));
    findings
}

/// What the policies as they are deployed give these groups, these roles and anybody without
/// a credential, held against the matrix. No request is sent.
pub fn access(
    groups: &[String],
    roles: &[(ExecutionRole, Role)],
    matrix: &Matrix,
    contract: &Contract,
    catalog: &Catalog,
    api: &Api,
) -> Vec<Finding> {
    let found: Vec<ExecutionRole> = roles.iter().map(|(found, _)| found.clone()).collect();
    let actors: Vec<Actor> = groups
        .iter()
        .map(|group| of_group(group))
        .chain(found.iter().map(of_role))
        .chain([Actor::anonymous()])
        .collect();
    let options = VerifyOptions::default();
    let (mut cells, _) = plan::cells(&options, catalog, matrix, &found, &actors);
    let mut faults: Vec<(Principal, PolicyFault)> = Vec::new();
    let contract = Arc::new(contract.clone());
    let mut compiler = Compiler::default();
    let mut places = plan::places(&cells);
    for actor in &actors {
        let documents = actor.role.as_ref().and_then(|role| {
            let known = roles.iter().find(|(found, _)| found.arn == role.arn);
            known.map(|(_, documents)| documents)
        });
        let source = match (documents, &actor.groups) {
            (Some(role), _) => Source::Role(Box::new(policy_set_by(&mut compiler, role))),
            (None, Some(groups)) => Source::Contract(contract.clone(), groups.clone()),
            (None, None) => Source::Anonymous,
        };
        let of_policies = source.faults().iter();
        faults.extend(of_policies.map(|fault| (actor.principal.clone(), fault.clone())));
        let mine = places.remove(&actor.principal).unwrap_or_default();
        if let Some(cells) = cells.get_mut(mine) {
            source.fill(cells, api, &request_context(actor));
        }
    }
    findings::of(&cells, &faults, matrix, &found)
}

fn of_group(group: &str) -> Actor {
    Actor {
        principal: Principal::Group(group.to_owned()),
        groups: Some(vec![group.to_owned()]),
        ..unarmed()
    }
}

fn of_role(role: &ExecutionRole) -> Actor {
    Actor {
        principal: Principal::Role(role.name.clone()),
        role: Some(role.clone()),
        ..unarmed()
    }
}

/// Somebody of whom only the policies are asked.
fn unarmed() -> Actor {
    Actor {
        means: Means::None {
            reason: "predicted only".to_owned(),
        },
        ..Actor::anonymous()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PolicySource, RolePolicy};

    fn ids(findings: &[Finding]) -> Vec<&str> {
        let mut ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn api() -> Api {
        Api::of(&crate::domain::Deployment::default(), "us-west-2")
    }

    fn groups() -> Vec<String> {
        ["admins", "model-approvers", "readers"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn the_samples_rules_grant_more_than_its_matrix_without_one_request() {
        let found = access(
            &groups(),
            &[],
            &Matrix::sample(),
            &Contract::sample(),
            &Catalog::for_version("2.12.2"),
            &api(),
        );
        let over = found.iter().find(|finding| finding.id == "over-granted");
        assert!(
            over.is_some_and(|finding| finding.subject == "group:model-approvers"),
            "{:?}",
            ids(&found)
        );
        assert!(!ids(&found).contains(&"denied-by-crash"));
    }

    #[test]
    fn a_group_that_the_authorizer_does_not_know_is_denied_by_crash() {
        let found = access(
            &["interns".to_owned()],
            &[],
            &Matrix::sample(),
            &Contract::sample(),
            &Catalog::for_version("2.12.2"),
            &api(),
        );
        assert_eq!(ids(&found), ["denied-by-crash"]);
    }

    #[test]
    fn a_roles_documents_are_judged_by_trust_statements_and_doors() {
        let found = ExecutionRole {
            name: "reader".into(),
            arn: "arn:aws:iam::123456789012:role/reader".into(),
            profiles: Vec::new(),
        };
        let role = Role {
            name: found.name.clone(),
            arn: found.arn.clone(),
            trust: r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#.into(),
            policies: vec![RolePolicy {
                source: PolicySource::Inline("restApiReader".into()),
                document: r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#.into(),
            }],
        };
        let judged = offices(
            Site::of(&crate::domain::Deployment::default(), "us-west-2"),
            vec![(found, role)],
            &Matrix::sample(),
            &Contract::sample(),
            &Catalog::for_version("2.12.2"),
        );
        assert_eq!(ids(&judged), ["trust-widened", "unusable-policy"]);
    }

    #[test]
    fn the_samples_rules_have_three_traps_of_their_own() {
        let found = rules(&Contract::sample(), None);
        assert_eq!(ids(&found), ["access-token", "mlflow-3-ui", "read-exposes"]);
    }
}
