//! What a finished sign-in gives: ID, access and refresh token, and reading an access
//! token back.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    State,
    challenge::random_token,
    client::Client,
    pool::Pool,
    refusal::{Answer, Refusal},
    token::Grant,
    user::User,
};

/// Signs a user in anew.
pub(super) fn sign_in(pool: &mut Pool, client: &Client, username: &str, now: Timestamp) -> Answer {
    let grant = Grant {
        username: username.to_owned(),
        client: client.id.clone(),
        origin: Uuid::new_v4().to_string(),
        signed_in: now,
        expires: after(now, client.validity("RefreshToken")),
    };
    let refresh = random_token(800);
    let answer = tokens(
        pool,
        client,
        pool.user(username)?,
        &grant,
        Some(&refresh),
        now,
    )?;
    pool.users
        .change(username, |user| user.grants.push(refresh.clone()));
    pool.grants.insert(refresh, grant);
    Ok(answer)
}

/// An `AuthenticationResult`.
pub(super) fn tokens(
    pool: &Pool,
    client: &Client,
    user: &User,
    grant: &Grant,
    refresh: Option<&str>,
    now: Timestamp,
) -> Answer {
    let event = Uuid::new_v4().to_string();
    let common = |kind: &str, validity: &str| {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), user.sub.as_str().into());
        let groups = ordered_groups(pool, user);
        if !groups.is_empty() {
            claims.insert("cognito:groups".to_owned(), groups.into());
        }
        claims.insert("iss".to_owned(), pool.issuer().into());
        claims.insert("origin_jti".to_owned(), grant.origin.as_str().into());
        claims.insert("event_id".to_owned(), event.as_str().into());
        claims.insert("token_use".to_owned(), kind.into());
        claims.insert("auth_time".to_owned(), grant.signed_in.as_second().into());
        let expires = after(now, client.validity(validity));
        claims.insert("exp".to_owned(), expires.as_second().into());
        claims.insert("iat".to_owned(), now.as_second().into());
        claims.insert("jti".to_owned(), Uuid::new_v4().to_string().into());
        claims
    };
    let mut id = common("id", "IdToken");
    id.insert("aud".to_owned(), client.id.as_str().into());
    id.insert("cognito:username".to_owned(), user.username.as_str().into());
    for (name, value) in &user.attributes {
        let value = match name.as_str() {
            "email_verified" | "phone_number_verified" => json!(value == "true"),
            _ => json!(value),
        };
        id.insert(name.clone(), value);
    }
    let roles: Vec<&str> = ranked(pool, user)
        .into_iter()
        .filter_map(|group| group.role.as_deref())
        .collect();
    if let Some(first) = roles.first() {
        id.insert("cognito:preferred_role".to_owned(), json!(first));
        id.insert("cognito:roles".to_owned(), json!(roles));
    }
    let mut access = common("access", "AccessToken");
    access.insert("client_id".to_owned(), client.id.as_str().into());
    access.insert("scope".to_owned(), "aws.cognito.signin.user.admin".into());
    access.insert("username".to_owned(), user.username.as_str().into());
    let mut result = json!({
        "AccessToken": pool.key.sign(&Value::Object(access))?,
        "ExpiresIn": client.validity("AccessToken").as_secs(),
        "TokenType": "Bearer",
        "IdToken": pool.key.sign(&Value::Object(id))?,
    });
    if let (Some(refresh), Some(shape)) = (refresh, result.as_object_mut()) {
        shape.insert("RefreshToken".to_owned(), refresh.into());
    }
    Ok(json!({"ChallengeParameters": {}, "AuthenticationResult": result}))
}

/// Pool and user name of a good access token.
pub(super) fn bearer(state: &State, token: &str, now: Timestamp) -> Answer<(String, String)> {
    let invalid = || Refusal::not_authorized("Invalid Access Token");
    let (pool, claims) = state
        .pools
        .values()
        .find_map(|pool| Some((pool, pool.key.claims(token)?)))
        .ok_or_else(invalid)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("token_use") != Some("access") {
        return Err(invalid());
    }
    let expires = claims
        .get("exp")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    if expires <= now.as_second() {
        return Err(Refusal::not_authorized("Access Token has expired"));
    }
    if text("origin_jti").is_none_or(|origin| pool.revoked.contains(origin)) {
        return Err(Refusal::not_authorized("Access Token has been revoked"));
    }
    let username = text("username").ok_or_else(invalid)?;
    if !pool.user(username)?.enabled {
        return Err(Refusal::disabled());
    }
    Ok((pool.id.clone(), username.to_owned()))
}

/// `RevokeToken`: ends one sign-in.
pub(super) fn revoke(pool: &mut Pool, client: &Client, token: &str) -> Answer {
    if pool
        .grants
        .get(token)
        .is_some_and(|grant| grant.client != client.id)
    {
        return Err(Refusal::new(
            "UnauthorizedException",
            "Token does not belong to this client",
        ));
    }
    if let Some(grant) = pool.grants.remove(token) {
        pool.revoked.insert(grant.origin);
        pool.users.change(&grant.username, |user| {
            user.grants.retain(|held| held != token);
        });
    }
    Ok(json!({}))
}

/// The user's groups in a token's order: by precedence, then by name.
fn ordered_groups(pool: &Pool, user: &User) -> Vec<String> {
    ranked(pool, user)
        .into_iter()
        .map(|group| group.name.clone())
        .collect()
}

fn ranked<'a>(pool: &'a Pool, user: &User) -> Vec<&'a super::group::Group> {
    let mut groups: Vec<_> = user
        .groups
        .iter()
        .filter_map(|name| pool.groups.get(name))
        .collect();
    groups.sort_by(|left, right| left.rank().cmp(&right.rank()));
    groups
}

fn after(now: Timestamp, validity: SignedDuration) -> Timestamp {
    now.saturating_add(validity).unwrap_or(Timestamp::MAX)
}
