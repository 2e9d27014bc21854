//! Flag before environment before file, for every item of a deployment, and where each came
//! from.

use super::ContextSettings;
use crate::{
    aws::{Target, discovery::Known},
    domain::{Found, Origin},
};

/// What flags and environment say; the file's context is beside it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Values of flags, by field name.
    pub flags: Vec<(&'static str, Option<String>)>,
    /// The environment, as the program was started with it.
    pub environment: Vec<(String, String)>,
}

/// A field's flag and its environment variables, the first that is set wins.
const NAMES: [(&str, &str, &[&str]); 11] = [
    ("profile", "--profile", &["AWS_PROFILE"]),
    ("region", "--region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
    ("endpoint_url", "--endpoint-url", &[]),
    ("account", "--account", &["AWS_ACCOUNT"]),
    ("user_pool_id", "--user-pool-id", &["MLWARDEN_USER_POOL_ID"]),
    ("client_id", "--client-id", &["MLWARDEN_CLIENT_ID"]),
    ("rest_api_id", "--rest-api-id", &["MLWARDEN_REST_API_ID"]),
    ("api_url", "--api-url", &["MLWARDEN_API_URL"]),
    ("stage", "--stage", &["MLWARDEN_STAGE"]),
    ("domain_id", "--domain-id", &["DOMAIN_ID"]),
    (
        "mlflow_version",
        "--mlflow-version",
        &["MLWARDEN_MLFLOW_VERSION"],
    ),
];

impl Given {
    /// The value of a field with its origin: flag, else environment, else the context's.
    pub fn find(
        &self,
        field: &str,
        context: &str,
        in_file: Option<&String>,
    ) -> Option<Found<String>> {
        let (_, flag, variables) = NAMES.iter().find(|(name, ..)| *name == field)?;
        let by_flag = self
            .flags
            .iter()
            .find(|(name, _)| *name == field)
            .and_then(|(_, value)| value.clone())
            .map(|value| Found::new(value, Origin::Flag((*flag).to_owned())));
        by_flag
            .or_else(|| {
                variables.iter().find_map(|variable| {
                    let (_, value) = self
                        .environment
                        .iter()
                        .find(|(name, value)| name == variable && !value.is_empty())?;
                    Some(Found::new(
                        value.clone(),
                        Origin::Environment((*variable).to_owned()),
                    ))
                })
            })
            .or_else(|| {
                Some(Found::new(
                    in_file?.clone(),
                    Origin::Config(context.to_owned()),
                ))
            })
    }
}

/// What is known before anything is asked: where to connect to, and the items to take as given.
pub fn known(given: &Given, context: &str, file: &ContextSettings) -> (Target, Known) {
    let find = |field: &str, in_file: &Option<String>| given.find(field, context, in_file.as_ref());
    let text =
        |field: &str, in_file: &Option<String>| find(field, in_file).map(|found| found.value);
    let target = Target {
        // The SDK reads AWS_PROFILE by itself, and by its own rule: keys in the environment
        // go before it, while a profile that is asked for goes before them.
        profile: find("profile", &file.profile)
            .filter(|found| !matches!(found.origin, Origin::Environment(_)))
            .map(|found| found.value),
        region: text("region", &file.region),
        endpoint_url: text("endpoint_url", &file.endpoint_url),
        ..Target::default()
    };
    let known = Known {
        account: find("account", &file.account),
        region: find("region", &file.region),
        user_pool_id: find("user_pool_id", &file.user_pool_id),
        client_id: find("client_id", &file.client_id),
        rest_api_id: find("rest_api_id", &file.rest_api_id),
        api_url: find("api_url", &file.api_url),
        stage: find("stage", &file.stage),
        authorizer_id: file
            .authorizer_id
            .clone()
            .map(|id| Found::new(id, Origin::Config(context.to_owned()))),
        authorizer_function: file
            .authorizer_function
            .clone()
            .map(|arn| Found::new(arn, Origin::Config(context.to_owned()))),
        domain_id: find("domain_id", &file.domain_id),
        execution_roles: file
            .execution_roles
            .clone()
            .map(|roles| Found::new(roles, Origin::Config(context.to_owned()))),
        mlflow_version: find("mlflow_version", &file.mlflow_version),
        ui_url: None,
    };
    (target, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let file = ContextSettings {
            domain_id: Some("from-file".into()),
            ..ContextSettings::default()
        };
        let mut given = Given::default();
        let domain = |given: &Given| known(given, "prod", &file).1.domain_id.unwrap();
        assert_eq!(
            domain(&given),
            Found::new("from-file".into(), Origin::Config("prod".into()))
        );
        given
            .environment
            .push(("DOMAIN_ID".into(), "from-env".into()));
        assert_eq!(
            domain(&given),
            Found::new("from-env".into(), Origin::Environment("DOMAIN_ID".into()))
        );
        given.flags.push(("domain_id", Some("from-flag".into())));
        assert_eq!(
            domain(&given),
            Found::new("from-flag".into(), Origin::Flag("--domain-id".into()))
        );
    }
}
