//! Studio domains, profiles, spaces and apps: their lists and descriptions.

mod operations;
mod sample;

use jiff::Timestamp;

pub(crate) use operations::handle;

use super::world::Seed;

/// What the service holds: one Studio domain.
#[derive(Debug)]
pub struct State {
    created: Timestamp,
    default_role: String,
    profiles: Vec<Profile>,
    spaces: Vec<Space>,
    apps: Vec<App>,
}

#[derive(Debug)]
struct Profile {
    name: String,
    /// The ARN; none takes the domain's default.
    role: Option<String>,
    created: Timestamp,
}

#[derive(Debug)]
struct Space {
    name: String,
    owner: String,
    created: Timestamp,
}

#[derive(Debug)]
struct App {
    /// Of a profile, else of a space.
    profile: Option<String>,
    space: Option<String>,
    kind: &'static str,
    name: &'static str,
    status: &'static str,
    instance: &'static str,
    created: Timestamp,
}

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        sample::state(seed)
    }

    /// Gives a profile another execution role.
    pub fn set_role(&mut self, profile: &str, role_arn: &str) {
        for found in &mut self.profiles {
            if found.name == profile {
                found.role = Some(role_arn.to_owned());
            }
        }
    }
}
