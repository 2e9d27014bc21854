//! A short-lived user of some groups: made, used once to sign in, deleted.

use aws_lc_rs::rand;
use indexmap::IndexMap;
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    aws::{
        Cloud, WriteAccess,
        cognito::{AppClient, Invitation, NewUser},
    },
    domain::{ErrorClass, Failure},
    identity::TokenKeeper,
    plan::{Borrowed, Journal},
    probe::actor::sign_in,
};

/// How every probe user's name starts.
pub const PREFIX: &str = "mlwarden-probe-";
/// The domain of the addresses: reserved, so no message can ever reach anybody.
const DOMAIN: &str = "example.invalid";
/// How often a sign-in is begun before it counts as failed.
const SIGN_INS: u32 = 4;
/// The `name` attribute that tells an admin what the user is.
pub const MARK: &str = "mlwarden probe user, safe to delete";

/// A probe user that exists and must be deleted.
#[derive(Clone, Debug)]
pub struct ProbeUser {
    /// The journal's entry.
    pub entry: Uuid,
    /// The pool's id.
    pub pool: String,
    /// The user's name.
    pub user: String,
}

/// Announces a probe user in the journal. Nothing is created yet.
pub fn announce(journal: &Journal, region: &str, pool: &str) -> Result<ProbeUser, Failure> {
    let user = format!("{PREFIX}{}@{DOMAIN}", Uuid::new_v4().simple());
    let entry = journal.borrow(Borrowed::ProbeUser {
        region: region.to_owned(),
        pool: pool.to_owned(),
        user: user.clone(),
    })?;
    Ok(ProbeUser {
        entry,
        pool: pool.to_owned(),
        user,
    })
}

/// Creates an announced user in `groups` and signs in as it, once. Whatever comes of it the
/// user must be deleted.
pub async fn create(
    cloud: &Cloud,
    writes: &WriteAccess,
    client: &AppClient,
    probe: &ProbeUser,
    groups: &[String],
) -> Result<TokenKeeper, Failure> {
    let password = make(cloud, writes, probe, groups).await?;
    sign_in_as(cloud, client, probe, &password).await
}

/// Creates an announced user in `groups`; its password. Whatever comes of it the user must be
/// deleted.
pub(super) async fn make(
    cloud: &Cloud,
    writes: &WriteAccess,
    probe: &ProbeUser,
    groups: &[String],
) -> Result<SecretString, Failure> {
    let ProbeUser { pool, user, .. } = probe;
    let password = password()?;
    let new = NewUser {
        username: user.clone(),
        attributes: IndexMap::from([
            ("email".to_owned(), user.clone()),
            ("email_verified".to_owned(), "true".to_owned()),
            ("name".to_owned(), MARK.to_owned()),
        ]),
        temporary_password: Some(password.clone()),
        invitation: Invitation::Suppress,
    };
    match cloud.cognito.create_user(writes, pool, &new).await {
        // The name is nobody else's: a try whose answer was lost has made the user.
        Err(failure) if failure.class != ErrorClass::Conflict => return Err(failure),
        _ => {}
    }
    for group in groups {
        cloud
            .cognito
            .add_to_group(writes, pool, user, group)
            .await?;
    }
    cloud
        .cognito
        .set_password(writes, pool, user, &password, true)
        .await?;
    Ok(password)
}

/// Signs in as a probe user. A sign-in takes several calls that cannot be sent again one by
/// one: where an answer is lost on the way it begins anew. The password is known to be right.
pub(super) async fn sign_in_as(
    cloud: &Cloud,
    client: &AppClient,
    probe: &ProbeUser,
    password: &SecretString,
) -> Result<TokenKeeper, Failure> {
    let mut tries = 1;
    loop {
        match sign_in(cloud, &probe.pool, client, &probe.user, password).await {
            Err(_) if tries < SIGN_INS => tries += 1,
            result => return result,
        }
    }
}

/// Deletes a probe user and records it. One that is gone already counts as deleted; one
/// that is no probe user is left alone.
pub async fn delete(
    cloud: &Cloud,
    writes: &WriteAccess,
    journal: &Journal,
    probe: &ProbeUser,
) -> Result<(), Failure> {
    let ProbeUser { entry, pool, user } = probe;
    if !user.starts_with(PREFIX) {
        return Err(Failure::invalid(
            format!("deleting the probe user {user}"),
            "its name is not that of a probe user",
        )
        .advise("look at the journal: it may have been edited"));
    }
    match cloud.cognito.delete_user(writes, pool, user).await {
        Err(failure) if failure.class != ErrorClass::NotFound => {
            journal.failed(*entry, &failure)?;
            Err(failure.advise(format!(
                "delete it by `aws cognito-idp admin-delete-user --user-pool-id {pool} --username {user}`; \
                 the next verify tries again"
            )))
        }
        _ => journal.given_back(*entry),
    }
}

/// A random password that any pool's policy takes: all four kinds of character, 32 long.
fn password() -> Result<SecretString, Failure> {
    const KINDS: [&[u8]; 4] = [
        b"abcdefghijkmnpqrstuvwxyz",
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"23456789",
        b"!@#%^*-_+=",
    ];
    let mut random = [0_u8; 32];
    rand::fill(&mut random).map_err(|_| {
        Failure::new(
            ErrorClass::Unavailable,
            "making a password",
            "the system gives no random numbers",
        )
    })?;
    let text: String = random
        .iter()
        .zip(KINDS.iter().cycle())
        .filter_map(|(&byte, kind)| kind.get(usize::from(byte) % kind.len()))
        .map(|&character| char::from(character))
        .collect();
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_password_has_every_kind_of_character_and_is_new_each_time() {
        let (one, other) = (password().unwrap(), password().unwrap());
        let text = one.expose_secret();
        assert_eq!(text.len(), 32);
        for kind in [
            char::is_lowercase as fn(char) -> bool,
            char::is_uppercase,
            char::is_numeric,
            |c| !c.is_alphanumeric(),
        ] {
            assert!(text.contains(kind), "{text}");
        }
        assert_ne!(text, other.expose_secret());
    }
}
