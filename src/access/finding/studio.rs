//! Findings about Studio: profiles, their owners, and apps left running.

use super::{Finding, Severity, command, command_for, count, listed};
use crate::{
    access::{Contract, Matrix},
    domain::{ExecutionRole, Mismatch, Person, Principal, Profile},
};

/// A profile whose execution role is another access level's than the profile's own, or than
/// its owner's group. `owner_groups` are the groups of the user that the profile belongs to.
pub fn profile_role(
    profile: &Profile,
    owner_groups: Option<&[String]>,
    matrix: &Matrix,
    contract: &Contract,
    roles: &[ExecutionRole],
) -> Option<Finding> {
    let found = role_mismatches(profile, owner_groups, matrix, contract, roles);
    let mut evidence = Vec::new();
    let (mut acts_as, mut meant) = ("", "");
    for mismatch in &found {
        let (arn, level, right, says) = match mismatch {
            Mismatch::RoleDiffersFromMatrix {
                role,
                role_level,
                profile_level,
            } => (
                role,
                role_level,
                profile_level,
                format!("the matrix pairs {} with {profile_level}", profile.name),
            ),
            Mismatch::RoleDiffersFromGroup {
                role,
                role_level,
                group,
                group_level,
            } => (
                role,
                role_level,
                group_level,
                format!("its owner is in {group}, which is {group_level}"),
            ),
            _ => continue,
        };
        if evidence.is_empty() {
            evidence.push(format!("execution role: {arn} ({level})"));
        }
        acts_as = level;
        // What the owner's group says comes last and wins: the person counts.
        meant = right;
        evidence.push(says);
    }
    if evidence.is_empty() {
        return None;
    }
    // The role of the level that is meant, where just one was found.
    let of_level = |role: &&ExecutionRole| {
        let row = matrix.row_of(&Principal::Role(role.arn.clone()), &[]);
        row.is_some_and(|row| row.name == meant)
    };
    let right = match roles.iter().filter(of_level).collect::<Vec<_>>().as_slice() {
        [one] => Some(one.name.as_str()),
        _ => None,
    };
    Some(Finding {
        id: "profile-role".to_owned(),
        severity: Severity::High,
        subject: format!("profile:{}", profile.name),
        title: format!(
            "in Studio {} acts as {}, and elsewhere as something else",
            profile.name, acts_as
        ),
        evidence,
        remedy: "give the profile the role of its owner's access level, or move the owner"
            .to_owned(),
        command: right.map(|right| command("profiles set-role", [profile.name.as_str(), right])),
        ..Finding::default()
    })
}

/// Where a profile's execution role is another access level's than the profile's own by the
/// matrix, or than its owner's group. A role is known by its own name: by the profiles that
/// use it, every role would fit.
pub fn role_mismatches(
    profile: &Profile,
    owner_groups: Option<&[String]>,
    matrix: &Matrix,
    contract: &Contract,
    roles: &[ExecutionRole],
) -> Vec<Mismatch> {
    let Some(role) = &profile.execution_role else {
        return Vec::new();
    };
    let Some(of_role) = matrix.row_of(&Principal::Role(role.clone()), &[]) else {
        return Vec::new();
    };
    let mut mismatches = Vec::new();
    let of_profile = matrix.row_of(&Principal::Profile(profile.name.clone()), roles);
    if let Some(row) = of_profile.filter(|row| row.name != of_role.name) {
        mismatches.push(Mismatch::RoleDiffersFromMatrix {
            role: role.clone(),
            role_level: of_role.name.clone(),
            profile_level: row.name.clone(),
        });
    }
    let owner_groups = owner_groups.unwrap_or_default();
    let levels: Vec<&str> = contract
        .rules_for(owner_groups)
        .into_iter()
        .filter_map(|rules| matrix.row_of(&Principal::Group(rules.name.clone()), &[]))
        .map(|row| row.name.as_str())
        .collect();
    // Where several groups decide together, the role of any of them is the owner's.
    let differs = !levels.is_empty() && !levels.contains(&of_role.name.as_str());
    if let Some(group) = contract.acts_as(owner_groups).filter(|_| differs) {
        mismatches.push(Mismatch::RoleDiffersFromGroup {
            role: role.clone(),
            role_level: of_role.name.clone(),
            group,
            group_level: levels.join(" or "),
        });
    }
    mismatches
}

/// Adds to each person what [`role_mismatches`] finds, before the mismatches that are there.
/// Only for people whose groups are all known.
pub fn judge_roles(
    people: &mut [Person],
    matrix: &Matrix,
    contract: &Contract,
    roles: &[ExecutionRole],
) {
    for person in people {
        let Some(profile) = &person.profile else {
            continue;
        };
        let groups = person.user.is_some().then_some(person.groups.as_slice());
        let found = role_mismatches(profile, groups, matrix, contract, roles);
        person.mismatches.splice(0..0, found);
    }
}

/// Profiles without a user, and users who can sign in and have no profile, as
/// [`crate::domain::person::join`] has put them together.
pub fn without_counterpart(people: &[Person]) -> Vec<Finding> {
    let with = |is: fn(&Mismatch) -> bool| -> Vec<String> {
        people
            .iter()
            .filter(|person| person.mismatches.iter().any(is))
            .map(|person| person.label().to_owned())
            .collect()
    };
    let ownerless = with(|mismatch| *mismatch == Mismatch::NoUser);
    let without = with(|mismatch| *mismatch == Mismatch::NoProfile);
    let mut findings = Vec::new();
    if !ownerless.is_empty() {
        findings.push(Finding {
            id: "profile-without-user".to_owned(),
            severity: Severity::Low,
            subject: "profiles".to_owned(),
            title: format!(
                "{} without a user",
                count(ownerless.len(), "Studio profile")
            ),
            command: command_for("profiles delete", ownerless.iter().map(String::as_str)),
            evidence: listed(ownerless),
            remedy: "offboard whoever is gone: delete the profile with its apps and spaces"
                .to_owned(),
            ..Finding::default()
        });
    }
    if !without.is_empty() {
        findings.push(Finding {
            id: "user-without-profile".to_owned(),
            severity: Severity::Info,
            subject: "users".to_owned(),
            title: format!("{} without a Studio profile", count(without.len(), "user")),
            evidence: listed(without),
            remedy: "create a profile for those who work in Studio".to_owned(),
            ..Finding::default()
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access::Pick;
    use crate::domain::{
        MatchRule, User, UserStatus,
        person::{Studio, join},
    };

    fn profile(name: &str, role: &str) -> Profile {
        Profile {
            domain_id: "d-1".into(),
            name: name.into(),
            arn: None,
            status: "InService".into(),
            execution_role: Some(format!("arn:aws:iam::123456789012:role/{role}")),
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        }
    }

    fn user(email: &str) -> User {
        User {
            username: format!("id-{email}"),
            email: Some(email.into()),
            status: UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: crate::domain::Attributes::default(),
        }
    }

    fn people<const N: usize>(
        profiles: &[Profile],
        users: [User; N],
        groups: &[String],
    ) -> Vec<Person> {
        let studio = Studio {
            profiles,
            ..Studio::default()
        };
        join(
            users.map(Arc::new),
            |_| groups,
            studio,
            &MatchRule::default(),
        )
    }

    const READER: &str = "Stack-sagemakermlflowreaderrole-1NX3";
    const ADMIN: &str = "Stack-sagemakermlflowadminrole-1NX3";

    fn mismatch(profile: &Profile, groups: Option<&[&str]>) -> Option<Vec<String>> {
        let groups = groups.map(|groups| {
            groups
                .iter()
                .map(|&group| group.to_owned())
                .collect::<Vec<_>>()
        });
        profile_role(
            profile,
            groups.as_deref(),
            &Matrix::sample(),
            &Contract::sample(),
            &[],
        )
        .map(|finding| finding.evidence.into_iter().skip(1).collect())
    }

    #[test]
    fn a_profile_with_anothers_role_is_found() {
        let wrong = profile("mlflow-reader", ADMIN);
        assert_eq!(
            mismatch(&wrong, None).unwrap(),
            ["the matrix pairs mlflow-reader with reader"]
        );
        assert_eq!(mismatch(&profile("mlflow-reader", READER), None), None);
    }

    #[test]
    fn a_profile_above_its_owners_group_is_found() {
        let ada = profile("ada", ADMIN);
        assert_eq!(
            mismatch(&ada, Some(&["readers"])).unwrap(),
            ["its owner is in readers, which is reader"]
        );
        assert_eq!(mismatch(&ada, Some(&["admins"])), None);
        assert_eq!(mismatch(&ada, Some(&[])), None);
    }

    #[test]
    fn where_groups_count_together_the_role_of_any_of_them_fits() {
        let together = Contract {
            rule: Pick::Union,
            ..Contract::sample()
        };
        let in_both = ["model-approvers".to_owned(), "readers".to_owned()];
        let found = |role: &str| {
            let profile = profile("ada", role);
            role_mismatches(&profile, Some(&in_both), &Matrix::sample(), &together, &[])
        };
        assert_eq!(found(READER), []);
        assert_eq!(
            found(ADMIN),
            [Mismatch::RoleDiffersFromGroup {
                role: format!("arn:aws:iam::123456789012:role/{ADMIN}"),
                role_level: "admin".to_owned(),
                group: "readers + model-approvers".to_owned(),
                group_level: "reader or model-approver".to_owned(),
            }]
        );
    }

    #[test]
    fn a_role_outside_the_matrix_says_nothing() {
        assert_eq!(mismatch(&profile("mlflow-reader", "Other"), None), None);
    }

    #[test]
    fn profiles_and_users_are_matched_by_name() {
        let (ada, eve, bob) = (
            user("ada.l@example.com"),
            user("mlflow-reader@example.com"),
            user("bob@example.com"),
        );
        let profiles = [
            profile("mlflow-reader", READER),
            profile("ada-l", READER),
            profile("gone", READER),
        ];
        let people = people(&profiles, [ada, eve, bob], &[]);
        let findings = without_counterpart(&people);
        let evidence: Vec<_> = findings.iter().map(|finding| &finding.evidence).collect();
        assert_eq!(evidence, [&["gone"], &["bob@example.com"]]);
        assert_eq!(without_counterpart(&[]), []);
    }

    #[test]
    fn a_person_above_their_group_says_so_in_their_row() {
        let readers = ["readers".to_owned()];
        let profiles = [profile("ada", ADMIN), profile("eve", READER)];
        let mut people = people(
            &profiles,
            [user("ada@example.com"), user("eve@example.com")],
            &readers,
        );
        judge_roles(&mut people, &Matrix::sample(), &Contract::sample(), &[]);
        let [ada, eve] = people.as_slice() else {
            panic!("{people:?}")
        };
        assert_eq!(
            ada.mismatches[0].text(),
            format!("in Studio acts as admin (role {ADMIN}), while the group readers is reader")
        );
        assert_eq!(eve.mismatches, []);
    }
}
