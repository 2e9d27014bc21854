//! Users and profiles brought together, each exactly once, in linear time.

use std::{collections::HashMap, sync::Arc};

use super::{MatchRule, Mismatch, Person, as_profile_name, profile_name};
use crate::domain::{App, AppOwner, AppStatus, Profile, Space, User, email};

/// How many others an ambiguity names.
const NAMED: usize = 3;

/// What is known of Studio. Nothing here means that there is nothing: where Studio could not
/// be read, say that instead of joining.
#[derive(Clone, Copy, Debug, Default)]
pub struct Studio<'a> {
    /// The user profiles.
    pub profiles: &'a [Profile],
    /// The spaces.
    pub spaces: &'a [Space],
    /// The apps.
    pub apps: &'a [App],
    /// What the profiles' tags of the rule's key hold, by profile name; read for
    /// [`MatchRule::Tag`] only.
    pub tags: Option<&'a HashMap<String, String>>,
}

/// Brings users and Studio together by a rule. `groups` gives the groups of a user name.
///
/// Each user is in exactly one person, in the order given; then come the profiles that are
/// nobody's. Where several users or several profiles answer to one name, the profiles go to
/// none of the users, and all of them say so.
pub fn join<'g>(
    users: impl IntoIterator<Item = Arc<User>>,
    groups: impl Fn(&str) -> &'g [String],
    studio: Studio<'_>,
    rule: &MatchRule,
) -> Vec<Person> {
    let users: Vec<Arc<User>> = users.into_iter().collect();
    let meetings = Meetings::of(&users, studio, rule);
    let mut belongings = Belongings::of(studio);
    let mut people = Vec::with_capacity(users.len());
    for (at, user) in users.iter().enumerate() {
        let met = meetings.of_user(at);
        let mut person = nobody(format!("user:{}", user.username));
        person.user = Some(Arc::clone(user));
        person.groups = groups(&user.username).to_vec();
        let profile = met.and_then(Meeting::pair);
        if let Some(profile) = profile.and_then(|at| studio.profiles.get(at)) {
            belongings.give(&mut person, profile);
        }
        person.mismatches = match met {
            Some(met) if met.is_ambiguous() => {
                vec![met.ambiguity(&users, studio.profiles, Side::User(at))]
            }
            // Who cannot sign in needs no profile.
            _ if !user.enabled => Vec::new(),
            Some(met) if met.profiles.is_empty() => vec![Mismatch::NoProfile],
            Some(_) => Vec::new(),
            None => vec![Mismatch::NothingToMatch { rule: rule.clone() }],
        };
        if !user.enabled && !person.apps.is_empty() {
            person.mismatches.push(Mismatch::DisabledWithApps {
                apps: person.apps.len(),
            });
        }
        people.push(person);
    }
    for (at, profile) in studio.profiles.iter().enumerate() {
        let met = meetings.of_profile(at);
        if met.and_then(Meeting::pair).is_some() {
            continue;
        }
        let mut person = nobody(format!("profile:{}/{}", profile.domain_id, profile.name));
        belongings.give(&mut person, profile);
        person.mismatches.push(match met {
            Some(met) if met.is_ambiguous() => {
                met.ambiguity(&users, studio.profiles, Side::Profile(at))
            }
            _ => Mismatch::NoUser,
        });
        people.push(person);
    }
    people
}

/// A person of whom nothing is known yet.
fn nobody(key: String) -> Person {
    Person {
        key,
        user: None,
        groups: Vec::new(),
        profile: None,
        role: None,
        apps: Vec::new(),
        spaces: Vec::new(),
        mismatches: Vec::new(),
    }
}

/// The users and the profiles that answer to one name, by their places.
#[derive(Debug, Default)]
struct Meeting {
    by: String,
    users: Vec<usize>,
    profiles: Vec<usize>,
}

/// Who asks about an ambiguity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    User(usize),
    Profile(usize),
}

impl Meeting {
    /// The one profile of the one user.
    fn pair(&self) -> Option<usize> {
        match (self.users.as_slice(), self.profiles.as_slice()) {
            ([_], [profile]) => Some(*profile),
            _ => None,
        }
    }

    fn is_ambiguous(&self) -> bool {
        !self.users.is_empty() && !self.profiles.is_empty() && self.pair().is_none()
    }

    fn ambiguity(&self, users: &[Arc<User>], profiles: &[Profile], own: Side) -> Mismatch {
        let others = self
            .users
            .iter()
            .map(|&user| Side::User(user))
            .chain(self.profiles.iter().map(|&profile| Side::Profile(profile)))
            .filter(|side| *side != own)
            .filter_map(|side| match side {
                Side::User(at) => users.get(at).map(|user| user.label().to_owned()),
                Side::Profile(at) => profiles
                    .get(at)
                    .map(|profile| format!("the profile {}", profile.name)),
            })
            .take(NAMED)
            .collect();
        Mismatch::Ambiguous {
            by: self.by.clone(),
            users: self.users.len(),
            profiles: self.profiles.len(),
            others,
        }
    }
}

/// Every meeting, and which one each user and each profile is in.
struct Meetings {
    all: Vec<Meeting>,
    users: Vec<Option<usize>>,
    profiles: Vec<Option<usize>>,
}

impl Meetings {
    fn of(users: &[Arc<User>], studio: Studio<'_>, rule: &MatchRule) -> Self {
        let mut all: Vec<Meeting> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let tags = studio.tags;
        let profile_key = |profile: &Profile| match rule {
            MatchRule::Tag(_) => tags?
                .get(&profile.name)
                .map(|value| email::key(value))
                .filter(|value| !value.is_empty()),
            MatchRule::UserName | MatchRule::EmailLocalPart => Some(profile.name.to_lowercase()),
        };
        let profiles: Vec<Option<usize>> = studio
            .profiles
            .iter()
            .enumerate()
            .map(|(at, profile)| {
                let place = place(profile_key(profile)?, &mut all, &mut places);
                all.get_mut(place)?.profiles.push(at);
                Some(place)
            })
            .collect();
        let users = users
            .iter()
            .enumerate()
            .map(|(at, user)| {
                // A tag may hold either of two names: the one that some profile has.
                let keys = user_keys(user, rule);
                let known = keys.iter().find(|key| places.contains_key(*key));
                let key = known.or(keys.first())?.clone();
                let place = place(key, &mut all, &mut places);
                all.get_mut(place)?.users.push(at);
                Some(place)
            })
            .collect();
        Self {
            all,
            users,
            profiles,
        }
    }

    fn of_user(&self, at: usize) -> Option<&Meeting> {
        self.all.get((*self.users.get(at)?)?)
    }

    fn of_profile(&self, at: usize) -> Option<&Meeting> {
        self.all.get((*self.profiles.get(at)?)?)
    }
}

/// The place of the meeting by this name, made where there is none.
fn place(key: String, all: &mut Vec<Meeting>, places: &mut HashMap<String, usize>) -> usize {
    if let Some(place) = places.get(&key) {
        return *place;
    }
    let place = all.len();
    all.push(Meeting {
        by: key.clone(),
        ..Meeting::default()
    });
    places.insert(key, place);
    place
}

/// What a user's profile may answer to, the likeliest first.
fn user_keys(user: &User, rule: &MatchRule) -> Vec<String> {
    let address = user
        .email
        .as_deref()
        .or_else(|| user.username.contains('@').then_some(&user.username));
    let keys = match rule {
        MatchRule::UserName => vec![as_profile_name(&user.username).to_lowercase()],
        MatchRule::EmailLocalPart => address
            .map(|address| profile_name(address).to_lowercase())
            .into_iter()
            .collect(),
        MatchRule::Tag(_) => address
            .into_iter()
            .chain([user.username.as_str()])
            .map(email::key)
            .collect(),
    };
    keys.into_iter().filter(|key| !key.is_empty()).collect()
}

/// Spaces by the profile that owns them, running apps by whom they belong to: domain, whether
/// it is a space, and name.
struct Belongings<'a> {
    spaces: HashMap<(&'a str, &'a str), Vec<&'a Space>>,
    apps: HashMap<(&'a str, bool, &'a str), Vec<&'a App>>,
}

impl<'a> Belongings<'a> {
    fn of(studio: Studio<'a>) -> Self {
        let mut spaces: HashMap<_, Vec<_>> = HashMap::new();
        for space in studio.spaces {
            if let Some(owner) = &space.owner {
                spaces
                    .entry((space.domain_id.as_str(), owner.as_str()))
                    .or_default()
                    .push(space);
            }
        }
        let mut apps: HashMap<_, Vec<_>> = HashMap::new();
        let runs = |app: &&App| matches!(app.status, AppStatus::InService | AppStatus::Pending);
        for app in studio.apps.iter().filter(runs) {
            let (in_space, owner) = match &app.owner {
                AppOwner::Profile(name) => (false, name.as_str()),
                AppOwner::Space(name) => (true, name.as_str()),
            };
            apps.entry((app.domain_id.as_str(), in_space, owner))
                .or_default()
                .push(app);
        }
        Self { spaces, apps }
    }

    /// Gives a profile with what belongs to it to a person.
    fn give(&mut self, person: &mut Person, profile: &'a Profile) {
        let (domain, name) = (profile.domain_id.as_str(), profile.name.as_str());
        let spaces = self.spaces.remove(&(domain, name)).unwrap_or_default();
        let owners = std::iter::once((domain, false, name)).chain(
            spaces
                .iter()
                .map(|space| (domain, true, space.name.as_str())),
        );
        person.apps = owners
            .filter_map(|owner| self.apps.remove(&owner))
            .flatten()
            .cloned()
            .collect();
        person.spaces = spaces.iter().map(|space| space.name.clone()).collect();
        person.role.clone_from(&profile.execution_role);
        person.profile = Some(profile.clone());
    }
}

#[cfg(test)]
mod tests;
