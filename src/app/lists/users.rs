//! Cognito users with their groups, and what the authorizer makes of them.

use std::collections::HashMap;

use super::{aged, dim, text, time, toned};
use crate::{
    app::{
        rules::Rules,
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::{User, UserStatus},
};

/// Who is in which groups, and what those allow. Most users are in the same few combinations of groups.
#[derive(Clone, Debug, Default)]
pub struct Memberships {
    /// By user name, the place of the combination.
    users: HashMap<Box<str>, usize>,
    combinations: Vec<Vec<String>>,
    /// Whether every group's members are known.
    pub complete: bool,
    /// What the authorizer goes by.
    rules: Rules,
}

impl Memberships {
    /// From groups and the user names of their members.
    pub fn of<'a>(
        groups: impl IntoIterator<Item = (&'a str, &'a [String])>,
        complete: bool,
    ) -> Self {
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort();
        let mut memberships = Self {
            combinations: vec![Vec::new()],
            complete,
            ..Self::default()
        };
        // A combination and a group that comes after its groups make another combination.
        let mut longer: HashMap<(usize, usize), usize> = HashMap::new();
        for (at, (group, members)) in groups.into_iter().enumerate() {
            for member in members {
                let user = match memberships.users.get_mut(member.as_str()) {
                    Some(user) => user,
                    None => memberships.users.entry(member.as_str().into()).or_default(),
                };
                let combinations = &mut memberships.combinations;
                *user = *longer.entry((*user, at)).or_insert_with(|| {
                    let mut next = combinations.get(*user).cloned().unwrap_or_default();
                    next.push(group.to_owned());
                    combinations.push(next);
                    combinations.len() - 1
                });
            }
        }
        memberships.users.shrink_to_fit();
        memberships
    }

    /// The same, with what the authorizer goes by.
    #[must_use]
    pub fn by(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// A user's groups, as far as they are known, sorted.
    pub fn groups(&self, user: &str) -> &[String] {
        self.users
            .get(user)
            .and_then(|at| self.combinations.get(*at))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

impl Record for User {
    type Context = Memberships;
    const NOUNS: (&'static str, &'static str) = ("user", "users");

    fn id(&self) -> &str {
        &self.username
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

type Around<'a> = Scope<'a, Memberships>;

static COLUMNS: [Column<User>; 8] = [
    Column {
        name: "USER",
        width: Width::fill(20, 34, 3),
        align: Align::Left,
        searchable: true,
        cell: |user, _| text(user.label()),
        key: |user, _| Key::Text(user.label().into()),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(12),
        align: Align::Left,
        searchable: true,
        cell: |user, _| status(&user.status),
        key: |user, _| Key::Text(user.status.as_str().into()),
    },
    Column {
        name: "ENABLED",
        width: Width::fixed(7),
        align: Align::Left,
        searchable: false,
        cell: |user, _| {
            if user.enabled {
                text("yes")
            } else {
                toned("no", Tone::Warning)
            }
        },
        key: |user, _| Key::Flag(user.enabled),
    },
    Column {
        name: "GROUPS",
        width: Width::fill(15, 24, 2),
        align: Align::Left,
        searchable: true,
        cell: groups,
        key: |user, around| Key::Text(around.context.groups(&user.username).join(", ").into()),
    },
    Column {
        name: "MLFLOW",
        width: Width::fill(20, 28, 2),
        align: Align::Left,
        searchable: false,
        cell: mlflow,
        key: |user, around| {
            let groups = around.context.groups(&user.username);
            Key::Text(around.context.rules.contract().in_words(groups).into())
        },
    },
    Column {
        name: "AGE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |user, around| aged(around.now, user.created_at),
        key: |user, _| Key::time(user.created_at),
    },
    Column {
        name: "CHANGED",
        width: Width::fixed(16),
        align: Align::Left,
        searchable: false,
        cell: |user, _| dim(user.modified_at.map_or_else(String::new, time)),
        key: |user, _| Key::time(user.modified_at),
    },
    Column {
        name: "ID",
        width: Width::fixed(36),
        align: Align::Left,
        searchable: true,
        cell: |user, _| dim(user.username.as_str()),
        key: |user, _| Key::Text(user.username.as_str().into()),
    },
];

fn status(status: &UserStatus) -> Cell<'_> {
    let tone = match status {
        UserStatus::Confirmed => Tone::Good,
        UserStatus::Unconfirmed
        | UserStatus::ForceChangePassword
        | UserStatus::ResetRequired
        | UserStatus::Compromised => Tone::Warning,
        _ => Tone::Dim,
    };
    let word = match status {
        // Cognito's word is an order to the user; to the admin it says: invited.
        UserStatus::ForceChangePassword => "INVITED",
        UserStatus::ResetRequired => "RESET",
        UserStatus::ExternalProvider => "FEDERATED",
        other => other.as_str(),
    };
    toned(word, tone)
}

fn groups<'a>(user: &'a User, around: Around<'a>) -> Cell<'a> {
    match around.context.groups(&user.username) {
        [] if !around.context.complete => dim("…"),
        [one] => text(one.as_str()),
        several => text(several.join(", ")),
    }
}

fn mlflow<'a>(user: &'a User, around: Around<'a>) -> Cell<'a> {
    let rules = &around.context.rules;
    if !around.context.complete || !rules.are_read() {
        return dim("…");
    }
    let groups = around.context.groups(&user.username);
    let tone = if rules.contract().is_trap(groups) {
        Tone::Warning
    } else {
        Tone::Text
    };
    toned(rules.contract().in_words(groups), tone)
}
