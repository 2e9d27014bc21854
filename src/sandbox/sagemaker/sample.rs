//! The sample's three profiles with two apps each, and what makes the findings visible.

use jiff::{SignedDuration, Timestamp};

use super::{App, Profile, Space, State};
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
    let mut profiles = Vec::new();
    let mut apps = Vec::new();
    for (name, execution_role) in [
        ("mlflow-admin", ADMIN_ROLE),
        ("mlflow-reader", READER_ROLE),
        ("mlflow-model-approver", APPROVER_ROLE),
    ] {
        profiles.push(Profile {
            name: name.to_owned(),
            role: role(execution_role),
            created: deployed,
        });
        apps.push(app(name, "JupyterServer", "default", "system", deployed));
        let started = if seed.demo { ago(24 * 9) } else { deployed };
        apps.push(app(name, "KernelGateway", KERNEL, "ml.t3.medium", started));
    }
    let mut spaces = Vec::new();
    if seed.demo {
        // A reader's profile with the approver's role, and a profile that nobody owns.
        profiles.push(Profile {
            name: "carol-danvers".to_owned(),
            role: role(APPROVER_ROLE),
            created: ago(24 * 12),
        });
        profiles.push(Profile {
            name: "left-last-year".to_owned(),
            role: None,
            created: ago(24 * 400),
        });
        spaces.push(Space {
            name: "pricing-models".to_owned(),
            owner: "mlflow-admin".to_owned(),
            created: ago(24 * 6),
        });
        apps.push(App {
            profile: None,
            space: Some("pricing-models".to_owned()),
            ..app("", "JupyterLab", "default", "ml.t3.medium", ago(24 * 6))
        });
        apps.push(App {
            status: "Failed",
            ..app(
                "left-last-year",
                "KernelGateway",
                "instance-datascience-ml-g4dn-xlarge",
                "ml.g4dn.xlarge",
                ago(24 * 3),
            )
        });
        apps.push(App {
            status: "Deleted",
            ..app(
                "carol-danvers",
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
        profiles,
        spaces,
        apps,
    }
}

fn app(
    profile: &str,
    kind: &'static str,
    name: &'static str,
    instance: &'static str,
    created: Timestamp,
) -> App {
    App {
        profile: Some(profile.to_owned()),
        space: None,
        kind,
        name,
        status: "InService",
        instance,
        created,
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(hours))
        .unwrap_or(now)
}
