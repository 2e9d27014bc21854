//! Users, roles, policies, access keys and sessions.
//!
//! Decides with the program's own policy evaluator, so its agreement with a prediction
//! proves nothing about that evaluator; its own tests and the peers do.

pub(crate) mod authorization;
mod operations;
mod sample;
mod simulate;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng, rngs::StdRng};

pub(crate) use operations::handle;
pub(crate) use sample::{ADMIN_ROLE, APPROVER_ROLE, AUTHORIZER_ROLE, READER_ROLE};

use super::{
    call::Caller,
    world::{ACCOUNT, Seed},
};
use crate::access::{PolicySet, PolicyText};

/// What the service holds.
#[derive(Debug)]
pub struct State {
    users: BTreeMap<String, User>,
    roles: BTreeMap<String, Role>,
    /// Managed policies: ARN, document.
    managed: BTreeMap<String, String>,
    /// By access key id.
    keys: BTreeMap<String, Key>,
    /// Grows with every change: what compiled policies are remembered by.
    generation: u64,
    /// How long it takes until a changed inline policy of a role decides anything. It is read
    /// back at once.
    delay: SignedDuration,
    /// The inline policies that still decide, by role, and until when.
    late: BTreeMap<String, (BTreeMap<String, String>, Timestamp)>,
    random: StdRng,
}

/// An IAM user.
#[derive(Debug)]
struct User {
    inline: BTreeMap<String, String>,
}

/// An IAM role.
#[derive(Debug)]
struct Role {
    id: String,
    path: String,
    created: Timestamp,
    trust: String,
    inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    attached: Vec<String>,
    boundary: Option<String>,
}

/// An access key, of a user or of a session.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The secret.
    pub(crate) secret: String,
    /// The session token and the time the session ends.
    pub(crate) session: Option<(String, Timestamp)>,
    /// Whose it is.
    pub(crate) caller: Caller,
    owner: Owner,
}

#[derive(Clone, Debug)]
enum Owner {
    User(String),
    Role(String),
}

/// A policy with its label, as [`crate::access::PolicyText`] takes them.
type Labelled = (String, String);

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        let mut state = Self {
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            managed: BTreeMap::new(),
            keys: BTreeMap::new(),
            generation: 0,
            delay: SignedDuration::ZERO,
            late: BTreeMap::new(),
            random: StdRng::seed_from_u64(seed.seed),
        };
        sample::fill(&mut state, seed);
        state
    }

    /// Puts an inline policy into a role, in place of one with the same name.
    pub fn put_role_policy(&mut self, role: &str, name: &str, document: &str) {
        self.generation += 1;
        if let Some(role) = self.roles.get_mut(role) {
            role.inline.insert(name.to_owned(), document.to_owned());
        }
    }

    /// Takes a role away, with all that it holds; true where there was one.
    pub fn remove_role(&mut self, role: &str) -> bool {
        self.generation += 1;
        self.roles.remove(role).is_some()
    }

    /// Lets a changed inline policy of a role take this long until it decides.
    pub fn set_delay(&mut self, delay: SignedDuration) {
        self.delay = delay;
    }

    /// The inline policies of a role are about to be changed.
    fn changing(&mut self, role: &str, now: Timestamp) {
        let until = now.saturating_add(self.delay).unwrap_or(now);
        let Some(inline) = self.roles.get(role).map(|role| role.inline.clone()) else {
            return;
        };
        match self.late.get_mut(role) {
            // What still decides goes on deciding.
            Some((_, late)) if now < *late => *late = until,
            _ if self.delay.is_zero() => {}
            _ => {
                self.late.insert(role.to_owned(), (inline, until));
            }
        }
    }

    /// The inline policies of a role that decide now, where those are others than it has.
    fn late(&self, role: &str, now: Timestamp) -> Option<&BTreeMap<String, String>> {
        let (inline, until) = self.late.get(role)?;
        (now < *until).then_some(inline)
    }

    /// Replaces a role's trust policy.
    pub fn set_trust(&mut self, role: &str, document: &str) {
        self.generation += 1;
        if let Some(role) = self.roles.get_mut(role) {
            document.clone_into(&mut role.trust);
        }
    }

    /// A role's trust policy, as it stands.
    pub fn trust(&self, role: &str) -> Option<&str> {
        self.roles.get(role).map(|role| role.trust.as_str())
    }

    /// The names of the roles.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    /// Makes a user with one inline policy, and a key for it: access key id and secret.
    pub fn add_user(&mut self, name: &str, document: &str) -> (String, String) {
        self.generation += 1;
        let id = self.unique_id("AIDA");
        let access_key = self.unique_id("AKIA");
        let secret = self.secret();
        self.users.insert(
            name.to_owned(),
            User {
                inline: BTreeMap::from([("inline".to_owned(), document.to_owned())]),
            },
        );
        self.keys.insert(
            access_key.clone(),
            Key {
                secret: secret.clone(),
                session: None,
                caller: Caller {
                    arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
                    account: ACCOUNT.to_owned(),
                    user_id: id,
                    access_key: access_key.clone(),
                },
                owner: Owner::User(name.to_owned()),
            },
        );
        (access_key, secret)
    }

    /// Ends every session of a role, as its expiry would.
    pub fn expire_sessions(&mut self) {
        for key in self.keys.values_mut() {
            if let Some((_, until)) = &mut key.session {
                *until = Timestamp::UNIX_EPOCH;
            }
        }
    }

    /// The key with this id.
    pub(crate) fn key(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// Makes a session of a role: the key id, secret and token.
    pub(crate) fn open_session(
        &mut self,
        role: &str,
        session: &str,
        until: Timestamp,
    ) -> Option<(String, Key)> {
        let role_id = self.roles.get(role)?.id.clone();
        let access_key = self.unique_id("ASIA");
        let key = Key {
            secret: self.secret(),
            session: Some((format!("IQoJ{}", self.secret()), until)),
            caller: Caller {
                arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
                account: ACCOUNT.to_owned(),
                user_id: format!("{role_id}:{session}"),
                access_key: access_key.clone(),
            },
            owner: Owner::Role(role.to_owned()),
        };
        self.keys.insert(access_key.clone(), key.clone());
        Some((access_key, key))
    }

    /// What [`Self::policy_set`] of a caller is remembered by: another text after any change.
    pub(crate) fn policies_key(&self, caller: &Caller, now: Timestamp) -> String {
        match self.keys.get(&caller.access_key).map(|key| &key.owner) {
            Some(Owner::User(name)) => format!("user/{name}/{}", self.generation),
            Some(Owner::Role(name)) => {
                let late = self.late(name, now).is_some();
                format!("role/{name}/{}/{late}", self.generation)
            }
            None => String::new(),
        }
    }

    /// The policies that decide for a caller, compiled.
    pub(crate) fn policy_set(&self, caller: &Caller, now: Timestamp) -> PolicySet {
        let (identity, boundary) = match self.keys.get(&caller.access_key).map(|key| &key.owner) {
            Some(Owner::User(name)) => {
                let inline = self.users.get(name).map(|user| labelled(&user.inline));
                (inline.unwrap_or_default(), None)
            }
            Some(Owner::Role(name)) => self.role_policies(name, now),
            None => (Vec::new(), None),
        };
        compile(&identity, boundary.as_ref())
    }

    fn role_policies(&self, name: &str, now: Timestamp) -> (Vec<Labelled>, Option<Labelled>) {
        let Some(role) = self.roles.get(name) else {
            return (Vec::new(), None);
        };
        let managed = |arn: &String| Some((arn.clone(), self.managed.get(arn)?.clone()));
        let mut identity = labelled(self.late(name, now).unwrap_or(&role.inline));
        identity.extend(role.attached.iter().filter_map(managed));
        (identity, role.boundary.as_ref().and_then(managed))
    }

    fn role_arn(&self, name: &str) -> String {
        let path = self.roles.get(name).map_or("/", |role| role.path.as_str());
        format!("arn:aws:iam::{ACCOUNT}:role{path}{name}")
    }

    /// The name of the role that an ARN of this account names.
    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<&str> {
        let name = arn.rsplit('/').next()?;
        let (name, _) = self.roles.get_key_value(name)?;
        (self.role_arn(name) == arn).then_some(name.as_str())
    }

    fn unique_id(&mut self, prefix: &str) -> String {
        let tail = random_text(&mut self.random, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        format!("{prefix}{tail}")
    }

    fn secret(&mut self) -> String {
        random_text(
            &mut self.random,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            40,
        )
    }
}

/// Identity policies and a permissions boundary as one set to evaluate.
fn compile(identity: &[Labelled], boundary: Option<&Labelled>) -> PolicySet {
    fn text((label, document): &Labelled) -> PolicyText<'_> {
        PolicyText { label, document }
    }
    let texts: Vec<_> = identity.iter().map(text).collect();
    PolicySet::compile(&texts, boundary.map(text))
}

fn labelled(policies: &BTreeMap<String, String>) -> Vec<Labelled> {
    policies
        .iter()
        .map(|(name, document)| (name.clone(), document.clone()))
        .collect()
}

fn random_text(random: &mut StdRng, alphabet: &[u8], length: usize) -> String {
    (0..length)
        .filter_map(|_| alphabet.get(random.random_range(0..alphabet.len())))
        .map(|&byte| char::from(byte))
        .collect()
}
