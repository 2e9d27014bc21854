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
    world::{ACCOUNT, Seed},
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
        let mut lab = app("", "JupyterLab", "default", "ml.t3.medium", ago(24 * 6));
        lab.key.owner = Owner::Space("pricing-models".to_owned());
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
    State {
        created: deployed,
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
        created,
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(hours))
        .unwrap_or(now)
}
