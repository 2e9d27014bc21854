//! The sample's three profiles with two apps each, and what makes the findings visible.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    App, Pace, Profile, Space, State,
    app::{Key, Owner},
    life::Life,
};
use crate::sandbox::{
    iam::{ADMIN_ROLE, APPROVER_ROLE, READER_ROLE},
    world::{ACCOUNT, REGION, Seed},
};

/// The kernel that the sample starts for every profile.
const KERNEL: &str = "instance-mlflow-basepython-2-0-ml-t3-medium";

pub(super) fn state(seed: &Seed) -> State {
    let ago = |hours| before(seed.now, hours);
    let role = |name: &str| Some(format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let deployed = ago(24 * 40);
    let mut profiles = BTreeMap::new();
    let mut apps = Vec::new();
    for (name, execution_role) in [
        ("mlflow-admin", ADMIN_ROLE),
        ("mlflow-reader", READER_ROLE),
        ("mlflow-model-approver", APPROVER_ROLE),
    ] {
        profiles.insert(name.to_owned(), profile(role(execution_role), deployed));
        apps.push(app(name, "JupyterServer", "default", "system", deployed));
        let started = if seed.demo { ago(24 * 9) } else { deployed };
        apps.push(app(name, "KernelGateway", KERNEL, "ml.t3.medium", started));
    }
    let mut spaces = BTreeMap::new();
    if seed.demo {
        // A reader's profile with the approver's role, and a profile that nobody owns.
        profiles.insert(
            "lena-fischer".to_owned(),
            profile(role(APPROVER_ROLE), ago(24 * 12)),
        );
        profiles.insert("left-last-year".to_owned(), profile(None, ago(24 * 400)));
        spaces.insert(
            "pricing-models".to_owned(),
            Space {
                owner: "mlflow-admin".to_owned(),
                life: Life::There,
                created: ago(24 * 6),
                modified: ago(24 * 6),
            },
        );
        for (owner, idle) in [("mlflow-reader", 24 * 8), ("mlflow-admin", 20)] {
            let kernels = apps
                .iter_mut()
                .filter(|app| app.key.kind == "KernelGateway");
            for kernel in kernels.filter(|app| app.key.is_profiles(owner)) {
                kernel.active = Some(ago(idle));
            }
        }
        let mut lab = app("", "JupyterLab", "default", "ml.t3.medium", ago(24 * 6));
        lab.key.owner = Owner::Space("pricing-models".to_owned());
        lab.active = Some(ago(1));
        apps.push(lab);
        apps.push(App {
            life: Life::Failed,
            ..app(
                "left-last-year",
                "KernelGateway",
                "instance-datascience-ml-g4dn-xlarge",
                "ml.g4dn.xlarge",
                ago(24 * 3),
            )
        });
        apps.push(App {
            life: Life::Going(ago(10)),
            ..app(
                "lena-fischer",
                "KernelGateway",
                KERNEL,
                "ml.t3.medium",
                ago(30),
            )
        });
    }
    crowd(seed, &mut profiles, &mut apps);
    State {
        created: deployed,
        life: Life::There,
        default_role: role(READER_ROLE).unwrap_or_default(),
        pace: Pace::default(),
        profiles,
        spaces,
        apps,
        tags: BTreeMap::new(),
    }
}

fn profile(role: Option<String>, created: Timestamp) -> Profile {
    Profile {
        role,
        life: Life::There,
        created,
        modified: created,
    }
}

fn app(profile: &str, kind: &str, name: &str, instance: &str, created: Timestamp) -> App {
    App {
        key: Key {
            owner: Owner::Profile(profile.to_owned()),
            kind: kind.to_owned(),
            name: name.to_owned(),
        },
        life: Life::There,
        instance: instance.to_owned(),
        image: match kind {
            "KernelGateway" => image("mlflow-basepython"),
            "JupyterLab" => image("jupyterlab"),
            _ => String::new(),
        },
        created,
        active: None,
    }
}

/// The ARN of one of the account's images.
fn image(name: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:image/{name}")
}

/// `profiles` more people in Studio, and `apps` more apps, spread over them.
fn crowd(seed: &Seed, profiles: &mut BTreeMap<String, Profile>, apps: &mut Vec<App>) {
    const KINDS: [(&str, &str); 4] = [
        ("KernelGateway", "ml.t3.medium"),
        ("JupyterLab", "ml.m5.xlarge"),
        ("KernelGateway", "ml.g4dn.xlarge"),
        ("CodeEditor", "ml.t3.large"),
    ];
    let role = |name: &str| Some(format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let hours = |number: usize| i64::try_from(number % 2_000).unwrap_or_default();
    for number in 0..seed.profiles {
        let role = match number % 10 {
            0 => role(APPROVER_ROLE),
            1..=3 => None,
            _ => role(READER_ROLE),
        };
        let created = before(seed.now, 48 + hours(number));
        profiles.insert(format!("studio-{number:05}"), profile(role, created));
    }
    for number in 0..seed.apps {
        let owner = number % seed.profiles.max(1);
        let owner = if seed.profiles == 0 {
            "mlflow-reader".to_owned()
        } else {
            format!("studio-{owner:05}")
        };
        let (kind, instance) = KINDS[number % KINDS.len()];
        let created = before(seed.now, 1 + hours(number * 7));
        let mut one = app(&owner, kind, &format!("app-{number:05}"), instance, created);
        one.life = match number % 20 {
            18 => Life::Failed,
            19 => Life::Going(before(seed.now, 5)),
            _ => Life::There,
        };
        if number % 3 == 0 {
            one.active = Some(before(seed.now, hours(number) % 48));
        }
        apps.push(one);
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(hours))
        .unwrap_or(now)
}
