//! Lambda: the authorizer's function, its package, its versions.
//!
//! Every call takes the function's ARN as its name. Of the environment only the variables'
//! names are kept: their values may be secrets.

mod download;

use std::{collections::BTreeSet, fmt, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_lambda::{
    error::ProvideErrorMetadata, primitives::Blob, types::FunctionConfiguration as Described,
};
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use jiff::Timestamp;

use self::download::download;
use super::{Page, WriteAccess, all_pages, failure::Attempted};
use crate::domain::{ErrorClass, Failure};

/// The largest package that is taken or given, in bytes: what Lambda takes without a bucket.
pub const LARGEST_PACKAGE: usize = 50 * 1024 * 1024;
/// How long one attempt to hand a package over may take.
const UPLOAD: Duration = Duration::from_mins(3);
/// How long the whole of it may take, attempts together.
const UPLOADS: Duration = Duration::from_mins(6);
/// The largest page of versions that the service gives.
const PAGE: i32 = 50;

/// How a change of a function stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUpdate {
    /// It is in effect.
    Successful,
    /// It is under way; what was there before decides meanwhile.
    InProgress,
    /// It failed; what was there before goes on deciding.
    Failed,
}

/// What Lambda says of a function, or of one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name.
    pub name: String,
    /// The ARN, with the version where it is one.
    pub arn: String,
    /// `$LATEST`, or the version's number.
    pub version: String,
    /// The handler, such as `index.handler`; none for images.
    pub handler: Option<String>,
    /// The runtime, such as `python3.9`; none for images.
    pub runtime: Option<String>,
    /// `Zip` or `Image`.
    pub package_type: String,
    /// The package's SHA-256 in base64.
    pub code_sha256: String,
    /// The package's size in bytes.
    pub code_size: u64,
    /// Changes with every change; handed back, it makes sure that nobody else was faster.
    pub revision: Option<String>,
    /// How the last change stands.
    pub last_update: LastUpdate,
    /// Why it stands so, where the service says.
    pub last_update_reason: Option<String>,
    /// When it was changed last.
    pub modified_at: Option<Timestamp>,
    /// The names of the environment's variables; none where the caller is not told them.
    pub environment: Option<BTreeSet<String>>,
    /// The layers' ARNs.
    pub layers: Vec<String>,
}

/// A function that a URI or an ARN names, with the version or alias that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionArn {
    /// The ARN without version or alias.
    pub arn: String,
    /// The version or alias; none for `$LATEST`.
    pub qualifier: Option<String>,
}

impl FunctionArn {
    /// From an ARN.
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let (qualifier, whole) = match parts.as_slice() {
            ["arn", _, "lambda", _, _, "function", name] if !name.is_empty() => (None, 7),
            ["arn", _, "lambda", _, _, "function", _, qualifier] => (Some(*qualifier), 7),
            _ => return None,
        };
        Some(Self {
            arn: parts.get(..whole)?.join(":"),
            qualifier: qualifier
                .filter(|name| !matches!(*name, "" | "$LATEST"))
                .map(ToOwned::to_owned),
        })
    }

    /// From the URI by which API Gateway calls it: `…/functions/ARN/invocations`.
    pub fn of_uri(uri: &str) -> Option<Self> {
        let (_, rest) = uri.split_once("/functions/")?;
        Self::parse(rest.strip_suffix("/invocations").unwrap_or(rest))
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or(&self.arn)
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

/// The Lambda adapter.
#[derive(Clone, Debug)]
pub struct Lambda {
    client: aws_sdk_lambda::Client,
    http: reqwest::Client,
}

impl Lambda {
    pub(super) fn new(config: &SdkConfig, http: reqwest::Client) -> Self {
        Self {
            client: aws_sdk_lambda::Client::new(config),
            http,
        }
    }

    /// What a function is set to, and how its last change stands.
    pub async fn configuration(&self, function: &str) -> Result<Function, Failure> {
        let attempted = Attempted::new(
            "lambda:GetFunctionConfiguration",
            format!("reading the function {}", short(function)),
        );
        let answer = self
            .client
            .get_function_configuration()
            .function_name(function)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        described(
            Described::builder()
                .set_function_name(answer.function_name)
                .set_function_arn(answer.function_arn)
                .set_version(answer.version)
                .set_handler(answer.handler)
                .set_runtime(answer.runtime)
                .set_package_type(answer.package_type)
                .set_code_sha256(answer.code_sha256)
                .code_size(answer.code_size)
                .set_revision_id(answer.revision_id)
                .set_last_update_status(answer.last_update_status)
                .set_last_update_status_reason(answer.last_update_status_reason)
                .set_last_modified(answer.last_modified)
                .set_environment(answer.environment)
                .set_layers(answer.layers)
                .build(),
        )
        .ok_or_else(|| attempted.incomplete("ARN, version or hash"))
    }

    /// The package of a function, or of one of its versions, as it was handed over.
    ///
    /// # Errors
    /// `Invalid` for an image, and for a package above [`LARGEST_PACKAGE`].
    pub async fn package(&self, function: &str, version: Option<&str>) -> Result<Bytes, Failure> {
        let name = version.map_or_else(
            || short(function).to_owned(),
            |version| format!("{}, version {version}", short(function)),
        );
        let attempted = Attempted::new(
            "lambda:GetFunction",
            format!("downloading the package of the function {name}"),
        );
        let answer = self
            .client
            .get_function()
            .function_name(function)
            .set_qualifier(version.map(ToOwned::to_owned))
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let code = answer.code.ok_or_else(|| attempted.incomplete("code"))?;
        if code.image_uri.is_some() {
            return Err(Failure::invalid(
                &attempted.doing,
                "it is a container image and no package",
            )
            .advise("deploy the authorizer as a zip package"));
        }
        let location = code
            .location
            .ok_or_else(|| attempted.incomplete("location"))?;
        download(&self.http, &attempted.doing, &location).await
    }

    /// Every version of a function, `$LATEST` first, then as the service lists them.
    pub async fn versions(&self, function: &str) -> Result<Vec<Function>, Failure> {
        let attempted = Attempted::new(
            "lambda:ListVersionsByFunction",
            format!("listing the versions of the function {}", short(function)),
        );
        all_pages(|token| async {
            let answer = self
                .client
                .list_versions_by_function()
                .function_name(function)
                .max_items(PAGE)
                .set_marker(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            let more = answer.next_marker.filter(|marker| !marker.is_empty());
            Ok(Page::of(answer.versions, more, described))
        })
        .await
    }

    /// Has Lambda keep the package in effect as a version, and gives its number; the one that
    /// there is already, where nothing has changed since.
    ///
    /// # Errors
    /// `Conflict` where the package is not `sha256` any more.
    pub async fn publish_version(
        &self,
        _: &WriteAccess,
        function: &str,
        sha256: &str,
    ) -> Result<String, Failure> {
        let attempted = Attempted::new(
            "lambda:PublishVersion",
            format!("keeping a version of the function {}", short(function)),
        );
        let answer = self
            .client
            .publish_version()
            .function_name(function)
            .code_sha256(sha256)
            .send()
            .await
            .map_err(|error| {
                let mut failure = busy(&error, attempted.failed(&error));
                if failure
                    .message
                    .contains("different from current CodeSHA256")
                {
                    failure.class = ErrorClass::Conflict;
                }
                failure
            })?;
        answer
            .version
            .ok_or_else(|| attempted.incomplete("version"))
    }

    /// Hands a package over. It is in effect when the last change is said to be successful.
    ///
    /// # Errors
    /// `Conflict` where the function's revision is not `revision` any more: somebody else has
    /// changed it. `Unavailable` while another change is under way.
    pub async fn update_code(
        &self,
        _: &WriteAccess,
        function: &str,
        package: &[u8],
        revision: Option<&str>,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "lambda:UpdateFunctionCode",
            format!("updating the function {}", short(function)),
        );
        let patient = aws_sdk_lambda::Config::builder().timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(UPLOAD)
                .operation_timeout(UPLOADS)
                .build(),
        );
        self.client
            .update_function_code()
            .function_name(function)
            .zip_file(Blob::new(package))
            .set_revision_id(revision.map(ToOwned::to_owned))
            .customize()
            .config_override(patient)
            .send()
            .await
            .map(drop)
            .map_err(|error| busy(&error, attempted.failed(&error)))
    }
}

/// A conflict with a change that is under way passes by itself.
fn busy(error: &impl ProvideErrorMetadata, mut failure: Failure) -> Failure {
    if error.code() == Some("ResourceConflictException") {
        failure.class = ErrorClass::Unavailable;
    }
    failure
}

/// The name in an ARN.
fn short(function: &str) -> &str {
    function.rsplit(':').next().unwrap_or(function)
}

fn described(found: Described) -> Option<Function> {
    let environment = match found.environment {
        Some(told) if told.error.is_some() => None,
        told => Some(told.and_then(|told| told.variables).unwrap_or_default()),
    };
    Some(Function {
        name: found.function_name?,
        arn: found.function_arn?,
        version: found.version?,
        handler: found.handler,
        runtime: found.runtime.map(|runtime| runtime.as_str().to_owned()),
        package_type: found
            .package_type
            .map_or_else(|| "Zip".to_owned(), |kind| kind.as_str().to_owned()),
        code_sha256: found.code_sha256?,
        code_size: u64::try_from(found.code_size).unwrap_or_default(),
        revision: found.revision_id,
        // Versions, and functions that were never changed, say nothing.
        last_update: match found
            .last_update_status
            .as_ref()
            .map(aws_sdk_lambda::types::LastUpdateStatus::as_str)
        {
            Some("InProgress") => LastUpdate::InProgress,
            Some("Failed") => LastUpdate::Failed,
            _ => LastUpdate::Successful,
        },
        last_update_reason: found.last_update_status_reason,
        modified_at: found.last_modified.as_deref().and_then(modified),
        environment: environment.map(|told| told.into_keys().collect()),
        layers: found
            .layers
            .unwrap_or_default()
            .into_iter()
            .filter_map(|layer| layer.arn)
            .collect(),
    })
}

/// Lambda's times: `2026-11-27T18:15:23.000+0000`.
fn modified(text: &str) -> Option<Timestamp> {
    jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
        .ok()?
        .to_timestamp()
        .ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-west-2:123456789012:function:authorizer";
    const URI: &str = "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/";

    #[rstest]
    #[case(format!("{URI}{ARN}/invocations"), Some((ARN, None)))]
    #[case(format!("{URI}{ARN}:live/invocations"), Some((ARN, Some("live"))))]
    #[case(format!("{URI}{ARN}:$LATEST/invocations"), Some((ARN, None)))]
    #[case("arn:aws:apigateway:us-west-2:lambda:path/other".to_owned(), None)]
    #[case(format!("{URI}arn:aws:s3:::bucket/invocations"), None)]
    fn the_gateways_uri_names_the_function(
        #[case] uri: String,
        #[case] wanted: Option<(&str, Option<&str>)>,
    ) {
        let found = FunctionArn::of_uri(&uri);
        let found = found
            .as_ref()
            .map(|found| (found.arn.as_str(), found.qualifier.as_deref()));
        assert_eq!(found, wanted);
    }

    #[test]
    fn lambdas_times_are_read() {
        let read = modified("2026-11-27T18:15:23.000+0000").unwrap();
        assert_eq!(read.to_string(), "2026-11-27T18:15:23Z");
    }
}
