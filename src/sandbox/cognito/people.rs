//! The people of the sample, the demo's extras, and as many more as are asked for.
//!
//! The same seed gives the same people.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use uuid::Uuid;

use super::{
    client::Client,
    directory::Directory,
    group::Group,
    pool::Pool,
    user::{Password, User},
};
use crate::{
    domain::UserStatus,
    sandbox::world::{self, Seed},
};

/// The sample's groups and what they are for.
const GROUPS: [(&str, &str); 3] = [
    ("admins", "Admin users"),
    ("readers", "Users with read-only access"),
    (
        "model-approvers",
        "Users who may register and approve models",
    ),
];

const GIVEN: [&str; 48] = [
    "Ada", "Amara", "Anton", "Aoife", "Bao", "Beatriz", "Carlos", "Chloe", "Dalia", "David",
    "Elena", "Emeka", "Farah", "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas",
    "Kavya", "Kenji", "Lars", "Leila", "Luca", "Maja", "Mateo", "Mei", "Nadia", "Nils", "Olga",
    "Omar", "Paula", "Pedro", "Quinn", "Rania", "Ravi", "Sofia", "Stefan", "Tara", "Tomas", "Uma",
    "Viktor", "Wanda", "Yara", "Yusuf", "Zoe",
];

const FAMILY: [&str; 56] = [
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Bauer",
    "Becker",
    "Bennett",
    "Castro",
    "Chen",
    "Costa",
    "Dubois",
    "Eriksen",
    "Evans",
    "Ferrari",
    "Fischer",
    "Garcia",
    "Gupta",
    "Haddad",
    "Hansen",
    "Hoang",
    "Ibrahim",
    "Ito",
    "Jansen",
    "Johnson",
    "Kaya",
    "Khan",
    "Kim",
    "Kovacs",
    "Larsen",
    "Lopez",
    "Martin",
    "Mbeki",
    "Meyer",
    "Moreau",
    "Mueller",
    "Nakamura",
    "Nguyen",
    "Novak",
    "Okafor",
    "Olsen",
    "Patel",
    "Pereira",
    "Petrov",
    "Popescu",
    "Ramirez",
    "Rossi",
    "Saito",
    "Schmidt",
    "Silva",
    "Singh",
    "Smith",
    "Suzuki",
    "Tanaka",
    "Torres",
    "Walker",
    "Wang",
    "Weber",
];

/// The sample's pool, with everybody the options ask for.
pub(super) fn sample_pool(seed: &Seed) -> Pool {
    let created = ago(seed.now, 90 * 24);
    let mut pool = Pool::new(world::POOL_ID, world::POOL_NAME, created);
    let client = Client::new(world::CLIENT_ID, world::CLIENT_NAME, created).with_flows(&[
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ]);
    pool.clients.insert(client.id.clone(), client);
    for (name, description) in GROUPS {
        let mut group = Group::new(name, created);
        group.description = Some(description.to_owned());
        pool.groups.insert(name.to_owned(), group);
    }
    let mut rng = SmallRng::seed_from_u64(seed.seed);
    let mut users = Vec::with_capacity(seed.users.saturating_add(16));
    for (name, group) in [
        ("mlflow-admin", "admins"),
        ("mlflow-reader", "readers"),
        ("mlflow-model-approver", "model-approvers"),
    ] {
        let email = format!("{name}@example.com");
        users.push(confirmed(&mut rng, &email, &[group], created));
    }
    if seed.demo {
        demo(&mut users, &mut rng, seed.now);
    }
    more(&mut users, &mut rng, seed.users, seed.now);
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for user in &users {
        for group in &user.groups {
            members.entry(group).or_default().push(&user.username);
        }
    }
    for (name, members) in members {
        if let Some(group) = pool.groups.get_mut(name) {
            group.members = members.into_iter().map(str::to_owned).collect();
        }
    }
    pool.users = Directory::from_users(users);
    pool
}

fn confirmed(rng: &mut SmallRng, email: &str, groups: &[&str], created: Timestamp) -> User {
    let mut user = person(rng, email, UserStatus::Confirmed, created);
    user.password = Some(Password::permanent(world::PASSWORD));
    user.groups = groups.iter().map(|group| (*group).to_owned()).collect();
    user
}

fn person(rng: &mut SmallRng, email: &str, status: UserStatus, created: Timestamp) -> User {
    let id = id(rng);
    let mut user = User::new(id.clone(), id, status, created);
    user.attributes.insert("email".to_owned(), email.to_owned());
    if user.status != UserStatus::Unconfirmed {
        user.attributes
            .insert("email_verified".to_owned(), "true".to_owned());
    }
    user
}

fn id(rng: &mut SmallRng) -> String {
    let id: Uuid = uuid::Builder::from_random_bytes(rng.random()).into_uuid();
    id.to_string()
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(hours))
        .unwrap_or(now)
}

/// One of each whom an administrator should notice.
fn demo(users: &mut Vec<User>, rng: &mut SmallRng, now: Timestamp) {
    // In two groups, and so only a reader.
    users.push(confirmed(
        rng,
        "dana.whitfield@example.com",
        &["readers", "model-approvers"],
        ago(now, 60 * 24),
    ));
    // In no group: every request ends in a 500.
    users.push(confirmed(
        rng,
        "noor.haddad@example.com",
        &[],
        ago(now, 30 * 24),
    ));
    // Signed up alone, never confirmed.
    let mut user = person(
        rng,
        "sam.okafor@example.com",
        UserStatus::Unconfirmed,
        ago(now, 3 * 24),
    );
    user.password = Some(Password::permanent(world::PASSWORD));
    users.push(user);
    // The invitation has expired; only a new one helps.
    let invited = ago(now, 12 * 24);
    let mut user = person(
        rng,
        "lena.fischer@example.com",
        UserStatus::ForceChangePassword,
        invited,
    );
    user.password = Some(Password::temporary(
        world::PASSWORD,
        Pool::temporary_until(invited),
    ));
    user.groups = BTreeSet::from(["readers".to_owned()]);
    users.push(user);
    // Disabled, still in a group.
    let mut user = confirmed(
        rng,
        "marco.bianchi@example.com",
        &["model-approvers"],
        ago(now, 80 * 24),
    );
    user.enabled = false;
    user.modified = ago(now, 20 * 24);
    users.push(user);
    // From the company's directory, without a password here.
    let mut user = external(rng, "priya.raman@example.com", ago(now, 14 * 24));
    user.groups = BTreeSet::from(["readers".to_owned()]);
    users.push(user);
}

fn external(rng: &mut SmallRng, email: &str, created: Timestamp) -> User {
    let mut user = person(rng, email, UserStatus::ExternalProvider, created);
    user.username = format!("CorpDirectory_{email}");
    user
}

/// `count` more people of every status, most of them readers.
fn more(users: &mut Vec<User>, rng: &mut SmallRng, count: usize, now: Timestamp) {
    for number in 0..count {
        let given = GIVEN[number % GIVEN.len()];
        let family = FAMILY[number / GIVEN.len() % FAMILY.len()];
        let round = number / (GIVEN.len() * FAMILY.len());
        let suffix = if round == 0 {
            String::new()
        } else {
            (round + 1).to_string()
        };
        let mut email = format!("{given}.{family}{suffix}@example.com");
        email.make_ascii_lowercase();
        let created = ago(now, rng.random_range(24..1000 * 24));
        let mut user = match rng.random_range(0..100u32) {
            0..2 => external(rng, &email, created),
            2..8 => person(rng, &email, UserStatus::Unconfirmed, created),
            8..14 => invited(rng, &email, created),
            14..20 => {
                let created = ago(now, rng.random_range(1..6 * 24));
                invited(rng, &email, created)
            }
            20..24 => person(rng, &email, UserStatus::ResetRequired, created),
            24 => person(rng, &email, UserStatus::Archived, created),
            25 => person(rng, &email, UserStatus::Compromised, created),
            _ => confirmed(rng, &email, &[], created),
        };
        if user.status == UserStatus::Unconfirmed {
            user.password = Some(Password::permanent(world::PASSWORD));
        } else {
            let group = match rng.random_range(0..100u32) {
                0..70 => Some("readers"),
                70..82 => Some("model-approvers"),
                82..84 => Some("admins"),
                _ => None,
            };
            user.groups.extend(group.map(str::to_owned));
        }
        user.enabled = rng.random_range(0..100u32) > 3;
        user.attributes
            .insert("name".to_owned(), format!("{given} {family}"));
        users.push(user);
    }
}

fn invited(rng: &mut SmallRng, email: &str, created: Timestamp) -> User {
    let mut user = person(rng, email, UserStatus::ForceChangePassword, created);
    user.password = Some(Password::temporary(
        world::PASSWORD,
        Pool::temporary_until(created),
    ));
    user
}
