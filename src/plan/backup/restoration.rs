//! What a pool lacks of a backup. Nothing is ever taken away: what is there and differs is
//! told, and left.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use serde::Serialize;

use super::{Backup, BackupGroup, BackupUser, writable};
use crate::{
    aws::cognito::GroupSettings,
    domain::{Group, User, UserStatus, email},
    plan::{Item, Known, KnownUser, Place, Plan, Step, onboard::Welcome},
};

/// What to say wherever a backup is written or restored.
pub const PASSWORDS: &str = "Passwords cannot be carried: Cognito gives them to nobody. Whoever \
                             is restored is invited anew and chooses another.";

/// What to make so that a pool has all that a backup has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restoration {
    /// Groups that are not there.
    pub groups_to_create: Vec<BackupGroup>,
    /// Users who are not there.
    pub users_to_create: Vec<UserToCreate>,
    /// Memberships that are not there, also those of the users to create.
    pub memberships_to_add: Vec<Membership>,
    /// What is there and not as in the backup, or cannot be restored, one sentence each. It
    /// is left as it is.
    pub differs: Vec<String>,
}

/// A user to make again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserToCreate {
    /// The name to make it by.
    pub name: String,
    /// The address.
    pub email: Option<String>,
    /// The attributes that can be written.
    pub attributes: IndexMap<String, String>,
    /// Whether the user could sign in; who could not is to be disabled again.
    pub enabled: bool,
}

/// A membership to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The user name in the pool; of a user to create, [`UserToCreate::name`].
    pub user: String,
    /// The group.
    pub group: String,
}

impl Restoration {
    /// Whether there is nothing to make.
    pub fn is_empty(&self) -> bool {
        self.groups_to_create.is_empty()
            && self.users_to_create.is_empty()
            && self.memberships_to_add.is_empty()
    }

    /// All of it as a plan: the groups first, then each user with its groups.
    pub fn plan(&self, place: Place, welcome: Welcome) -> Plan {
        let groups = self.groups_to_create.iter().map(|group| {
            let settings = GroupSettings {
                name: group.name.clone(),
                description: group.description.clone(),
                precedence: group.precedence,
                role_arn: group.role_arn.clone(),
            };
            Item::new(&group.name, vec![Step::CreateGroup(settings)])
        });
        let mut items: Vec<Item> = groups.collect();
        let mut memberships: IndexMap<&str, Vec<Step>> = IndexMap::new();
        for Membership { user, group } in &self.memberships_to_add {
            let (name, group) = (user.clone(), group.clone());
            memberships
                .entry(user)
                .or_default()
                .push(Step::AddToGroup { user: name, group });
        }
        for user in &self.users_to_create {
            let name = user.name.clone();
            let mut steps = vec![Step::CreateUser {
                user: name.clone(),
                attributes: user.attributes.clone(),
                invite: welcome == Welcome::Mail && user.enabled,
            }];
            if welcome == Welcome::Shown {
                steps.push(Step::SetPassword {
                    user: name.clone(),
                    permanent: false,
                });
            }
            steps.extend(memberships.shift_remove(name.as_str()).unwrap_or_default());
            if !user.enabled {
                steps.push(Step::DisableUser { user: name });
            }
            let subject = user.email.as_ref().unwrap_or(&user.name);
            items.push(Item {
                stage: 1,
                ..Item::new(subject, steps)
            });
        }
        for (user, steps) in memberships {
            items.push(Item {
                stage: 1,
                ..Item::new(user, steps)
            });
        }
        Plan::new("restore a backup".to_owned(), place, items)
    }

    /// What an admin should know before it is done, one sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.users_to_create.is_empty() {
            notes.push(PASSWORDS.to_owned());
            notes.push(
                "Cognito gives everybody who is made again a new sub: what refers to the old one \
                 does not find them."
                    .to_owned(),
            );
        }
        let disabled = self.users_to_create.iter().filter(|user| !user.enabled);
        match disabled.count() {
            0 => {}
            1 => notes.push("1 of the users was disabled and is disabled again.".to_owned()),
            count => notes.push(format!(
                "{count} of the users were disabled and are disabled again."
            )),
        }
        notes
    }
}

/// What is known lacks of a backup. Users are found by user name, else by address, since a
/// user who is made again may have another name. Nobody is taken for two users of the backup,
/// or one would get the other's groups.
pub fn missing(backup: &Backup, known: &Known<'_>) -> Restoration {
    let mut search = Search {
        known,
        groups: backup
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect(),
        wanted: HashSet::new(),
        addresses: HashMap::new(),
        found: HashSet::new(),
        names: HashSet::new(),
        made: Restoration::default(),
    };
    for BackupUser { user, .. } in &backup.users {
        search.wanted.insert(&user.username);
        *search.addresses.entry(address(user)).or_default() += 1;
    }
    for group in &backup.groups {
        search.group(group);
    }
    for user in &backup.users {
        search.user(user);
    }
    search.others();
    search.made
}

struct Search<'a> {
    known: &'a Known<'a>,
    groups: HashSet<&'a str>,
    /// The user names that stand in the backup.
    wanted: HashSet<&'a str>,
    /// How many users of the backup have each address.
    addresses: HashMap<String, usize>,
    /// The user names of the pool that stand in the backup.
    found: HashSet<&'a str>,
    /// The names of the users to create, as keys.
    names: HashSet<String>,
    made: Restoration,
}

impl<'a> Search<'a> {
    fn group(&mut self, group: &BackupGroup) {
        match self.known.group(&group.name) {
            None => self.made.groups_to_create.push(group.clone()),
            Some(there) => self.made.differs.extend(group_differs(group, there)),
        }
    }

    fn user(&mut self, wanted: &'a BackupUser) {
        let label = wanted.user.label();
        match self.find(wanted) {
            Err(why) => self.made.differs.push(format!("{label}: {why}")),
            Ok(Some(there)) => {
                self.found.insert(&there.user.username);
                self.made.differs.extend(user_differs(wanted, there));
                self.memberships(wanted, &there.user.username, there.groups);
            }
            Ok(None) if wanted.user.status == UserStatus::ExternalProvider => {
                self.made.differs.push(format!(
                    "{label} signed in through another provider and is not made again: the next \
                     sign-in does that"
                ));
            }
            Ok(None) => {
                let name = wanted.name();
                if !self.names.insert(email::key(name)) {
                    self.made.differs.push(format!(
                        "{label}: another user of the backup is made by the name {name}"
                    ));
                    return;
                }
                self.made.users_to_create.push(UserToCreate {
                    name: name.to_owned(),
                    email: wanted.user.email.clone(),
                    attributes: wanted
                        .writable()
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                    enabled: wanted.user.enabled,
                });
                self.memberships(wanted, name, &[]);
            }
        }
    }

    /// The user of the pool, none where there is none, or why that cannot be said.
    fn find(&self, wanted: &BackupUser) -> Result<Option<KnownUser<'a>>, String> {
        let user = &wanted.user;
        if let Some(there) = self.known.named(&user.username) {
            return Ok(Some(there));
        }
        let address = address(user);
        let sharing = self.addresses.get(&address).copied().unwrap_or_default();
        if sharing > 1 {
            // Their names tell them apart, unless Cognito chooses new ones.
            return if wanted.name() == user.username {
                Ok(None)
            } else {
                Err(format!(
                    "{sharing} users of the backup have this address, and {} cannot be told \
                     from the others; restore it by hand",
                    user.username
                ))
            };
        }
        let same: Vec<_> = self.known.with_address(&address).collect();
        match same.as_slice() {
            [] => Ok(None),
            [one] if self.wanted.contains(one.user.username.as_str()) => Err(format!(
                "its address now belongs to {}, who is another user of the backup",
                one.user.username
            )),
            [one] => Ok(Some(*one)),
            several => Err(format!(
                "{} users of the pool have this address, and none of them was chosen",
                several.len()
            )),
        }
    }

    fn memberships(&mut self, wanted: &BackupUser, name: &str, there: &[String]) {
        let lost = wanted.groups.iter().filter(|group| !there.contains(group));
        for group in lost {
            if self.groups.contains(group.as_str()) || self.known.group(group).is_some() {
                self.made.memberships_to_add.push(Membership {
                    user: name.to_owned(),
                    group: group.clone(),
                });
            } else {
                self.made.differs.push(format!(
                    "{} was in {group}, which neither the backup nor the pool has",
                    wanted.user.label()
                ));
            }
        }
    }

    /// Who is in the pool only.
    fn others(&mut self) {
        let others = self
            .known
            .users()
            .iter()
            .filter(|known| !self.found.contains(known.user.username.as_str()));
        match others.count() {
            0 => {}
            1 => self
                .made
                .differs
                .push("1 user of the pool is not in the backup, and stays".to_owned()),
            count => self.made.differs.push(format!(
                "{count} users of the pool are not in the backup, and stay"
            )),
        }
    }
}

/// What a user may be found by, beside the name.
fn address(user: &User) -> String {
    email::key(user.email.as_deref().unwrap_or(&user.username))
}

fn group_differs(wanted: &BackupGroup, there: &Group) -> Option<String> {
    let said = |text: Option<&str>| text.map_or_else(|| "none".to_owned(), |it| format!("{it:?}"));
    let number = |number: Option<i32>| number.map(|it| it.to_string());
    let mut parts = Vec::new();
    for (field, was, is) in [
        (
            "description",
            wanted.description.clone(),
            there.description.clone(),
        ),
        (
            "precedence",
            number(wanted.precedence),
            number(there.precedence),
        ),
        ("role", wanted.role_arn.clone(), there.role_arn.clone()),
    ] {
        if was != is {
            let (was, is) = (said(was.as_deref()), said(is.as_deref()));
            parts.push(format!("{field} was {was} and is {is}"));
        }
    }
    (!parts.is_empty()).then(|| format!("group {}: {}", wanted.name, parts.join("; ")))
}

fn user_differs(wanted: &BackupUser, there: KnownUser<'_>) -> Option<String> {
    let mut parts = Vec::new();
    if wanted.user.enabled != there.user.enabled {
        let word = |enabled: bool| if enabled { "enabled" } else { "disabled" };
        parts.push(format!(
            "was {} and is {}",
            word(wanted.user.enabled),
            word(there.user.enabled)
        ));
    }
    let was: BTreeSet<(&str, &str)> = wanted.writable().collect();
    let is: BTreeSet<(&str, &str)> = writable(there.user).collect();
    let names: BTreeSet<&str> = was
        .symmetric_difference(&is)
        .map(|(name, _)| *name)
        .collect();
    if !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        parts.push(format!("not as it was: {}", names.join(", ")));
    }
    let more: Vec<&str> = there
        .groups
        .iter()
        .filter(|group| !wanted.groups.contains(group))
        .map(String::as_str)
        .collect();
    if !more.is_empty() {
        parts.push(format!("is also in {} now", more.join(", ")));
    }
    (!parts.is_empty()).then(|| format!("{}: {}", wanted.user.label(), parts.join("; ")))
}
