//! Findings about users and groups.

use jiff::{SignedDuration, Timestamp};

use super::{Finding, Severity, command, command_for, count, listed};
use crate::{
    access::{Contract, Nobody, Pick},
    domain::{Group, User, UserStatus},
};

/// Someone is in several groups that the authorizer knows: the first one it looks for
/// decides alone, the others grant nothing. None where the authorizer takes them together.
pub fn several_groups(user: &User, groups: &[String], contract: &Contract) -> Option<Finding> {
    if contract.rule == Pick::Union {
        return None;
    }
    let known: Vec<&str> = contract
        .groups
        .iter()
        .map(|rules| rules.name.as_str())
        .filter(|name| groups.iter().any(|group| group == name))
        .collect();
    let (effective, others) = known.split_first()?;
    if others.is_empty() {
        return None;
    }
    // What grants nothing can go without a loss.
    let leave: Vec<String> = others
        .iter()
        .map(|group| command("groups remove", [group, user.label()]))
        .collect();
    let others = others.join(", ");
    Some(Finding {
        id: "several-groups".to_owned(),
        severity: Severity::Medium,
        subject: format!("user:{}", user.label()),
        title: format!(
            "{} counts as {effective} only, although also in {others}",
            user.label()
        ),
        evidence: vec![
            format!("groups: {}", groups.join(", ")),
            format!(
                "the authorizer takes the first it finds of {}",
                order(contract)
            ),
        ],
        remedy: format!("leave them in one of the groups: remove {effective}, or remove {others}"),
        command: Some(leave.join(" && ")),
        ..Finding::default()
    })
}

/// People whose tokens carry no group that the authorizer knows: they are refused, or it
/// crashes on them and they get 500. `users` come with their groups.
pub fn groupless<'a>(
    users: impl IntoIterator<Item = (&'a User, &'a [String])>,
    contract: &Contract,
) -> Option<Finding> {
    let mut lost: Vec<String> = Vec::new();
    for (user, groups) in users {
        let signs_in = user.enabled && user.status != UserStatus::Unconfirmed;
        if signs_in && !contract.knows(groups) {
            lost.push(if groups.is_empty() {
                format!("{}: in no group", user.label())
            } else {
                format!("{}: only in {}", user.label(), groups.join(", "))
            });
        }
    }
    let gets = contract.refusal();
    (!lost.is_empty()).then(|| Finding {
        id: "groupless".to_owned(),
        severity: Severity::Medium,
        subject: "users".to_owned(),
        title: format!(
            "{} in no group that the authorizer knows: every request gets {gets}",
            count(lost.len(), "user")
        ),
        evidence: listed(lost),
        remedy: format!(
            "add them to one of {}, or disable them{}",
            order(contract),
            match contract.nobody {
                Nobody::Crash => "; and let the authorizer answer 403 instead",
                Nobody::Deny => "",
            }
        ),
        ..Finding::default()
    })
}

/// People who signed themselves up and never confirmed their address.
pub fn unconfirmed<'a>(users: impl IntoIterator<Item = &'a User>) -> Option<Finding> {
    let unconfirmed: Vec<&User> = users
        .into_iter()
        .filter(|user| user.status == UserStatus::Unconfirmed)
        .collect();
    let waiting: Vec<String> = unconfirmed
        .iter()
        .map(|user| match user.created_at {
            Some(created) => format!("{}: since {created}", user.label()),
            None => user.label().to_owned(),
        })
        .collect();
    (!waiting.is_empty()).then(|| Finding {
        id: "unconfirmed".to_owned(),
        severity: Severity::Low,
        subject: "users".to_owned(),
        title: format!(
            "{} signed up and never confirmed",
            count(waiting.len(), "user")
        ),
        evidence: listed(waiting),
        remedy: "delete those you do not know; switch self sign-up off if nobody needs it"
            .to_owned(),
        command: command_for("users delete", unconfirmed.iter().map(|user| user.label())),
        ..Finding::default()
    })
}

/// When somebody was invited whose temporary password ran out since; none where it did not.
pub fn ran_out(user: &User, now: Timestamp, validity_days: u16) -> Option<Timestamp> {
    let validity = SignedDuration::from_hours(24 * i64::from(validity_days));
    if user.status != UserStatus::ForceChangePassword {
        return None;
    }
    // A new invitation changes the user.
    let invited = user.modified_at.or(user.created_at)?;
    (now.duration_since(invited) > validity).then_some(invited)
}

/// Invitations whose temporary password ran out: they need a new invitation, forgot-password
/// does not work for them. `validity_days` is the pool's.
pub fn expired_invitations<'a>(
    users: impl IntoIterator<Item = &'a User>,
    now: Timestamp,
    validity_days: u16,
) -> Option<Finding> {
    let late: Vec<(&User, Timestamp)> = users
        .into_iter()
        .filter_map(|user| Some((user, ran_out(user, now, validity_days)?)))
        .collect();
    let expired: Vec<String> = late
        .iter()
        .map(|(user, invited)| format!("{}: invited {invited}", user.label()))
        .collect();
    (!expired.is_empty()).then(|| Finding {
        id: "expired-invitation".to_owned(),
        severity: Severity::Low,
        subject: "users".to_owned(),
        title: format!(
            "{} whose temporary password ran out after {validity_days} days",
            count(expired.len(), "invitation")
        ),
        evidence: listed(expired),
        remedy: "resend the invitation (forgot-password does not work here), or delete the user"
            .to_owned(),
        command: command_for(
            "users resend-invite",
            late.iter().map(|(user, _)| user.label()),
        ),
        ..Finding::default()
    })
}

/// The authorizer looks for groups in another order than Cognito's precedence says, so that
/// the precedence shown in the Cognito console misleads. None where the order means nothing.
pub fn authorizer_order(contract: &Contract, groups: &[Group]) -> Option<Finding> {
    if contract.rule == Pick::Union {
        return None;
    }
    let precedence = |name: &str| {
        groups
            .iter()
            .find(|group| group.name == name)
            .and_then(|group| group.precedence)
    };
    let ranked: Vec<(&str, i32)> = contract
        .groups
        .iter()
        .filter_map(|rules| Some((rules.name.as_str(), precedence(&rules.name)?)))
        .collect();
    let inverted = ranked
        .windows(2)
        .any(|pair| matches!(pair, [(_, first), (_, second)] if first > second));
    inverted.then(|| Finding {
        id: "authorizer-order".to_owned(),
        severity: Severity::Info,
        subject: "authorizer".to_owned(),
        title: "the authorizer ignores Cognito's precedence and uses an order of its own"
            .to_owned(),
        evidence: std::iter::once(format!("the authorizer's order: {}", order(contract)))
            .chain(
                ranked
                    .iter()
                    .map(|(name, precedence)| format!("{name}: precedence {precedence}")),
            )
            .collect(),
        remedy: "set the precedences in the authorizer's order, or let it go by `cognito:groups` \
                 as Cognito sorts it"
            .to_owned(),
        ..Finding::default()
    })
}

/// Groups of the pool that the authorizer does not know, and groups it looks for that the
/// pool does not have.
pub fn unknown_groups(contract: &Contract, groups: &[Group]) -> Option<Finding> {
    let unknown = groups
        .iter()
        .filter(|group| contract.groups.iter().all(|rules| rules.name != group.name))
        .map(|group| format!("{}: the authorizer does not know it", group.name));
    let missing = contract
        .groups
        .iter()
        .filter(|rules| groups.iter().all(|group| group.name != rules.name))
        .map(|rules| format!("{}: the pool does not have it", rules.name));
    let evidence: Vec<String> = unknown.chain(missing).collect();
    (!evidence.is_empty()).then(|| Finding {
        id: "unknown-group".to_owned(),
        severity: Severity::Low,
        subject: "groups".to_owned(),
        title: "the pool's groups and the authorizer's are not the same".to_owned(),
        evidence,
        remedy: format!(
            "members of a group that the authorizer does not know get {}: add a rule for it, or \
             remove the group",
            match contract.nobody {
                Nobody::Crash => "500",
                Nobody::Deny => "403",
            }
        ),
        ..Finding::default()
    })
}

fn order(contract: &Contract) -> String {
    let names: Vec<&str> = contract
        .groups
        .iter()
        .map(|rules| rules.name.as_str())
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {

    use super::*;

    fn user(name: &str, status: UserStatus, modified: &str) -> User {
        User {
            username: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            status,
            enabled: true,
            created_at: None,
            modified_at: Some(modified.parse().unwrap()),
            attributes: crate::domain::Attributes::default(),
        }
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    fn group(name: &str, precedence: Option<i32>) -> Group {
        Group {
            name: name.to_owned(),
            description: None,
            precedence,
            role_arn: None,
            created_at: None,
            modified_at: None,
        }
    }

    const DAY: &str = "2026-11-01T00:00:00Z";

    #[test]
    fn a_reader_who_is_also_an_approver_is_only_a_reader() {
        let ada = user("ada", UserStatus::Confirmed, DAY);
        let contract = Contract::sample();
        let finding =
            several_groups(&ada, &names(&["model-approvers", "readers"]), &contract).unwrap();
        assert_eq!(finding.subject, "user:ada@example.com");
        assert!(
            finding
                .title
                .contains("counts as readers only, although also in model-approvers")
        );
        assert_eq!(
            finding.command.as_deref(),
            Some("mlwarden groups remove model-approvers ada@example.com"),
            "what grants nothing goes"
        );
        let union = Contract {
            rule: Pick::Union,
            ..contract.clone()
        };
        assert_eq!(
            several_groups(&ada, &names(&["model-approvers", "readers"]), &union),
            None
        );
        assert_eq!(
            several_groups(&ada, &names(&["readers", "interns"]), &contract),
            None
        );
        assert_eq!(several_groups(&ada, &[], &contract), None);
    }

    #[test]
    fn only_those_who_can_sign_in_and_have_no_known_group_get_500() {
        let contract = Contract::sample();
        let lost = user("lost", UserStatus::Confirmed, DAY);
        let intern = user("intern", UserStatus::Confirmed, DAY);
        let fine = user("fine", UserStatus::Confirmed, DAY);
        let waiting = user("waiting", UserStatus::Unconfirmed, DAY);
        let mut disabled = user("disabled", UserStatus::Confirmed, DAY);
        disabled.enabled = false;
        let (none, interns, readers) = (names(&[]), names(&["interns"]), names(&["readers"]));
        let finding = groupless(
            [
                (&lost, none.as_slice()),
                (&intern, interns.as_slice()),
                (&fine, readers.as_slice()),
                (&waiting, none.as_slice()),
                (&disabled, none.as_slice()),
            ],
            &contract,
        )
        .unwrap();
        assert_eq!(
            finding.evidence,
            [
                "lost@example.com: in no group",
                "intern@example.com: only in interns"
            ]
        );
        assert_eq!(groupless([(&fine, readers.as_slice())], &contract), None);
        let denying = Contract {
            nobody: Nobody::Deny,
            ..contract
        };
        let finding = groupless([(&lost, none.as_slice())], &denying).unwrap();
        assert!(finding.title.ends_with("403"), "{}", finding.title);
    }

    #[test]
    fn only_the_unconfirmed_are_listed() {
        let waiting = user("waiting", UserStatus::Unconfirmed, DAY);
        let fine = user("fine", UserStatus::Confirmed, DAY);
        assert_eq!(
            unconfirmed([&waiting, &fine]).unwrap().evidence,
            ["waiting@example.com"]
        );
        assert_eq!(
            unconfirmed([&waiting]).unwrap().command.as_deref(),
            Some("mlwarden users delete waiting@example.com")
        );
        assert_eq!(unconfirmed([&fine]), None);
    }

    #[test]
    fn an_invitation_expires_after_the_pools_days() {
        let invited = user("new", UserStatus::ForceChangePassword, DAY);
        let old = user("old", UserStatus::Confirmed, DAY);
        let at = |text: &str| expired_invitations([&invited, &old], text.parse().unwrap(), 7);
        assert_eq!(at("2026-11-07T23:00:00Z"), None);
        assert_eq!(
            at("2026-11-08T01:00:00Z").unwrap().evidence,
            ["new@example.com: invited 2026-11-01T00:00:00Z"]
        );
    }

    #[test]
    fn a_precedence_against_the_authorizers_order_is_told() {
        let contract = Contract::sample();
        let groups = |readers, approvers| {
            [
                group("admins", Some(0)),
                group("readers", readers),
                group("model-approvers", approvers),
            ]
        };
        assert!(authorizer_order(&contract, &groups(Some(9), Some(5))).is_some());
        assert_eq!(authorizer_order(&contract, &groups(Some(5), Some(9))), None);
        assert_eq!(authorizer_order(&contract, &groups(None, Some(9))), None);
    }

    #[test]
    fn groups_on_one_side_only_are_told() {
        let contract = Contract::sample();
        let finding = unknown_groups(
            &contract,
            &[
                group("admins", None),
                group("readers", None),
                group("interns", None),
            ],
        )
        .unwrap();
        assert_eq!(
            finding.evidence,
            [
                "interns: the authorizer does not know it",
                "model-approvers: the pool does not have it"
            ]
        );
    }
}
