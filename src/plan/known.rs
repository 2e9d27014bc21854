//! What a pool holds, as a backup is compared with it.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{Group, User, email};

/// A user with the groups it is in.
#[derive(Clone, Copy, Debug)]
pub struct KnownUser<'a> {
    /// The user.
    pub user: &'a User,
    /// The user's groups.
    pub groups: &'a [String],
}

/// Everything that is there, to be looked up by name.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    users: Vec<KnownUser<'a>>,
    by_name: HashMap<&'a str, usize>,
    by_address: HashMap<String, Vec<usize>>,
    groups: BTreeMap<&'a str, &'a Group>,
}

impl<'a> Known<'a> {
    /// From every user with its groups, and every group.
    pub fn new(
        users: impl IntoIterator<Item = (&'a User, &'a [String])>,
        groups: impl IntoIterator<Item = &'a Group>,
    ) -> Self {
        let mut known = Self {
            groups: groups
                .into_iter()
                .map(|group| (group.name.as_str(), group))
                .collect(),
            ..Self::default()
        };
        for (user, groups) in users {
            let at = known.users.len();
            known.users.push(KnownUser { user, groups });
            known.by_name.insert(&user.username, at);
            // In pools that sign in by a name, the name may be the address.
            let name = Some(user.username.as_str()).filter(|name| name.contains('@'));
            if let Some(address) = user.email.as_deref().or(name) {
                known
                    .by_address
                    .entry(email::key(address))
                    .or_default()
                    .push(at);
            }
        }
        known
    }

    /// Every user.
    pub fn users(&self) -> &[KnownUser<'a>] {
        &self.users
    }

    /// The user of this name.
    pub fn named(&self, username: &str) -> Option<KnownUser<'a>> {
        self.users.get(*self.by_name.get(username)?).copied()
    }

    /// The users with this address, in any spelling; more than one where the pool lets
    /// addresses be shared.
    pub fn with_address(&self, address: &str) -> impl Iterator<Item = KnownUser<'a>> {
        self.by_address
            .get(&email::key(address))
            .into_iter()
            .flatten()
            .filter_map(|at| self.users.get(*at).copied())
    }

    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<&'a Group> {
        self.groups.get(name).copied()
    }
}
