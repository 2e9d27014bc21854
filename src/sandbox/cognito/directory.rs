//! A pool's users with their indices: by user name, by subject, by e-mail address.
//!
//! Every change of a user goes through here, so that the indices always agree.
//! Lists go on after a key, so a page costs its own length whatever the pool holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::user::User;

/// The users of one pool.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Boxed, so that taking in many costs no moves of whole users.
    users: BTreeMap<String, Box<User>>,
    /// Subject to user name.
    subjects: BTreeMap<String, String>,
    /// E-mail address and user name.
    emails: BTreeSet<(String, String)>,
}

impl Directory {
    /// Takes in many users at once.
    pub(super) fn from_users(users: Vec<User>) -> Self {
        Self {
            subjects: users
                .iter()
                .map(|user| (user.sub.clone(), user.username.clone()))
                .collect(),
            emails: users.iter().filter_map(email_key).collect(),
            users: users
                .into_iter()
                .map(|user| (user.username.clone(), Box::new(user)))
                .collect(),
        }
    }

    /// How many users there are.
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// The user names of the names a person can be addressed by: user name, subject,
    /// e-mail address.
    pub(super) fn resolve(&self, name: &str) -> Option<&str> {
        if let Some((username, _)) = self.users.get_key_value(name) {
            return Some(username);
        }
        if let Some(username) = self.subjects.get(name) {
            return Some(username);
        }
        self.holder(name)
    }

    /// Whose sign-in alias an e-mail address is.
    pub(super) fn holder(&self, email: &str) -> Option<&str> {
        self.emails
            .range((email.to_owned(), String::new())..)
            .take_while(|(found, _)| found == email)
            .filter_map(|(_, name)| self.users.get(name))
            .find(|user| user.is_native())
            .map(|user| user.username.as_str())
    }

    /// The user by any name.
    pub(super) fn get(&self, name: &str) -> Option<&User> {
        self.users.get(self.resolve(name)?).map(Box::as_ref)
    }

    /// Changes the user by any name; `None` where there is none.
    pub(super) fn change<T>(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut User) -> T,
    ) -> Option<T> {
        let username = self.resolve(name)?.to_owned();
        let user = self.users.get_mut(&username)?;
        let before = email_key(user);
        let outcome = change(user);
        let after = email_key(user);
        if before != after {
            if let Some(before) = before {
                self.emails.remove(&before);
            }
            self.emails.extend(after);
        }
        Some(outcome)
    }

    /// Takes in one user.
    pub(super) fn insert(&mut self, user: User) {
        self.subjects
            .insert(user.sub.clone(), user.username.clone());
        self.emails.extend(email_key(&user));
        self.users.insert(user.username.clone(), Box::new(user));
    }

    /// Takes out the user by any name.
    pub(super) fn remove(&mut self, name: &str) -> Option<User> {
        let username = self.resolve(name)?.to_owned();
        let user = self.users.remove(&username)?;
        self.subjects.remove(&user.sub);
        if let Some(key) = email_key(&user) {
            self.emails.remove(&key);
        }
        Some(*user)
    }

    /// The users by user name, from just after `after`.
    pub(super) fn after<'a>(
        &'a self,
        after: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_owned()));
        Box::new(
            self.users
                .range((from, Bound::Unbounded))
                .map(|(_, user)| user.as_ref()),
        )
    }

    /// The users whose user name starts with `prefix`, by user name, from just after `after`.
    pub(super) fn name_prefix<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let from = start(prefix, after);
        Box::new(
            self.users
                .range((from, Bound::Unbounded))
                .take_while(move |(name, _)| name.starts_with(prefix))
                .map(|(_, user)| user.as_ref()),
        )
    }

    /// The users whose subject starts with `prefix`, by subject, from just after `after`.
    pub(super) fn subject_prefix<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let from = start(prefix, after);
        Box::new(
            self.subjects
                .range((from, Bound::Unbounded))
                .take_while(move |(sub, _)| sub.starts_with(prefix))
                .filter_map(|(_, name)| self.users.get(name).map(Box::as_ref)),
        )
    }

    /// The users whose e-mail address starts with `prefix`, by address and user name,
    /// from just after `after`, an address and a user name.
    pub(super) fn email_prefix<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<(&str, &str)>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let from = after.map_or_else(
            || Bound::Included((prefix.to_owned(), String::new())),
            |(email, name)| Bound::Excluded((email.to_owned(), name.to_owned())),
        );
        Box::new(
            self.emails
                .range((from, Bound::Unbounded))
                .take_while(move |(email, _)| email.starts_with(prefix))
                .filter_map(|(_, name)| self.users.get(name).map(Box::as_ref)),
        )
    }
}

fn start(prefix: &str, after: Option<&str>) -> Bound<String> {
    match after {
        Some(after) if after >= prefix => Bound::Excluded(after.to_owned()),
        _ => Bound::Included(prefix.to_owned()),
    }
}

fn email_key(user: &User) -> Option<(String, String)> {
    Some((user.email()?.to_owned(), user.username.clone()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::UserStatus;

    fn user(name: &str, email: &str, status: UserStatus) -> User {
        let mut user = User::new(name, format!("sub-{name}"), status, Timestamp::UNIX_EPOCH);
        user.attributes.insert("email".to_owned(), email.to_owned());
        user
    }

    fn names<'a>(users: impl Iterator<Item = &'a User>) -> Vec<&'a str> {
        users.map(|user| user.username.as_str()).collect()
    }

    #[test]
    fn a_person_is_found_by_every_name_and_by_none_afterwards() {
        let mut directory = Directory::from_users(vec![
            user("a", "a@x.org", UserStatus::Confirmed),
            user("b", "b@x.org", UserStatus::Confirmed),
        ]);
        for name in ["a", "sub-a", "a@x.org"] {
            assert_eq!(directory.resolve(name), Some("a"));
        }
        directory.change("a@x.org", |user| {
            user.attributes
                .insert("email".to_owned(), "new@x.org".to_owned());
        });
        assert_eq!(directory.resolve("a@x.org"), None);
        assert_eq!(directory.resolve("new@x.org"), Some("a"));
        directory.remove("sub-a");
        for name in ["a", "sub-a", "new@x.org"] {
            assert_eq!(directory.resolve(name), None);
        }
        assert_eq!(names(directory.email_prefix("", None)), ["b"]);
    }

    #[test]
    fn a_federated_persons_address_is_no_name_to_sign_in_with() {
        let directory = Directory::from_users(vec![
            user("a", "same@x.org", UserStatus::ExternalProvider),
            user("b", "same@x.org", UserStatus::Confirmed),
        ]);
        assert_eq!(directory.resolve("same@x.org"), Some("b"));
        assert_eq!(names(directory.email_prefix("same", None)), ["a", "b"]);
    }

    #[test]
    fn a_list_goes_on_where_it_was_when_the_last_one_is_gone() {
        let mut directory = Directory::from_users(vec![
            user("a", "1@x.org", UserStatus::Confirmed),
            user("b", "2@x.org", UserStatus::Confirmed),
            user("c", "3@x.org", UserStatus::Confirmed),
        ]);
        directory.remove("b");
        assert_eq!(names(directory.after(Some("b"))), ["c"]);
        assert_eq!(names(directory.subject_prefix("sub", Some("sub-b"))), ["c"]);
        assert_eq!(
            names(directory.email_prefix("", Some(("2@x.org", "b")))),
            ["c"]
        );
    }
}
