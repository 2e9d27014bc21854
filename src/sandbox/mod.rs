//! The whole deployment in-process, over the real wire protocols: for the demo and the tests.
//!
//! One HTTP server on loopback speaks awsJson 1.1, awsQuery and restJson as the AWS
//! SDKs speak them, and serves the protected API itself. Clients need nothing but
//! [`Sandbox::environment`]. Nothing outside this folder, `cli/demo` and `cli/sandbox`
//! may know that it exists, and nothing here may be a shortcut around the wire.

pub mod apigateway;
pub(crate) mod call;
pub mod clock;
pub mod cognito;
pub mod faults;
pub mod gateway;
pub mod iam;
pub mod lambda;
pub mod mlflow;
pub mod sagemaker;
mod server;
pub(crate) mod signature;
pub mod ssm;
pub(crate) mod sts;
pub mod traffic;
pub(crate) mod wire;
pub mod world;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use url::Url;

use crate::domain::{ErrorClass, Failure};

pub use clock::Clock;
pub use faults::Faults;
pub use traffic::Traffic;
pub use world::World;

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Loopback addresses only.
    pub addr: SocketAddr,
    /// A real MLflow server to put behind the gateway; `None` serves the built-in one.
    pub mlflow: Option<Url>,
    /// How many more users than the sample's to make.
    pub users: usize,
    /// How many more Studio profiles than the sample's to make.
    pub profiles: usize,
    /// How many more Studio apps than the sample's to make, spread over these profiles.
    pub apps: usize,
    /// Whether to add the people and apps that make the findings visible.
    pub demo: bool,
    /// The disturbances to add.
    pub faults: Option<Faults>,
    /// The seed of everything generated.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            mlflow: None,
            users: 0,
            profiles: 0,
            apps: 0,
            demo: false,
            faults: None,
            seed: 1,
        }
    }
}

/// A running sandbox. It ends when it is stopped or dropped.
pub struct Sandbox {
    world: Arc<World>,
    server: server::Server,
}

impl Sandbox {
    /// Starts a sandbox on the current Tokio runtime.
    ///
    /// Fails as invalid where the address is no loopback address, and as network
    /// where it cannot be listened on.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let doing = format!("starting the sandbox on {}", options.addr);
        if !options.addr.ip().is_loopback() {
            return Err(
                Failure::invalid(doing, "the sandbox listens on loopback addresses only")
                    .advise("use an address such as 127.0.0.1:0"),
            );
        }
        let listener = tokio::net::TcpListener::bind(options.addr)
            .await
            .map_err(|error| Failure::new(ErrorClass::Network, &doing, error.to_string()))?;
        let addr = listener
            .local_addr()
            .map_err(|error| Failure::new(ErrorClass::Network, &doing, error.to_string()))?;
        let url = Url::parse(&format!("http://{addr}"))
            .map_err(|error| Failure::invalid(&doing, error.to_string()))?;
        let world = Arc::new(World::new(url, &options));
        let server = server::Server::start(listener, Arc::clone(&world));
        Ok(Self { world, server })
    }

    /// The endpoint of every service, without a path.
    pub fn url(&self) -> &Url {
        &self.world.url
    }

    /// The environment variables which point any AWS client at the sandbox, and the
    /// passwords of its people.
    pub fn environment(&self) -> BTreeMap<String, String> {
        [
            (
                "AWS_ENDPOINT_URL",
                self.world.url.as_str().trim_end_matches('/'),
            ),
            ("AWS_ACCESS_KEY_ID", world::ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", world::SECRET_ACCESS_KEY),
            ("AWS_REGION", world::REGION),
            ("AWS_DEFAULT_REGION", world::REGION),
            ("AWS_ACCOUNT", world::ACCOUNT),
            ("MLWARDEN_SANDBOX_PASSWORD", world::PASSWORD),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    /// What the sandbox holds; tests tamper here.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Stops listening and ends open connections.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_addresses_are_listened_on() {
        let options = Options {
            addr: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            ..Options::default()
        };
        let failure = Sandbox::start(options).await.err().unwrap();
        assert_eq!(failure.class, ErrorClass::Invalid);
        assert!(failure.next_step().contains("127.0.0.1"));
    }

    #[tokio::test]
    async fn a_taken_port_is_said_to_be_taken() {
        let first = Sandbox::start(Options::default()).await.unwrap();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, first.url().port().unwrap()));
        let options = Options {
            addr,
            ..Options::default()
        };
        let failure = Sandbox::start(options).await.err().unwrap();
        assert_eq!(failure.class, ErrorClass::Network);
        assert!(failure.doing.contains(&addr.to_string()));
    }

    #[tokio::test]
    async fn a_stopped_sandbox_answers_no_more() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let url = sandbox.url().clone();
        let client = reqwest::Client::new();
        // The connection is kept alive by the client and must not hold the end up.
        let answer = client.get(url.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        answer.bytes().await.unwrap();
        sandbox.stop().await;
        assert!(client.get(url).send().await.is_err());
    }

    #[tokio::test]
    async fn the_environment_holds_what_a_client_needs() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let environment = sandbox.environment();
        assert_eq!(
            environment["AWS_ENDPOINT_URL"],
            sandbox.url().as_str().trim_end_matches('/')
        );
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_REGION",
            "MLWARDEN_SANDBOX_PASSWORD",
        ] {
            assert!(!environment[name].is_empty(), "{name}");
        }
    }
}
