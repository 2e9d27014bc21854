//! Findings about the authorizer's contract: whom it crashes on, who is left to administer,
//! what its rules let readers see, and what the next version of MLflow makes of them.

use super::{Finding, Severity, command, count, listed};
use crate::{
    access::{Catalog, Contract, Effect, Kind, Method, Nobody, Route, authorizer::GroupRules},
    domain::{AuthScheme, User, UserStatus},
};

/// The roots that only MLflow 3's pages ask for.
const NEW_ROOTS: [&str; 2] = ["/graphql", "/ajax-api/3.0/"];

/// An access token sent in place of an ID token has no `aud`: an authorizer that crashes on what
/// it does not expect answers it with 500, so that the mistake looks like an outage.
pub fn access_token(contract: &Contract) -> Option<Finding> {
    (contract.nobody == Nobody::Crash).then(|| Finding {
        id: "access-token".to_owned(),
        severity: Severity::Low,
        subject: "authorizer".to_owned(),
        title: "an access token in place of an ID token gets 500: it looks like an outage"
            .to_owned(),
        evidence: vec![
            "the authorizer checks `aud`, which only ID tokens have, and crashes without it"
                .to_owned(),
            "a caller in no group that it knows gets 500 for the same reason".to_owned(),
        ],
        remedy: "tell clients to send the ID token; the drop-in authorizer refuses instead of \
                 crashing"
            .to_owned(),
        command: Some(command("matrix publish", [])),
        ..Finding::default()
    })
}

/// One person alone, or nobody at all, who can sign in is in a group that may do everything.
/// `users` come with their groups. None where no group may do everything.
pub fn last_admin<'a>(
    users: impl IntoIterator<Item = (&'a User, &'a [String])>,
    contract: &Contract,
) -> Option<Finding> {
    let almighty: Vec<&str> = contract
        .groups
        .iter()
        .filter(|rules| rules.allow_everything())
        .map(|rules| rules.name.as_str())
        .collect();
    let group = almighty.first()?;
    let mut able: Vec<&str> = Vec::new();
    for (user, groups) in users {
        let signs_in = user.enabled && user.status != UserStatus::Unconfirmed;
        let deciding = contract.rules_for(groups);
        if signs_in && deciding.iter().any(|rules| rules.allow_everything()) {
            able.push(user.label());
        }
        if able.len() > 1 {
            return None;
        }
    }
    let names = almighty.join(" or ");
    let (severity, title) = match able.first() {
        Some(one) => (
            Severity::Medium,
            format!("{one} is the last one in {names} who can sign in"),
        ),
        None => (
            Severity::High,
            format!("nobody in {names} can sign in: MLflow has no administrator"),
        ),
    };
    Some(Finding {
        id: "last-admin".to_owned(),
        severity,
        subject: format!("group:{group}"),
        title,
        evidence: vec!["disabled and unconfirmed members do not count".to_owned()],
        remedy: format!("put a second person into {group}, so that nobody locks everybody out"),
        ..Finding::default()
    })
}

/// What a rule such as "GET everything" lets those read who are not meant to: MLflow's proxy to
/// the AI gateway and, from MLflow 3 on, the URLs of webhooks. `version` is MLflow's own, where
/// it is known.
pub fn read_exposes(contract: &Contract, version: Option<&str>) -> Option<Finding> {
    let newest = newest();
    let is_new = version.is_some_and(|version| is_major(version, 3));
    let mut evidence = Vec::new();
    let mut hooks_now = false;
    for rules in limited(contract) {
        let caller = contract.caller(std::slice::from_ref(&rules.name));
        let reads = |area: &str| {
            let route = newest.routes().iter().find(|route| {
                route.method == Method::Get
                    && route.scheme() == AuthScheme::Bearer
                    && route.path.ends_with(area)
            })?;
            let effect = caller.effect(route.method, &route.path);
            (effect == Effect::Allow).then(|| format!("GET {}", route.path))
        };
        if let Some(route) = reads("/gateway-proxy") {
            evidence.push(format!(
                "{}: {route}: any GET of the AI gateway's server",
                rules.name
            ));
        }
        if let Some(route) = reads("/mlflow/webhooks") {
            hooks_now |= is_new;
            let when = if is_new { "" } else { ", once MLflow is 3" };
            evidence.push(format!(
                "{}: {route}: the URLs of webhooks{when}",
                rules.name
            ));
        }
    }
    (!evidence.is_empty()).then(|| Finding {
        id: "read-exposes".to_owned(),
        severity: if hooks_now {
            Severity::Medium
        } else {
            Severity::Low
        },
        subject: "authorizer".to_owned(),
        title: "reading everything includes the AI gateway's proxy and webhook URLs".to_owned(),
        evidence: listed(evidence),
        remedy: "deny gateway:read and webhooks:read to those groups in the matrix, and put it \
                 into effect"
            .to_owned(),
        command: Some(command("matrix publish", [])),
        ..Finding::default()
    })
}

/// MLflow 3's pages ask for roots that the rules of limited groups do not know, so that an
/// upgrade breaks them. `version` is MLflow's own, where it is known.
pub fn upgrade(contract: &Contract, version: Option<&str>) -> Option<Finding> {
    let newest = newest();
    let is_new = version.is_some_and(|version| is_major(version, 3));
    let needed: Vec<&Route> = newest
        .routes()
        .iter()
        .filter(|route| NEW_ROOTS.iter().any(|root| route.path.starts_with(root)))
        .filter(|route| route.kind == Kind::Read)
        .collect();
    let evidence: Vec<String> = limited(contract)
        .filter_map(|rules| {
            let caller = contract.caller(std::slice::from_ref(&rules.name));
            let denied: Vec<&&Route> = needed
                .iter()
                .filter(|route| caller.effect(route.method, &route.path) == Effect::Deny)
                .collect();
            let page = denied.iter().find(|route| route.path == "/graphql");
            let page = page.map_or("", |_| ", /graphql of the run pages among them");
            (!denied.is_empty()).then(|| {
                format!(
                    "{}: refused {} of {} that MLflow 3's pages read{page}",
                    rules.name,
                    denied.len(),
                    count(needed.len(), "route")
                )
            })
        })
        .collect();
    (!evidence.is_empty()).then(|| Finding {
        id: "mlflow-3-ui".to_owned(),
        severity: if is_new {
            Severity::Medium
        } else {
            Severity::Low
        },
        subject: "authorizer".to_owned(),
        title: format!(
            "MLflow 3's pages {} for everybody but administrators",
            if is_new { "are broken" } else { "will break" }
        ),
        evidence,
        remedy: "allow POST /graphql and the reading routes under /ajax-api/3.0/ to those groups \
                 in the matrix before an upgrade"
            .to_owned(),
        command: Some(command("matrix publish", [])),
        ..Finding::default()
    })
}

/// The groups that may not do everything.
fn limited(contract: &Contract) -> impl Iterator<Item = &GroupRules> {
    contract
        .groups
        .iter()
        .filter(|rules| !rules.allow_everything())
}

/// Whether a version is of this generation, or of a later one.
fn is_major(version: &str, major: u32) -> bool {
    let first = version.split('.').next().and_then(|part| part.parse().ok());
    first.is_some_and(|first: u32| first >= major)
}

/// The routes of the newest MLflow that is known.
fn newest() -> Catalog {
    Catalog::for_version(Catalog::versions().last().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::authorizer::Rule;

    fn user(name: &str) -> User {
        User {
            username: name.into(),
            email: None,
            status: UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: crate::domain::Attributes::default(),
        }
    }

    #[test]
    fn an_authorizer_that_denies_nobody_knows_no_access_token_trap() {
        let sample = Contract::sample();
        assert_eq!(access_token(&sample).unwrap().subject, "authorizer");
        let denying = Contract {
            nobody: Nobody::Deny,
            ..sample
        };
        assert_eq!(access_token(&denying), None);
    }

    #[test]
    fn the_last_admin_is_named_and_none_is_worse() {
        let contract = Contract::sample();
        let (ada, eve) = (user("ada"), user("eve"));
        let mut gone = user("gone");
        gone.enabled = false;
        let (admins, readers) = (["admins".to_owned()], ["readers".to_owned()]);
        let one = last_admin(
            [
                (&ada, admins.as_slice()),
                (&gone, admins.as_slice()),
                (&eve, readers.as_slice()),
            ],
            &contract,
        )
        .unwrap();
        assert_eq!(one.severity, Severity::Medium);
        assert_eq!(one.title, "ada is the last one in admins who can sign in");
        let none = last_admin([(&gone, admins.as_slice())], &contract).unwrap();
        assert_eq!(none.severity, Severity::High);
        let both = [(&ada, admins.as_slice()), (&eve, admins.as_slice())];
        assert_eq!(last_admin(both, &contract), None);
    }

    #[test]
    fn someone_whose_first_group_is_a_lesser_one_is_no_admin() {
        let mut contract = Contract::sample();
        contract.groups.reverse();
        let groups = ["admins".to_owned(), "readers".to_owned()];
        let ada = user("ada");
        let finding = last_admin([(&ada, groups.as_slice())], &contract).unwrap();
        assert_eq!(finding.severity, Severity::High);
    }

    #[test]
    fn reading_everything_reads_the_gateway_and_with_mlflow_3_the_webhooks() {
        let contract = Contract::sample();
        let finding = read_exposes(&contract, Some("2.12.2")).unwrap();
        assert_eq!(finding.severity, Severity::Low);
        let of_readers: Vec<_> = finding
            .evidence
            .iter()
            .filter(|line| line.starts_with("readers"))
            .collect();
        assert!(of_readers[0].contains("gateway-proxy"), "{of_readers:?}");
        assert!(of_readers[1].contains("once MLflow is 3"), "{of_readers:?}");
        let finding = read_exposes(&contract, Some("3.17.2")).unwrap();
        assert_eq!(finding.severity, Severity::Medium);
        assert!(finding.evidence.iter().all(|line| !line.contains("once")));
        let mut narrow = contract;
        for rules in &mut narrow.groups {
            rules
                .deny
                .extend(["*gateway-proxy", "*/webhooks*"].map(|path| Rule {
                    method: "*".into(),
                    path: path.into(),
                }));
        }
        assert_eq!(read_exposes(&narrow, Some("3.17.2")), None);
    }

    #[test]
    fn an_upgrade_breaks_the_pages_of_whoever_lacks_the_new_roots() {
        let contract = Contract::sample();
        let finding = upgrade(&contract, Some("2.12.2")).unwrap();
        assert_eq!(finding.severity, Severity::Low);
        assert_eq!(finding.evidence.len(), 2, "{:?}", finding.evidence);
        assert!(finding.evidence[0].contains("/graphql"));
        let broken = upgrade(&contract, Some("3.17.2")).unwrap();
        assert_eq!(broken.severity, Severity::Medium);
        assert_eq!(broken.fingerprint(), finding.fingerprint());
        let mut wide = contract;
        for rules in &mut wide.groups {
            for path in ["/graphql", "/ajax-api/3.0/*"] {
                rules.allow.push(Rule {
                    method: "*".into(),
                    path: path.into(),
                });
            }
        }
        assert_eq!(upgrade(&wide, None), None);
    }
}
