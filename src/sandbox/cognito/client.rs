//! App clients: which flows they allow, their secret, how long their tokens last.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{
    input::{self, Input, constraint},
    pool::Pool,
    refusal::{Answer, Refusal},
};
use crate::sandbox::wire::epoch;

/// The settings that `CreateUserPoolClient` and `UpdateUserPoolClient` take over as
/// they come.
const SETTINGS: [&str; 19] = [
    "RefreshTokenValidity",
    "AccessTokenValidity",
    "IdTokenValidity",
    "TokenValidityUnits",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AllowedOAuthFlowsUserPoolClient",
    "AnalyticsConfiguration",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
    "EnablePropagateAdditionalUserContextData",
    "AuthSessionValidity",
];

/// The flows a client may allow.
const FLOWS: [&str; 9] = [
    "ADMIN_NO_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
];

/// One app client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// The id.
    pub(super) id: String,
    name: String,
    secret: Option<SecretString>,
    created: Timestamp,
    modified: Timestamp,
    settings: Map<String, Value>,
}

impl Client {
    /// A client with Cognito's default settings.
    pub(super) fn new(id: &str, name: &str, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            secret: None,
            created: now,
            modified: now,
            settings: defaults(),
        }
    }

    /// The same client allowing these flows.
    #[must_use]
    pub(super) fn with_flows(mut self, flows: &[&str]) -> Self {
        self.settings
            .insert("ExplicitAuthFlows".to_owned(), json!(flows));
        self
    }

    /// Whether the client allows any of these flows.
    pub(super) fn allows(&self, flows: &[&str]) -> bool {
        self.settings
            .get("ExplicitAuthFlows")
            .and_then(Value::as_array)
            .is_some_and(|allowed| {
                allowed
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|flow| flows.contains(&flow))
            })
    }

    /// Whether answers must not tell who exists.
    pub(super) fn hides_users(&self) -> bool {
        self.settings
            .get("PreventUserExistenceErrors")
            .is_some_and(|value| value == "ENABLED")
    }

    /// How long tokens last: `IdToken`, `AccessToken`, `RefreshToken`.
    pub(super) fn validity(&self, kind: &str) -> SignedDuration {
        let refresh = kind == "RefreshToken";
        let unit = self
            .settings
            .get("TokenValidityUnits")
            .and_then(|units| units.get(kind))
            .and_then(Value::as_str)
            .unwrap_or(if refresh { "days" } else { "hours" });
        let seconds = match unit {
            "seconds" => 1,
            "minutes" => 60,
            "hours" => 3600,
            _ => 86400,
        };
        let count = self
            .settings
            .get(&format!("{kind}Validity"))
            .and_then(Value::as_i64)
            .filter(|count| *count > 0)
            .unwrap_or(if refresh { 30 } else { 1 });
        SignedDuration::from_secs(count.saturating_mul(seconds))
    }

    /// How long a challenge waits for its answer.
    pub(super) fn session_validity(&self) -> SignedDuration {
        SignedDuration::from_mins(
            self.settings
                .get("AuthSessionValidity")
                .and_then(Value::as_i64)
                .unwrap_or(3),
        )
    }

    /// Refuses a request whose `SECRET_HASH` is not the HMAC of one of `names` and the
    /// client's id.
    pub(super) fn check_secret_hash(&self, given: Option<&str>, names: &[&str]) -> Answer<()> {
        let (secret, given) = match (&self.secret, given) {
            (None, None) => return Ok(()),
            (None, Some(_)) => {
                return Err(Refusal::not_authorized(format!(
                    "Client {} is configured for no secret but secret was received",
                    self.id
                )));
            }
            (Some(_), None) => {
                return Err(Refusal::not_authorized(format!(
                    "Client {} is configured with secret but SECRET_HASH was not received",
                    self.id
                )));
            }
            (Some(secret), Some(given)) => (secret, STANDARD.decode(given).unwrap_or_default()),
        };
        let matches = |name: &str| {
            Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).is_ok_and(
                |mut mac| {
                    mac.update(name.as_bytes());
                    mac.update(self.id.as_bytes());
                    mac.verify_slice(&given).is_ok()
                },
            )
        };
        if names.iter().any(|name| matches(name)) {
            Ok(())
        } else {
            Err(Refusal::not_authorized(format!(
                "Unable to verify secret hash for client {}",
                self.id
            )))
        }
    }

    fn take_settings(&mut self, input: &Input) -> Answer<()> {
        for flow in input.list("ExplicitAuthFlows") {
            if !FLOWS.contains(&flow.as_str()) {
                return Err(constraint(
                    &format!("[{flow}]"),
                    "ExplicitAuthFlows",
                    &format!("Member must satisfy enum value set: [{}]", FLOWS.join(", ")),
                ));
            }
        }
        input.number("AuthSessionValidity", 3..=15)?;
        input.number("RefreshTokenValidity", 0..=315_360_000)?;
        input.number("AccessTokenValidity", 0..=86_400)?;
        input.number("IdTokenValidity", 0..=86_400)?;
        let mut settings = defaults();
        for name in SETTINGS {
            if let Some(value) = input.get(name) {
                settings.insert(name.to_owned(), value.clone());
            }
        }
        let old = std::mem::replace(&mut self.settings, settings);
        let day = SignedDuration::from_hours(24);
        for kind in ["IdToken", "AccessToken"] {
            let validity = self.validity(kind);
            if validity < SignedDuration::from_mins(5) || validity > day {
                self.settings = old;
                return Err(Refusal::invalid(format!(
                    "Invalid range for token validity: {kind}Validity must be between 5 minutes and 1 day."
                )));
            }
        }
        Ok(())
    }

    fn described(&self, pool: &str) -> Value {
        let mut shape = self.settings.clone();
        shape.insert("UserPoolId".to_owned(), pool.into());
        shape.insert("ClientId".to_owned(), self.id.as_str().into());
        shape.insert("ClientName".to_owned(), self.name.as_str().into());
        shape.insert("LastModifiedDate".to_owned(), epoch(self.modified));
        shape.insert("CreationDate".to_owned(), epoch(self.created));
        if let Some(secret) = &self.secret {
            shape.insert("ClientSecret".to_owned(), secret.expose_secret().into());
        }
        json!({"UserPoolClient": shape})
    }
}

fn defaults() -> Map<String, Value> {
    let mut settings = Map::new();
    for (name, value) in [
        ("RefreshTokenValidity", json!(30)),
        (
            "ExplicitAuthFlows",
            json!([
                "ALLOW_CUSTOM_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
                "ALLOW_USER_SRP_AUTH"
            ]),
        ),
        ("TokenValidityUnits", json!({})),
        ("AllowedOAuthFlowsUserPoolClient", json!(false)),
        ("EnableTokenRevocation", json!(true)),
        ("EnablePropagateAdditionalUserContextData", json!(false)),
        ("AuthSessionValidity", json!(3)),
    ] {
        settings.insert(name.to_owned(), value);
    }
    settings
}

/// `ListUserPoolClients`.
pub(super) fn list(pool: &Pool, input: &Input) -> Answer {
    let limit = input.limit("MaxResults")?;
    let after = input.after("NextToken")?;
    let rest = pool
        .clients
        .values()
        .skip_while(|client| after.as_ref().is_some_and(|after| client.id <= *after));
    Ok(input::page(
        ("UserPoolClients", "NextToken"),
        limit,
        rest,
        |client| client.id.clone(),
        |client| json!({"ClientId": client.id, "UserPoolId": pool.id, "ClientName": client.name}),
    ))
}

/// `DescribeUserPoolClient`.
pub(super) fn describe(pool: &Pool, input: &Input) -> Answer {
    Ok(pool.client(input.text("ClientId")?)?.described(&pool.id))
}

/// `CreateUserPoolClient`.
pub(super) fn create(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let mut client = Client::new(&random_text(26), input.text("ClientName")?, now);
    client.take_settings(input)?;
    if input.flag("GenerateSecret") {
        client.secret = Some(random_text(51).into());
    }
    let answer = client.described(&pool.id);
    pool.clients.insert(client.id.clone(), client);
    Ok(answer)
}

/// `UpdateUserPoolClient`: what is not given goes back to its default, as in Cognito.
pub(super) fn update(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let id = input.text("ClientId")?;
    pool.client(id)?;
    let pool_id = pool.id.clone();
    let Some(client) = pool.clients.get_mut(id) else {
        return Err(Refusal::not_found(id));
    };
    client.take_settings(input)?;
    if let Some(name) = input.optional("ClientName")? {
        name.clone_into(&mut client.name);
    }
    client.modified = now;
    Ok(client.described(&pool_id))
}

/// `DeleteUserPoolClient`.
pub(super) fn delete(pool: &mut Pool, input: &Input) -> Answer {
    let id = input.text("ClientId")?;
    pool.client(id)?;
    pool.clients.remove(id);
    Ok(json!({}))
}

/// Lower-case letters and digits, as client ids and secrets are made of.
fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rng = rand::rng();
    (0..length)
        .filter_map(|_| LETTERS.get(rng.random_range(0..LETTERS.len())))
        .map(|letter| char::from(*letter))
        .collect()
}
