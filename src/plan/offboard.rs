//! Offboarding: everything that a person has, taken in the right order, as one plan. Pure.

use serde::Serialize;

use super::{Item, Place, Plan, Step, removal::delete_apps};
use crate::domain::Person;

/// What is taken besides the right to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five things that are chosen one by one"
)]
pub struct Leaving {
    /// The groups.
    pub groups: bool,
    /// The running apps, of the profile and of its spaces.
    pub apps: bool,
    /// The spaces with what is in them; takes the apps too.
    pub spaces: bool,
    /// The Studio profile; takes the apps and the spaces too.
    pub profile: bool,
    /// The user itself.
    pub user: bool,
}

impl Leaving {
    /// Everything.
    pub const EVERYTHING: Self = Self {
        groups: true,
        apps: true,
        spaces: true,
        profile: true,
        user: true,
    };
}

/// Plans that these people leave: nobody signs in any more, then what was chosen. People who
/// have nothing of it any more have no steps.
pub fn offboard<'a>(
    people: impl IntoIterator<Item = &'a Person>,
    leaving: Leaving,
    place: Place,
) -> Plan {
    let items: Vec<Item> = people
        .into_iter()
        .map(|person| Item::new(person.label().to_owned(), steps(person, leaving)))
        .filter(|item| !item.steps.is_empty())
        .collect();
    let title = match items.as_slice() {
        [one] => format!("offboard {}", one.subject),
        several => format!("offboard {} people", several.len()),
    };
    Plan::new(title, place, items)
}

fn steps(person: &Person, leaving: Leaving) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(user) = &person.user {
        let user = || user.username.clone();
        if person.user.as_ref().is_some_and(|user| user.enabled) {
            steps.push(Step::DisableUser { user: user() });
            steps.push(Step::SignOut { user: user() });
        }
        if leaving.groups {
            steps.extend(person.groups.iter().map(|group| Step::RemoveFromGroup {
                user: user(),
                group: group.clone(),
            }));
        }
    }
    if leaving.apps || leaving.spaces || leaving.profile {
        steps.extend(delete_apps(&person.apps));
    }
    if let Some(profile) = &person.profile {
        if leaving.spaces || leaving.profile {
            steps.extend(person.spaces.iter().map(|space| Step::DeleteSpace {
                domain: profile.domain_id.clone(),
                name: space.clone(),
            }));
        }
        if leaving.profile {
            steps.push(Step::DeleteProfile {
                domain: profile.domain_id.clone(),
                name: profile.name.clone(),
            });
        }
    }
    if let (true, Some(user)) = (leaving.user, &person.user) {
        steps.push(Step::DeleteUser {
            user: user.username.clone(),
        });
    }
    steps
}
