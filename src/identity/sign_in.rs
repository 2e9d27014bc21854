//! Signing in by the flows that the app client allows.
//!
//! In the order of preference: the administrator's password flow, SRP (the sample's only
//! one), the plain password flow. Whatever Cognito asks for next is answered in a loop;
//! a challenge that is not known here ends it with its name.
//!
//! The `aws-cognito-srp` crate logs the user name through `log` at level info under the
//! target [`SRP_LOG_TARGET`]; whoever sets up logging turns that target off. Its function
//! for the secret hash would log the hash, so the hash is made here.

use std::collections::HashMap;

use aws_cognito_srp::{SrpClient, User as SrpUser};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::{
    aws::{
        Cognito,
        cognito::{AppClient, AuthFlow, AuthStep, IssuedTokens},
    },
    domain::{ErrorClass, Failure},
    identity::{IdToken, Tokens},
};

/// The log target under which the SRP crate names users, to be turned off in a filter
/// (`aws_cognito_srp=off`).
pub const SRP_LOG_TARGET: &str = "aws_cognito_srp";

/// Challenges one sign-in may bring, at most: a verifier, a new password and a code, and
/// room for one choice; more is a service that goes round in circles.
const MOST_CHALLENGES: usize = 6;

/// What only the person can give while signing in. None where nobody is there to ask.
pub trait Challenges: Send {
    /// The new password that a first sign-in wants.
    fn new_password(&mut self) -> Option<SecretString>;
    /// The code that the authenticator app shows now.
    fn totp(&mut self) -> Option<SecretString>;
}

/// Nobody is there to ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoChallenges;

impl Challenges for NoChallenges {
    fn new_password(&mut self) -> Option<SecretString> {
        None
    }

    fn totp(&mut self) -> Option<SecretString> {
        None
    }
}

/// Signing in through one app client.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// The service.
    pub cognito: &'a Cognito,
    /// The pool's id.
    pub pool: &'a str,
    /// The app client.
    pub client: &'a AppClient,
}

/// Where a sign-in stands between two challenges.
struct Progress {
    flow: AuthFlow,
    /// The user name to answer with: Cognito's own, once it has told it.
    username: String,
    srp: Option<SrpClient<SrpUser>>,
}

impl SignIn<'_> {
    /// Signs a user in by password.
    ///
    /// # Errors
    /// `Invalid` for a wrong password or code and for a flow that the client does not
    /// allow, `Expired` for a temporary password that ran out or one that must be reset,
    /// `Denied` for a user who is disabled or not confirmed, `NotFound` for an unknown
    /// pool or client, `Throttled`, `Network`, …; each says what helps.
    pub async fn password(
        &self,
        username: &str,
        password: &SecretString,
        challenges: &mut dyn Challenges,
    ) -> Result<Tokens, Failure> {
        let flows = self.flows();
        let Some((first, others)) = flows.split_first() else {
            return Err(Failure::invalid(
                format!("signing in {username}"),
                format!(
                    "the app client {} allows none of the flows that take a password: it has {}",
                    self.client.id,
                    self.client.flows.join(", ")
                ),
            )
            .advise("allow ALLOW_USER_SRP_AUTH on the app client, or give a token"));
        };
        let outcome = self.by(*first, username, password, challenges).await;
        match (outcome, others.first()) {
            // The administrator's flow needs an IAM right; the next one does not.
            (
                Err(Failure {
                    class: ErrorClass::Denied { action: Some(_) },
                    ..
                }),
                Some(next),
            ) if first.is_admin() => self.by(*next, username, password, challenges).await,
            (outcome, _) => outcome,
        }
        .map_err(|mut failure| {
            failure.doing = format!("{} as {username}", failure.doing);
            failure
        })
    }

    /// New tokens from a refresh token. `username` is Cognito's own (`cognito:username`).
    ///
    /// # Errors
    /// `Expired` where the refresh token ran out or was revoked.
    pub async fn refresh(&self, username: &str, refresh: &SecretString) -> Result<Tokens, Failure> {
        let mut parameters = HashMap::from([(
            "REFRESH_TOKEN".to_owned(),
            refresh.expose_secret().to_owned(),
        )]);
        self.add_secret_hash(&mut parameters, username);
        let step = self
            .cognito
            .initiate_auth(&self.client.id, AuthFlow::RefreshToken, parameters)
            .await?;
        match step {
            AuthStep::Done(mut issued) => {
                issued.refresh.get_or_insert_with(|| refresh.clone());
                tokens(issued)
            }
            AuthStep::Challenge { name, .. } => Err(unknown(&name)),
        }
    }

    /// The flows to try, best first.
    fn flows(&self) -> Vec<AuthFlow> {
        // A client that names no flow at all has Cognito's default, which is SRP.
        if self.client.flows.is_empty() {
            return vec![AuthFlow::UserSrp];
        }
        [
            AuthFlow::AdminUserPassword,
            AuthFlow::UserSrp,
            AuthFlow::UserPassword,
        ]
        .into_iter()
        .filter(|flow| self.client.allows(flow.as_str()))
        .collect()
    }

    async fn by(
        &self,
        flow: AuthFlow,
        username: &str,
        password: &SecretString,
        challenges: &mut dyn Challenges,
    ) -> Result<Tokens, Failure> {
        let mut parameters = HashMap::from([("USERNAME".to_owned(), username.to_owned())]);
        self.add_secret_hash(&mut parameters, username);
        let srp = (flow == AuthFlow::UserSrp).then(|| {
            let user = SrpUser::new(self.pool, username, password.expose_secret());
            SrpClient::new(user, &self.client.id, None)
        });
        if let Some(srp) = &srp {
            parameters.insert("SRP_A".to_owned(), srp.get_auth_parameters().a);
        } else {
            parameters.insert("PASSWORD".to_owned(), password.expose_secret().to_owned());
        }
        let mut step = if flow.is_admin() {
            self.cognito
                .admin_initiate_auth(self.pool, &self.client.id, flow, parameters)
                .await?
        } else {
            self.cognito
                .initiate_auth(&self.client.id, flow, parameters)
                .await?
        };
        let mut progress = Progress {
            flow,
            username: username.to_owned(),
            srp,
        };
        for _ in 0..MOST_CHALLENGES {
            match step {
                AuthStep::Done(issued) => return tokens(issued),
                AuthStep::Challenge {
                    name,
                    session,
                    parameters,
                } => {
                    if let Some(own) = parameters.get("USER_ID_FOR_SRP") {
                        progress.username.clone_from(own);
                    }
                    let answer = answer(&name, &parameters, &progress, challenges)?;
                    step = self.respond(&progress, &name, session, answer).await?;
                }
            }
        }
        Err(Failure::new(
            ErrorClass::Unavailable,
            "signing in",
            "Cognito asks for one challenge after another",
        ))
    }

    async fn respond(
        &self,
        progress: &Progress,
        challenge: &str,
        session: Option<String>,
        mut answer: HashMap<String, String>,
    ) -> Result<AuthStep, Failure> {
        answer.insert("USERNAME".to_owned(), progress.username.clone());
        self.add_secret_hash(&mut answer, &progress.username);
        let client = &self.client.id;
        if progress.flow.is_admin() {
            self.cognito
                .admin_respond(self.pool, client, challenge, session, answer)
                .await
        } else {
            self.cognito
                .respond(client, challenge, session, answer)
                .await
        }
    }

    /// `SECRET_HASH`, where the client has a secret: over the very user name that is sent.
    fn add_secret_hash(&self, parameters: &mut HashMap<String, String>, username: &str) {
        let Some(secret) = &self.client.secret else {
            return;
        };
        // A key of any length is good for an HMAC, so this cannot fail.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
            mac.update(username.as_bytes());
            mac.update(self.client.id.as_bytes());
            let hash = STANDARD.encode(mac.finalize().into_bytes());
            parameters.insert("SECRET_HASH".to_owned(), hash);
        }
    }
}

/// What to answer a challenge with, beside the user name.
fn answer(
    name: &str,
    parameters: &HashMap<String, String>,
    progress: &Progress,
    challenges: &mut dyn Challenges,
) -> Result<HashMap<String, String>, Failure> {
    match (name, &progress.srp) {
        ("PASSWORD_VERIFIER", Some(srp)) => verifier(srp, parameters),
        ("NEW_PASSWORD_REQUIRED", _) => new_password(parameters, challenges),
        ("SOFTWARE_TOKEN_MFA", _) => {
            let code = challenges.totp().ok_or_else(|| {
                Failure::invalid("signing in", "the user's authenticator code is needed")
                    .advise("sign in where the code can be typed")
            })?;
            Ok(HashMap::from([(
                "SOFTWARE_TOKEN_MFA_CODE".to_owned(),
                code.expose_secret().trim().to_owned(),
            )]))
        }
        ("SELECT_MFA_TYPE", _)
            if parameters
                .get("MFAS_CAN_CHOOSE")
                .is_some_and(|kinds| kinds.contains("SOFTWARE_TOKEN_MFA")) =>
        {
            Ok(HashMap::from([(
                "ANSWER".to_owned(),
                "SOFTWARE_TOKEN_MFA".to_owned(),
            )]))
        }
        _ => Err(unknown(name)),
    }
}

/// The proof that the password is known.
fn verifier(
    srp: &SrpClient<SrpUser>,
    parameters: &HashMap<String, String>,
) -> Result<HashMap<String, String>, Failure> {
    let doing = "signing in (SRP)";
    let parameter = |name: &str| {
        parameters.get(name).map(String::as_str).ok_or_else(|| {
            Failure::new(
                ErrorClass::Unavailable,
                doing,
                format!("the challenge has no {name}"),
            )
        })
    };
    let proof = srp
        .verify(
            parameter("SECRET_BLOCK")?,
            parameter("USER_ID_FOR_SRP")?,
            parameter("SALT")?,
            parameter("SRP_B")?,
        )
        .map_err(|error| Failure::new(ErrorClass::Unavailable, doing, error.to_string()))?;
    Ok(HashMap::from([
        (
            "PASSWORD_CLAIM_SECRET_BLOCK".to_owned(),
            proof.password_claim_secret_block,
        ),
        (
            "PASSWORD_CLAIM_SIGNATURE".to_owned(),
            proof.password_claim_signature,
        ),
        ("TIMESTAMP".to_owned(), proof.timestamp),
    ]))
}

fn new_password(
    parameters: &HashMap<String, String>,
    challenges: &mut dyn Challenges,
) -> Result<HashMap<String, String>, Failure> {
    let doing = "signing in for the first time";
    let required: Vec<String> = parameters
        .get("requiredAttributes")
        .and_then(|list| serde_json::from_str(list).ok())
        .unwrap_or_default();
    if !required.is_empty() {
        return Err(Failure::invalid(
            doing,
            format!("the pool wants attributes first: {}", required.join(", ")),
        )
        .advise("set them on the user, or sign in once in the user interface"));
    }
    let password = challenges.new_password().ok_or_else(|| {
        Failure::invalid(
            doing,
            "the password is a temporary one: a new password must be chosen",
        )
        .advise("sign in where one can be typed, or set one with `mlwarden users set-password`")
    })?;
    Ok(HashMap::from([(
        "NEW_PASSWORD".to_owned(),
        password.expose_secret().to_owned(),
    )]))
}

fn unknown(challenge: &str) -> Failure {
    let advice = match challenge {
        "MFA_SETUP" => "the user must set up an authenticator in the user interface first",
        _ => "sign in elsewhere and give the ID token, or test the group instead",
    };
    Failure::invalid(
        "signing in",
        format!("Cognito asks for {challenge}, which the console cannot answer"),
    )
    .advise(advice)
}

fn tokens(issued: IssuedTokens) -> Result<Tokens, Failure> {
    let missing = |what: &str| {
        Failure::new(
            ErrorClass::Unavailable,
            "signing in",
            format!("Cognito issued no {what} token"),
        )
    };
    let id = IdToken::parse(issued.id.ok_or_else(|| missing("ID"))?)?;
    // Counted from now by this machine's clock, which is the one it is compared with.
    let expires_at = Timestamp::now()
        .saturating_add(SignedDuration::from_secs(issued.expires_in))
        .unwrap_or_else(|_| id.expires_at());
    Ok(Tokens {
        id,
        access: issued.access.ok_or_else(|| missing("access"))?,
        refresh: issued.refresh,
        expires_at,
    })
}
