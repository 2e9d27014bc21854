//! The calls that sign-in is made of. Which ones, and in which order, is `identity`'s.
//!
//! These are not writes in the sense of [`crate::aws::WriteAccess`]: they change no user
//! and no group. (Answering `NEW_PASSWORD_REQUIRED` does change a password; it happens only
//! when the person at the keyboard gives one.)

use std::{collections::HashMap, fmt};

use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secrecy::SecretString;

use super::Cognito;
use crate::{
    aws::failure::Attempted,
    domain::{ErrorClass, Failure},
};

/// A way to start signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthFlow {
    /// The password in clear, by a caller with AWS credentials (`AdminInitiateAuth`).
    AdminUserPassword,
    /// The password is never sent (`InitiateAuth`).
    UserSrp,
    /// The password in clear (`InitiateAuth`).
    UserPassword,
    /// A refresh token (`InitiateAuth`).
    RefreshToken,
}

impl AuthFlow {
    /// The flow's name on the wire, which is `ALLOW_` shorter than in a client's settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
            Self::UserSrp => "USER_SRP_AUTH",
            Self::UserPassword => "USER_PASSWORD_AUTH",
            Self::RefreshToken => "REFRESH_TOKEN_AUTH",
        }
    }

    /// Whether it goes through the calls for administrators, which are signed.
    pub fn is_admin(self) -> bool {
        self == Self::AdminUserPassword
    }
}

/// Tokens, as issued.
#[derive(Clone)]
pub struct IssuedTokens {
    /// The ID token.
    pub id: Option<SecretString>,
    /// The access token.
    pub access: Option<SecretString>,
    /// The refresh token; a refresh gives none unless the client rotates them.
    pub refresh: Option<SecretString>,
    /// For how many seconds the ID and access tokens are good.
    pub expires_in: i64,
}

impl fmt::Debug for IssuedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedTokens")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// What Cognito answers while somebody signs in.
pub enum AuthStep {
    /// It asks for something more.
    Challenge {
        /// `PASSWORD_VERIFIER`, `NEW_PASSWORD_REQUIRED`, `SOFTWARE_TOKEN_MFA`, ….
        name: String,
        /// To be handed back; absent in a real SRP challenge.
        session: Option<String>,
        /// What goes with it.
        parameters: HashMap<String, String>,
    },
    /// Signed in.
    Done(IssuedTokens),
}

impl fmt::Debug for AuthStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The session is as good as a half-finished sign-in, so it is not shown.
            Self::Challenge { name, .. } => write!(f, "Challenge({name})"),
            Self::Done(tokens) => tokens.fmt(f),
        }
    }
}

impl Cognito {
    /// Starts signing in without AWS credentials.
    pub async fn initiate_auth(
        &self,
        client: &str,
        flow: AuthFlow,
        parameters: HashMap<String, String>,
    ) -> Result<AuthStep, Failure> {
        let attempted = Attempted::new("cognito-idp:InitiateAuth", "signing in");
        let answer = self
            .pace
            .user_authentication
            .send(|| {
                self.client
                    .initiate_auth()
                    .client_id(client)
                    .auth_flow(AuthFlowType::from(flow.as_str()))
                    .set_auth_parameters(Some(parameters.clone()))
                    .send()
            })
            .await
            .map_err(|error| refused(&attempted, &error))?;
        step(
            answer.challenge_name,
            answer.session,
            answer.challenge_parameters,
            answer.authentication_result,
            &attempted,
        )
    }

    /// Starts signing in as an administrator does for somebody.
    pub async fn admin_initiate_auth(
        &self,
        pool: &str,
        client: &str,
        flow: AuthFlow,
        parameters: HashMap<String, String>,
    ) -> Result<AuthStep, Failure> {
        let attempted = Attempted::new("cognito-idp:AdminInitiateAuth", "signing in");
        let answer = self
            .pace
            .user_authentication
            .send(|| {
                self.client
                    .admin_initiate_auth()
                    .user_pool_id(pool)
                    .client_id(client)
                    .auth_flow(AuthFlowType::from(flow.as_str()))
                    .set_auth_parameters(Some(parameters.clone()))
                    .send()
            })
            .await
            .map_err(|error| refused(&attempted, &error))?;
        step(
            answer.challenge_name,
            answer.session,
            answer.challenge_parameters,
            answer.authentication_result,
            &attempted,
        )
    }

    /// Answers a challenge of [`Self::initiate_auth`].
    pub async fn respond(
        &self,
        client: &str,
        challenge: &str,
        session: Option<String>,
        responses: HashMap<String, String>,
    ) -> Result<AuthStep, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:RespondToAuthChallenge",
            format!("signing in (answering {challenge})"),
        );
        let answer = self
            .pace
            .user_authentication
            .send(|| {
                self.client
                    .respond_to_auth_challenge()
                    .client_id(client)
                    .challenge_name(ChallengeNameType::from(challenge))
                    .set_session(session.clone())
                    .set_challenge_responses(Some(responses.clone()))
                    .send()
            })
            .await
            .map_err(|error| refused(&attempted, &error))?;
        step(
            answer.challenge_name,
            answer.session,
            answer.challenge_parameters,
            answer.authentication_result,
            &attempted,
        )
    }

    /// Answers a challenge of [`Self::admin_initiate_auth`].
    pub async fn admin_respond(
        &self,
        pool: &str,
        client: &str,
        challenge: &str,
        session: Option<String>,
        responses: HashMap<String, String>,
    ) -> Result<AuthStep, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminRespondToAuthChallenge",
            format!("signing in (answering {challenge})"),
        );
        let answer = self
            .pace
            .user_authentication
            .send(|| {
                self.client
                    .admin_respond_to_auth_challenge()
                    .user_pool_id(pool)
                    .client_id(client)
                    .challenge_name(ChallengeNameType::from(challenge))
                    .set_session(session.clone())
                    .set_challenge_responses(Some(responses.clone()))
                    .send()
            })
            .await
            .map_err(|error| refused(&attempted, &error))?;
        step(
            answer.challenge_name,
            answer.session,
            answer.challenge_parameters,
            answer.authentication_result,
            &attempted,
        )
    }
}

fn step(
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<HashMap<String, String>>,
    result: Option<AuthenticationResultType>,
    attempted: &Attempted,
) -> Result<AuthStep, Failure> {
    match (result, challenge) {
        (Some(result), _) => Ok(AuthStep::Done(IssuedTokens {
            id: result.id_token.map(SecretString::from),
            access: result.access_token.map(SecretString::from),
            refresh: result.refresh_token.map(SecretString::from),
            expires_in: i64::from(result.expires_in),
        })),
        (None, Some(name)) => Ok(AuthStep::Challenge {
            name: name.as_str().to_owned(),
            session,
            parameters: parameters.unwrap_or_default(),
        }),
        (None, None) => Err(attempted.incomplete("tokens and no challenge")),
    }
}

/// A sign-in that was refused. Cognito says most of it with `NotAuthorizedException`, so
/// the message has to be read; its wording is the service's own and long unchanged.
fn refused<E>(attempted: &Attempted, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let said = error.message().unwrap_or_default().to_owned();
    let mut failure = attempted.failed(error);
    let has = |sign: &str| said.contains(sign);
    let (class, advice) = match code.as_str() {
        "NotAuthorizedException" if matches!(failure.class, ErrorClass::Denied { .. }) => {
            return failure;
        }
        "NotAuthorizedException" if has("disabled") => (
            ErrorClass::Denied { action: None },
            "enable the user: `mlwarden users enable`",
        ),
        "NotAuthorizedException" if has("must be reset by an administrator") => (
            ErrorClass::Expired,
            "the temporary password ran out: send a new one with `mlwarden users resend-invite` \
             (forgot-password does not work for such a user)",
        ),
        "NotAuthorizedException" if has("attempts exceeded") => (
            ErrorClass::Throttled,
            "Cognito locks the user for a while after wrong passwords: wait, then try again",
        ),
        "NotAuthorizedException" if has("Refresh Token") => (ErrorClass::Expired, "sign in again"),
        "NotAuthorizedException" if has("nvalid session") => (
            ErrorClass::Expired,
            "the challenge was answered too late: sign in again",
        ),
        "NotAuthorizedException" | "InvalidParameterException"
            if has("ecret hash") || has("SECRET_HASH") || has("SecretHash") =>
        {
            (
                ErrorClass::Invalid,
                "the app client has a secret: the caller needs cognito-idp:DescribeUserPoolClient",
            )
        }
        "NotAuthorizedException" | "UserNotFoundException" => (
            ErrorClass::Invalid,
            "check the user name and the password; `mlwarden users show` tells the status",
        ),
        "UserNotConfirmedException" => (
            ErrorClass::Denied { action: None },
            "the user signed up and never confirmed the address: confirm the user, or set a \
             permanent password with `mlwarden users set-password`",
        ),
        "PasswordResetRequiredException" => (
            ErrorClass::Expired,
            "the password must be reset: the user follows the code sent by mail, or set one \
             with `mlwarden users set-password`",
        ),
        "InvalidParameterException" | "InvalidUserPoolConfigurationException"
            if has("flow not enabled") =>
        {
            (
                ErrorClass::Invalid,
                "allow the flow on the app client, or use a client that allows \
                 ALLOW_USER_SRP_AUTH",
            )
        }
        "ResourceNotFoundException" => (
            ErrorClass::NotFound,
            "check the user pool, the app client and the region: `mlwarden discover`",
        ),
        "CodeMismatchException" | "ExpiredCodeException" => (
            ErrorClass::Invalid,
            "wait for the authenticator's next code; check this machine's and the phone's clock",
        ),
        "InvalidPasswordException" => (
            ErrorClass::Invalid,
            "choose a password that suits the pool's policy",
        ),
        "TooManyFailedAttemptsException" => (ErrorClass::Throttled, "wait, then try again"),
        _ => return failure,
    };
    failure.class = class;
    failure.advise(advice)
}
