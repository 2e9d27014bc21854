//! Findings about Studio: profiles, their owners, and apps left running.

use jiff::{SignedDuration, Timestamp};

use super::{Finding, Severity, count, listed};
use crate::{
    access::{Contract, Matrix},
    domain::{App, AppOwner, AppStatus, ExecutionRole, Principal, Profile, User},
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
    let arn = profile.execution_role.as_ref()?;
    // By the role's own name: by the profiles that use it, every role would fit.
    let of_role = matrix.row_of(&Principal::Role(arn.clone()), &[])?;
    let of_profile = matrix.row_of(&Principal::Profile(profile.name.clone()), roles);
    let group = owner_groups
        .and_then(|groups| contract.rules_for(groups))
        .map(|rules| rules.name.as_str());
    let of_owner = group.and_then(|group| matrix.row_of(&Principal::Group(group.into()), &[]));
    let mut evidence = vec![format!("execution role: {arn} ({})", of_role.name)];
    if let Some(row) = of_profile.filter(|row| row.name != of_role.name) {
        evidence.push(format!(
            "the matrix pairs {} with {}",
            profile.name, row.name
        ));
    }
    if let (Some(group), Some(row)) = (group, of_owner.filter(|row| row.name != of_role.name)) {
        evidence.push(format!("its owner is in {group}, which is {}", row.name));
    }
    (evidence.len() > 1).then(|| Finding {
        id: "profile-role".to_owned(),
        severity: Severity::High,
        subject: format!("profile:{}", profile.name),
        title: format!(
            "in Studio {} acts as {}, and elsewhere as something else",
            profile.name, of_role.name
        ),
        evidence,
        remedy: "give the profile the role of its owner's access level, or move the owner"
            .to_owned(),
    })
}

/// Profiles without a user, and users without a profile. They belong together where a
/// user's e-mail address before its `@`, its whole address made a profile name, or its user
/// name is the profile's name.
pub fn without_counterpart(profiles: &[Profile], users: &[&User]) -> Vec<Finding> {
    let belong = |profile: &Profile, user: &User| names(user).any(|name| name == profile.name);
    let ownerless: Vec<String> = profiles
        .iter()
        .filter(|profile| !users.iter().any(|user| belong(profile, user)))
        .map(|profile| profile.name.clone())
        .collect();
    let without: Vec<String> = users
        .iter()
        .filter(|user| !profiles.iter().any(|profile| belong(profile, user)))
        .map(|user| user.label().to_owned())
        .collect();
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
            evidence: listed(ownerless),
            remedy: "offboard whoever is gone: delete the profile with its apps and spaces"
                .to_owned(),
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
        });
    }
    findings
}

/// The names that a user's profile may have.
fn names(user: &User) -> impl Iterator<Item = String> {
    let email = user.email.as_deref().unwrap_or_default();
    let local = email.split('@').next().unwrap_or_default();
    [local, email, &user.username]
        .into_iter()
        .map(|name| name.replace(|char: char| !char.is_ascii_alphanumeric(), "-"))
        .filter(|name| !name.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Apps of a type that costs by the hour (`KernelGateway` in the sample) and that have been
/// running for longer than `age`.
pub fn forgotten_apps(
    apps: &[App],
    app_type: &str,
    now: Timestamp,
    age: SignedDuration,
) -> Option<Finding> {
    let running: Vec<String> = apps
        .iter()
        .filter(|app| app.app_type == app_type && app.status == AppStatus::InService)
        .filter_map(|app| {
            let since = app.created_at?;
            let ran = now.duration_since(since);
            (ran > age).then(|| {
                let (AppOwner::Profile(owner) | AppOwner::Space(owner)) = &app.owner;
                let instance = app.instance_type.as_deref().unwrap_or("unknown instance");
                format!(
                    "{owner}: {} on {instance}, {} days",
                    app.name,
                    ran.as_hours() / 24
                )
            })
        })
        .collect();
    (!running.is_empty()).then(|| Finding {
        id: "forgotten-app".to_owned(),
        severity: Severity::Low,
        subject: "apps".to_owned(),
        title: format!(
            "{} running for more than {} days",
            count(running.len(), &format!("{app_type} app")),
            age.as_hours() / 24
        ),
        evidence: listed(running),
        remedy: "delete them with `mlwarden cleanup`; they cost by the hour and block \
                 `cdk destroy`"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::domain::UserStatus;

    fn profile(name: &str, role: &str) -> Profile {
        Profile {
            domain_id: "d-1".into(),
            name: name.into(),
            status: "InService".into(),
            execution_role: Some(format!("arn:aws:iam::123456789012:role/{role}")),
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        }
    }

    fn user(email: &str) -> User {
        User {
            username: "1b2c".into(),
            email: Some(email.into()),
            status: UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: IndexMap::new(),
        }
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
        let findings = without_counterpart(&profiles, &[&ada, &eve, &bob]);
        let evidence: Vec<_> = findings.iter().map(|finding| &finding.evidence).collect();
        assert_eq!(evidence, [&["gone"], &["bob@example.com"]]);
        assert_eq!(without_counterpart(&[], &[]), []);
    }

    #[test]
    fn only_old_running_apps_of_the_type_are_forgotten() {
        let app = |name: &str, app_type: &str, status: AppStatus| App {
            domain_id: "d-1".into(),
            owner: AppOwner::Profile("mlflow-admin".into()),
            app_type: app_type.into(),
            name: name.into(),
            status,
            instance_type: Some("ml.t3.medium".into()),
            created_at: Some("2026-11-01T00:00:00Z".parse().unwrap()),
        };
        let apps = [
            app("old", "KernelGateway", AppStatus::InService),
            app("default", "JupyterServer", AppStatus::InService),
            app("gone", "KernelGateway", AppStatus::Deleted),
        ];
        let at = |now: &str| {
            forgotten_apps(
                &apps,
                "KernelGateway",
                now.parse().unwrap(),
                SignedDuration::from_hours(48),
            )
        };
        assert_eq!(at("2026-11-02T00:00:00Z"), None);
        let finding = at("2026-11-05T00:00:00Z").unwrap();
        assert_eq!(
            finding.evidence,
            ["mlflow-admin: old on ml.t3.medium, 4 days"]
        );
        assert_eq!(
            finding.title,
            "1 KernelGateway app running for more than 2 days"
        );
    }
}
