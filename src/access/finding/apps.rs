//! Findings about Studio apps: what runs and costs, and what stands in a deletion's way.

use jiff::Timestamp;

use super::{Finding, Severity, command, count, listed};
use crate::domain::{App, Bill, Mismatch, Person, Prices, Profile, Space, Usd};

/// Apps that are there and cost something, the most expensive first. None where nothing does.
pub fn running_apps(apps: &[App], prices: &Prices, now: Timestamp) -> Option<Finding> {
    let mut running: Vec<(&App, Option<Usd>)> = apps
        .iter()
        .filter(|app| app.is_there())
        .map(|app| (app, prices.cost(app, now).monthly()))
        .filter(|(_, monthly)| *monthly != Some(Usd::default()))
        .collect();
    running.sort_by(|(one, cost), (other, more)| {
        (more, one.created_at).cmp(&(cost, other.created_at))
    });
    let sum: Bill = running.iter().map(|(_, monthly)| *monthly).collect();
    (!running.is_empty()).then(|| Finding {
        id: "running-apps".to_owned(),
        severity: Severity::Low,
        subject: "apps".to_owned(),
        title: format!(
            "{} left running: {sum} a month at this rate",
            count(running.len(), "Studio app")
        ),
        evidence: listed(running.iter().map(|(app, monthly)| {
            let monthly = monthly.map_or_else(|| "unknown".to_owned(), |usd| usd.to_string());
            format!("{}: {monthly} a month", app.id().described())
        })),
        remedy: "delete those that nobody uses: a notebook's files stay, and the next start makes \
                 the app anew"
            .to_owned(),
        command: Some(command("cleanup --type any", [])),
        ..Finding::default()
    })
}

/// Apps and spaces that block deleting profiles, the domain, and with it the stack. None where
/// nothing does: profiles alone are the stack's own.
pub fn destroy_blocked(apps: &[App], spaces: &[Space], profiles: &[Profile]) -> Option<Finding> {
    let there: Vec<&App> = apps.iter().filter(|app| app.is_there()).collect();
    if there.is_empty() && spaces.is_empty() {
        return None;
    }
    let blocks = there
        .iter()
        .map(|app| format!("{}: {}", app.id().described(), app.status.as_str()))
        .chain(
            spaces
                .iter()
                .map(|space| format!("space {}: {}", space.name, space.status)),
        );
    Some(Finding {
        id: "destroy-blocked".to_owned(),
        severity: Severity::Info,
        subject: "domain".to_owned(),
        title: format!(
            "{} and {} block deleting {}, the domain and so the stack",
            count(there.len(), "app"),
            count(spaces.len(), "space"),
            count(profiles.len(), "profile")
        ),
        evidence: listed(blocks),
        remedy: "before `cdk destroy` empty the domain: apps, then spaces, then profiles"
            .to_owned(),
        command: Some(command("cleanup --for-destroy", [])),
        ..Finding::default()
    })
}

/// People who may not sign in any more and whose apps still run: one finding a person.
pub fn disabled_with_apps(people: &[Person]) -> Vec<Finding> {
    people
        .iter()
        .filter_map(|person| {
            let apps = person.mismatches.iter().find_map(|mismatch| match mismatch {
                Mismatch::DisabledWithApps { apps } => Some(*apps),
                _ => None,
            })?;
            let profile = person.profile.as_ref()?;
            Some(Finding {
                id: "disabled-with-apps".to_owned(),
                severity: Severity::Medium,
                subject: format!("user:{}", person.label()),
                title: format!(
                    "{} is disabled, and {} of theirs still {} with the rights of the execution role",
                    person.label(),
                    count(apps, "app"),
                    if apps == 1 { "runs" } else { "run" }
                ),
                evidence: listed(person.apps.iter().map(|app| {
                    format!("{}: {}", app.id().described(), app.status.as_str())
                })),
                remedy: "delete their apps: disabling a user ends no app and no notebook".to_owned(),
                command: Some(command(
                    "cleanup --type any --owner",
                    [profile.name.as_str()],
                )),
                ..Finding::default()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::domain::{AppOwner, AppStatus};

    fn app(name: &str, instance: Option<&str>, status: AppStatus) -> App {
        App {
            domain_id: "d-1".into(),
            owner: AppOwner::Profile("ada".into()),
            app_type: "KernelGateway".into(),
            name: name.into(),
            status,
            instance_type: instance.map(str::to_owned),
            image: None,
            created_at: None,
            active_at: None,
        }
    }

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn only_what_costs_is_left_running_and_the_dearest_comes_first() {
        let prices = Prices::of("us-west-2", &IndexMap::new());
        let apps = [
            app("small", Some("ml.t3.medium"), AppStatus::InService),
            app("large", Some("ml.g4dn.xlarge"), AppStatus::InService),
            app("odd", Some("ml.unheard-of"), AppStatus::InService),
            app("server", None, AppStatus::InService),
            app("gone", Some("ml.t3.medium"), AppStatus::Deleted),
        ];
        let finding = running_apps(&apps, &prices, now()).unwrap();
        assert!(
            finding.title.starts_with("3 Studio apps left running: $"),
            "{}",
            finding.title
        );
        assert!(finding.title.contains("+ 1 unknown"), "{}", finding.title);
        let named: Vec<&str> = finding
            .evidence
            .iter()
            .filter_map(|line| line.split(' ').nth(1))
            .collect();
        assert_eq!(named, ["large", "small", "odd"]);
        assert_eq!(running_apps(&apps[3..], &prices, now()), None);
    }

    #[test]
    fn apps_and_spaces_block_and_profiles_alone_do_not() {
        let space = Space {
            domain_id: "d-1".into(),
            name: "pricing".into(),
            status: "InService".into(),
            owner: None,
            created_at: None,
        };
        let apps = [
            app("a", None, AppStatus::InService),
            app("b", None, AppStatus::Failed),
        ];
        let finding = destroy_blocked(&apps, &[space], &[]).unwrap();
        assert_eq!(
            finding.evidence,
            [
                "KernelGateway a of profile ada: InService",
                "space pricing: InService"
            ]
        );
        assert_eq!(
            finding.command.as_deref(),
            Some("mlwarden cleanup --for-destroy")
        );
        assert_eq!(destroy_blocked(&apps[1..], &[], &[]), None);
    }

    #[test]
    fn whoever_is_disabled_and_has_apps_is_told_one_by_one() {
        let person = Person {
            key: "user:ada".into(),
            user: None,
            groups: Vec::new(),
            profile: Some(Profile {
                domain_id: "d-1".into(),
                name: "ada".into(),
                arn: None,
                status: "InService".into(),
                execution_role: None,
                role_from_domain: false,
                created_at: None,
                modified_at: None,
            }),
            role: None,
            apps: vec![app("a", None, AppStatus::InService)],
            spaces: Vec::new(),
            mismatches: vec![Mismatch::DisabledWithApps { apps: 1 }],
        };
        let fine = Person {
            mismatches: Vec::new(),
            ..person.clone()
        };
        let found = disabled_with_apps(&[person, fine]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].command.as_deref(),
            Some("mlwarden cleanup --type any --owner ada")
        );
    }
}
