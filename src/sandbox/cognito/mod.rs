//! Cognito user pools, awsJson 1.1, as the AWS SDKs speak it.
//!
//! This file finds the operation and the pool; what each does stands beside the thing it
//! is about: `pool`, `client`, `group`, `admin` (users), `device`, `self_service`, `sign_in`,
//! `mfa`.
//! Nothing here knows of the protected API.

mod admin;
mod challenge;
mod client;
mod device;
mod directory;
mod filter;
mod group;
mod input;
mod issue;
mod mfa;
mod people;
mod pool;
mod refusal;
mod self_service;
mod sign_in;
mod srp;
mod token;
mod user;

use std::{collections::BTreeMap, net::IpAddr};

use http::StatusCode;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

use self::{
    client::Client,
    device::Device,
    input::Input,
    issue::bearer,
    pool::Pool,
    refusal::{Answer, Refusal},
    sign_in::Door,
};
use super::{
    World,
    call::{Call, Reply},
    world::Seed,
};

/// Every user pool.
#[derive(Debug)]
pub struct State {
    pools: BTreeMap<String, Pool>,
}

impl State {
    /// As the sample deploys it, with the people that `seed` asks for.
    pub fn sample(seed: &Seed) -> Self {
        let pool = people::sample_pool(seed);
        Self {
            pools: BTreeMap::from([(pool.id.clone(), pool)]),
        }
    }

    /// The public key called `kid` of a pool.
    pub fn public_key(&self, pool: &str, kid: &str) -> Option<DecodingKey> {
        self.pools.get(pool)?.key.public(kid)
    }

    /// A pool's public keys as a JWK set.
    pub fn jwks(&self, pool: &str) -> Option<Value> {
        Some(self.pools.get(pool)?.key.jwks())
    }

    /// The code that was last sent to a user and not used yet.
    pub fn code(&self, pool: &str, user: &str) -> Option<String> {
        self.pools.get(pool)?.users.get(user)?.code.clone()
    }

    /// The password in force, also the temporary one an invitation carries.
    pub fn password(&self, pool: &str, user: &str) -> Option<String> {
        let user = self.pools.get(pool)?.users.get(user)?;
        Some(user.password.as_ref()?.expose().to_owned())
    }

    /// Lets a pool remember devices, and this one of a user's; its key, where there is such
    /// a user.
    pub fn remember_device(
        &mut self,
        pool: &str,
        user: &str,
        device: (&str, IpAddr),
        now: Timestamp,
    ) -> Option<String> {
        let pool = self.pools.get_mut(pool)?;
        pool.tracks_devices = true;
        let device = Device::new(device.0, device.1, now);
        let key = device.key.clone();
        pool.users
            .change(user, |user| user.devices.push(device))
            .map(|()| key)
    }

    fn pool(&mut self, input: &Input) -> Answer<&mut Pool> {
        let id = input.text("UserPoolId")?;
        if !id.contains('_') {
            return Err(input::constraint(
                id,
                "UserPoolId",
                "Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
            ));
        }
        self.pools
            .get_mut(id)
            .ok_or_else(|| Refusal::not_found(format!("User pool {id} does not exist.")))
    }

    /// The client an unsigned call names, with its pool.
    fn client(&mut self, input: &Input) -> Answer<(&mut Pool, Client)> {
        let id = input.text("ClientId")?;
        self.pools
            .values_mut()
            .find_map(|pool| {
                let client = pool.clients.get(id)?.clone();
                Some((pool, client))
            })
            .ok_or_else(|| Refusal::not_found(format!("User pool client {id} does not exist.")))
    }

    /// The pool and user name an access token speaks for.
    fn signed_in(&mut self, input: &Input, now: Timestamp) -> Answer<(&mut Pool, String)> {
        let (pool, username) = bearer(self, input.text("AccessToken")?, now)?;
        let pool = self.pools.get_mut(&pool).ok_or_else(Refusal::no_user)?;
        Ok((pool, username))
    }
}

/// Whether an operation is called without a signature.
pub(crate) fn is_unsigned(operation: &str) -> bool {
    matches!(
        operation,
        "InitiateAuth"
            | "RespondToAuthChallenge"
            | "SignUp"
            | "ConfirmSignUp"
            | "ForgotPassword"
            | "ConfirmForgotPassword"
            | "ChangePassword"
            | "GlobalSignOut"
            | "GetUser"
            | "RevokeToken"
            | "AssociateSoftwareToken"
            | "VerifySoftwareToken"
            | "SetUserMFAPreference"
    )
}

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let body = match call.json() {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let now = world.clock.now();
    let mut state = world.cognito.lock();
    let answer = Input::new(body).and_then(|input| {
        if is_unsigned(&call.operation) {
            unsigned(&mut state, &call.operation, &input, now)
        } else {
            signed(&mut state, &call.operation, &input, now)
        }
    });
    match answer {
        Ok(Some(answer)) => Reply::json(&answer),
        Ok(None) => Reply::unknown_operation(),
        Err(refusal) => refusal.reply(),
    }
}

/// The operations open to everybody; `None` where there is no such operation.
fn unsigned(
    state: &mut State,
    operation: &str,
    input: &Input,
    now: Timestamp,
) -> Answer<Option<Value>> {
    match operation {
        "InitiateAuth"
        | "RespondToAuthChallenge"
        | "SignUp"
        | "ConfirmSignUp"
        | "ForgotPassword"
        | "ConfirmForgotPassword"
        | "RevokeToken" => {
            let (pool, client) = state.client(input)?;
            match operation {
                "InitiateAuth" => sign_in::initiate(pool, &client, Door::Public, input, now),
                "RespondToAuthChallenge" => sign_in::respond(pool, &client, input, now),
                "SignUp" => self_service::sign_up(pool, &client, input, now),
                "ConfirmSignUp" => self_service::confirm_sign_up(pool, &client, input, now),
                "ForgotPassword" => self_service::forgot_password(pool, &client, input, now),
                "ConfirmForgotPassword" => {
                    self_service::confirm_forgot_password(pool, &client, input, now)
                }
                _ => issue::revoke(pool, &client, input.text("Token")?),
            }
        }
        _ => {
            let (pool, user) = state.signed_in(input, now)?;
            match operation {
                "GetUser" => self_service::get(pool, &user),
                "GlobalSignOut" => {
                    pool.revoke(&user);
                    Ok(json!({}))
                }
                "ChangePassword" => self_service::change_password(pool, &user, input, now),
                "AssociateSoftwareToken" => mfa::associate(pool, &user, now),
                "VerifySoftwareToken" => mfa::verify(pool, &user, input, now),
                "SetUserMFAPreference" => mfa::prefer(pool, &user, input, now),
                _ => return Ok(None),
            }
        }
    }
    .map(Some)
}

/// The operations of an administrator; `None` where there is no such operation.
fn signed(
    state: &mut State,
    operation: &str,
    input: &Input,
    now: Timestamp,
) -> Answer<Option<Value>> {
    if operation == "ListUserPools" {
        return pool::list(state, input).map(Some);
    }
    let pool = state.pool(input)?;
    match operation {
        "DescribeUserPool" => Ok(pool::describe(pool)),
        "GetUserPoolMfaConfig" => Ok(pool::describe_mfa(pool)),
        "SetUserPoolMfaConfig" => pool::set_mfa(pool, input, now),
        "ListUserPoolClients" => client::list(pool, input),
        "DescribeUserPoolClient" => client::describe(pool, input),
        "CreateUserPoolClient" => client::create(pool, input, now),
        "UpdateUserPoolClient" => client::update(pool, input, now),
        "DeleteUserPoolClient" => client::delete(pool, input),
        "ListUsers" => admin::list(pool, input),
        "AdminGetUser" => admin::get(pool, input),
        "AdminCreateUser" => admin::create(pool, input, now),
        "AdminSetUserPassword" => admin::set_password(pool, input, now),
        "AdminResetUserPassword" => admin::reset_password(pool, input, now),
        "AdminConfirmSignUp" => admin::confirm(pool, input, now),
        "AdminEnableUser" => admin::set_enabled(pool, input, now, true),
        "AdminDisableUser" => admin::set_enabled(pool, input, now, false),
        "AdminDeleteUser" => admin::delete(pool, input),
        "AdminUpdateUserAttributes" => admin::update_attributes(pool, input, now),
        "AdminDeleteUserAttributes" => admin::delete_attributes(pool, input, now),
        "AdminUserGlobalSignOut" => admin::sign_out(pool, input),
        "AdminListDevices" => device::list(pool, input),
        "AdminGetDevice" => device::get(pool, input),
        "AdminForgetDevice" => device::forget(pool, input, now),
        "AdminSetUserMFAPreference" => {
            let user = pool.user(input.text("Username")?)?.username.clone();
            mfa::prefer(pool, &user, input, now)
        }
        "ListGroups" => group::list(pool, input),
        "GetGroup" => group::get(pool, input),
        "CreateGroup" => group::create(pool, input, now),
        "UpdateGroup" => group::update(pool, input, now),
        "DeleteGroup" => group::delete(pool, input),
        "ListUsersInGroup" => group::members(pool, input),
        "AdminListGroupsForUser" => group::list_for_user(pool, input),
        "AdminAddUserToGroup" => group::add(pool, input),
        "AdminRemoveUserFromGroup" => group::remove(pool, input),
        "AdminInitiateAuth" | "AdminRespondToAuthChallenge" => {
            let client = pool.client(input.text("ClientId")?)?.clone();
            if operation == "AdminInitiateAuth" {
                sign_in::initiate(pool, &client, Door::Admin, input, now)
            } else {
                sign_in::respond(pool, &client, input, now)
            }
        }
        _ => return Ok(None),
    }
    .map(Some)
}

/// A pool's public documents: `/POOL/.well-known/jwks.json` and `openid-configuration`.
pub(crate) fn well_known(world: &World, pool: &str, document: &str) -> Option<Reply> {
    let state = world.cognito.lock();
    let held = state.pools.get(pool)?;
    let body = match document {
        "jwks.json" => held.key.jwks(),
        "openid-configuration" => json!({
            "issuer": held.issuer(),
            "jwks_uri": format!("{}{pool}/.well-known/jwks.json", world.url),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
        }),
        _ => return None,
    };
    Some(Reply::rest(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;
    use rstest::rstest;
    use url::Url;

    use super::*;
    use crate::sandbox::{Options, world};

    const OPERATIONS: [&str; 49] = [
        "AdminAddUserToGroup",
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminDeleteUser",
        "AdminDeleteUserAttributes",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminForgetDevice",
        "AdminGetDevice",
        "AdminGetUser",
        "AdminInitiateAuth",
        "AdminListDevices",
        "AdminListGroupsForUser",
        "AdminRemoveUserFromGroup",
        "AdminResetUserPassword",
        "AdminRespondToAuthChallenge",
        "AdminSetUserMFAPreference",
        "AdminSetUserPassword",
        "AdminUpdateUserAttributes",
        "AdminUserGlobalSignOut",
        "AssociateSoftwareToken",
        "ChangePassword",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "CreateGroup",
        "CreateUserPoolClient",
        "DeleteGroup",
        "DeleteUserPoolClient",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "ForgotPassword",
        "GetGroup",
        "GetUser",
        "GetUserPoolMfaConfig",
        "GlobalSignOut",
        "InitiateAuth",
        "ListGroups",
        "ListUserPoolClients",
        "ListUserPools",
        "ListUsers",
        "ListUsersInGroup",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SetUserMFAPreference",
        "SetUserPoolMfaConfig",
        "SignUp",
        "UpdateGroup",
        "UpdateUserPoolClient",
        "VerifySoftwareToken",
    ];

    fn ask(world: &World, operation: &str, body: &str) -> (StatusCode, Value) {
        let reply = handle(
            world,
            &Call {
                parts: Request::new(()).into_parts().0,
                body: Bytes::copy_from_slice(body.as_bytes()),
                operation: operation.to_owned(),
                caller: None,
            },
        );
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    fn world() -> World {
        let url = Url::parse("http://127.0.0.1:1").unwrap();
        World::new(url, &Options::default())
    }

    #[rstest]
    #[case("")]
    #[case("[]")]
    #[case("null")]
    #[case("{")]
    #[case(r#"{"UserPoolId": 5, "ClientId": {}, "AccessToken": []}"#)]
    #[case(r#"{"UserPoolId": "", "ClientId": "é", "AccessToken": "a.b.c"}"#)]
    fn nonsense_is_refused_by_every_operation(#[case] body: &str) {
        let world = world();
        for operation in OPERATIONS {
            let (status, answer) = ask(&world, operation, body);
            let kind = answer["__type"].as_str().unwrap_or_default();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{operation}");
            assert!(
                [
                    "InvalidParameterException",
                    "NotAuthorizedException",
                    "ResourceNotFoundException",
                    "SerializationException"
                ]
                .contains(&kind),
                "{operation}: {answer}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_, answer) = ask(
            &world(),
            "AdminGetUser",
            &json!({"UserPoolId": world::POOL_ID}).to_string(),
        );
        assert_eq!(
            answer["message"],
            "1 validation error detected: Value null at 'username' failed to satisfy \
             constraint: Member must not be null"
        );
    }

    #[test]
    fn odd_values_in_a_known_pool_never_break_it() {
        let world = world();
        // Without its client, what comes later would not be tried.
        for operation in OPERATIONS
            .into_iter()
            .filter(|operation| *operation != "DeleteUserPoolClient")
        {
            for odd in [
                json!(null),
                json!(7),
                json!("é\u{0}\""),
                json!([{}]),
                json!({"a": 1}),
            ] {
                let mut body = json!({"UserPoolId": world::POOL_ID, "ClientId": world::CLIENT_ID});
                for name in [
                    "Username",
                    "GroupName",
                    "Password",
                    "UserAttributes",
                    "AuthParameters",
                    "ChallengeResponses",
                    "AuthFlow",
                    "ChallengeName",
                    "Session",
                    "Filter",
                    "PaginationToken",
                    "NextToken",
                    "Limit",
                    "MaxResults",
                    "Precedence",
                    "TokenValidityUnits",
                    "ExplicitAuthFlows",
                    "IdTokenValidity",
                    "RefreshTokenValidity",
                    "AuthSessionValidity",
                ] {
                    body[name] = odd.clone();
                }
                let (status, answer) = ask(&world, operation, &body.to_string());
                assert!(!status.is_server_error(), "{operation}: {answer}");
            }
        }
    }

    #[test]
    fn an_operation_that_is_not_there_says_so() {
        let (status, answer) = ask(
            &world(),
            "StartUserImportJob",
            &json!({"UserPoolId": world::POOL_ID}).to_string(),
        );
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["__type"], "UnknownOperationException");
    }
}
