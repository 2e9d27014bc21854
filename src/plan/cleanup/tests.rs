use indexmap::IndexMap;

use super::*;
use crate::domain::AppOwner;

fn now() -> Timestamp {
    "2026-11-10T00:00:00Z".parse().unwrap()
}

fn hours_ago(hours: u32) -> Timestamp {
    now() - Span::hours(hours).duration()
}

fn app(owner: &str, kind: &str, hours: u32, idle: Option<u32>) -> App {
    App {
        domain_id: "d".into(),
        owner: AppOwner::Profile(owner.into()),
        app_type: kind.into(),
        name: "k".into(),
        status: AppStatus::InService,
        instance_type: Some("ml.t3.medium".into()),
        image: None,
        created_at: Some(hours_ago(hours)),
        active_at: idle.map(hours_ago),
    }
}

fn rule(text: &str) -> Rule {
    toml::from_str(text).unwrap()
}

fn chosen(apps: &[App], rules: &[Rule]) -> (Vec<String>, Vec<String>) {
    let prices = Prices::of("us-west-2", &IndexMap::new());
    let selection = select(apps, rules, &prices, now());
    let owners = selection.chosen.iter();
    let owners = owners.map(|one| format!("{}: {}", one.app.owner.name(), one.why));
    (owners.collect(), selection.left())
}

#[test]
fn without_a_condition_the_samples_kernels_are_meant_and_nothing_else() {
    let apps = [
        app("ada", "KernelGateway", 50, None),
        app("ada", "JupyterServer", 50, None),
        App {
            status: AppStatus::Deleted,
            ..app("bob", "KernelGateway", 50, None)
        },
        App {
            status: AppStatus::Deleting,
            ..app("cid", "KernelGateway", 50, None)
        },
        App {
            status: AppStatus::Pending,
            ..app("dan", "KernelGateway", 0, None)
        },
    ];
    let (chosen, left) = chosen(&apps, &[Rule::default()]);
    assert_eq!(chosen, ["ada: there for 2d"]);
    assert_eq!(left, ["1 being deleted already", "1 just starting"]);
}

#[test]
fn an_unknown_idleness_is_never_long_enough() {
    let apps = [
        app("busy", "KernelGateway", 90, Some(1)),
        app("idle", "KernelGateway", 90, Some(5)),
        app("who-knows", "KernelGateway", 90, None),
        App {
            created_at: None,
            ..app("ageless", "KernelGateway", 90, Some(9))
        },
    ];
    let (found, left) = chosen(&apps, &[rule("idle = \"4h\"\nolder_than = \"2d\"")]);
    assert_eq!(found, ["idle: there for 3d, idle for 5h"]);
    assert_eq!(
        left,
        ["1 of unknown age", "1 in use", "1 of unknown idleness"]
    );
}

#[test]
fn a_rule_is_about_its_types_and_owner_and_any_rule_suffices() {
    let apps = [
        app("ada", "JupyterLab", 90, None),
        app("ada", "KernelGateway", 1, None),
        app("bob", "CodeEditor", 90, None),
    ];
    let rules = [
        rule("type = [\"jupyterlab\", \"codeeditor\"]\nowner = \"ada\""),
        rule("older_than = \"2d\""),
    ];
    let (found, left) = chosen(&apps, &rules);
    assert_eq!(found, ["ada: there for 3d"]);
    assert_eq!(left, ["1 too young"]);
    assert_eq!(chosen(&apps, &[rule("type = \"any\"")]).0.len(), 3);
    assert!(
        toml::from_str::<Rule>("older_than = \"soon\"")
            .unwrap_err()
            .to_string()
            .contains("2d")
    );
}

#[test]
fn the_plan_deletes_what_was_chosen_and_says_what_it_saves() {
    let apps = [
        app("ada", "KernelGateway", 90, None),
        App {
            instance_type: Some("ml.unheard.of".into()),
            ..app("bob", "KernelGateway", 90, None)
        },
    ];
    let prices = Prices::of("us-west-2", &IndexMap::new());
    let selection = select(&apps, &[Rule::default()], &prices, now());
    assert_eq!(selection.saved().to_string(), "$36.50 + 1 unknown");
    let plan = plan(&selection, Place::default());
    assert_eq!(plan.title, "clean up 2 apps");
    let deleted: Vec<_> = plan.items.iter().map(|item| &item.steps).collect();
    for app in &apps {
        assert!(deleted.contains(&&vec![Step::DeleteApp(app.id())]));
    }
}

#[test]
fn a_domain_is_emptied_from_the_inside() {
    let inventory = Inventory {
        apps: vec![
            app("ada", "KernelGateway", 9, None),
            App {
                status: AppStatus::Failed,
                ..app("bob", "KernelGateway", 9, None)
            },
        ],
        spaces: vec![Space {
            domain_id: "d".into(),
            name: "lab".into(),
            status: "InService".into(),
            owner: None,
            created_at: None,
        }],
        profiles: vec![Profile {
            domain_id: "d".into(),
            name: "ada".into(),
            arn: None,
            status: "Delete_Failed".into(),
            execution_role: None,
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        }],
    };
    let plan = inventory.for_destroy("d", Place::default());
    let stages: Vec<_> = plan
        .items
        .iter()
        .map(|item| (item.stage, item.subject.as_str()))
        .collect();
    assert_eq!(
        stages,
        [
            (0, "KernelGateway k of profile ada"),
            (1, "space lab"),
            (2, "profile ada")
        ]
    );
    let blocks: Vec<_> = inventory.blocks();
    assert_eq!(blocks.len(), 3);
    assert_eq!(blocks[2].status, "Delete_Failed");
    assert!(Inventory::default().blocks().is_empty());
}

#[test]
fn a_rule_is_told_as_the_command_takes_it() {
    let rule = rule("type = \"KernelGateway\"\nolder_than = \"48h\"\nidle = \"4h\"");
    assert_eq!(rule.text(), "KernelGateway, older than 2d, idle for 4h");
    assert_eq!(
        rule.options(),
        " --type KernelGateway --older-than 2d --idle-over 4h"
    );
}
