//! AWS stand-ins that others wrote: moto and ministack.

use std::{path::Path, process::Command};

use serde::Deserialize;

use super::{
    process::{Server, free_port},
    venv::Venv,
};

/// A running stand-in for AWS.
#[derive(Debug)]
pub struct AwsServer {
    _server: Server,
    venv: Venv,
    /// Where it listens, for `AWS_ENDPOINT_URL`.
    pub url: String,
}

/// What `deploy_ministack.py` says it made.
#[derive(Debug, Deserialize)]
pub struct MinistackDeployment {
    /// The pool.
    pub user_pool_id: String,
    /// Its app client.
    pub client_id: String,
    /// The base URL of the protected API.
    pub api_url: String,
    /// Each user's groups, by e-mail address.
    pub users: std::collections::BTreeMap<String, Vec<String>>,
}

impl AwsServer {
    /// Starts moto's server.
    pub fn moto() -> Self {
        let venv = Venv::prepare("aws");
        let port = free_port();
        let mut command = venv.command("moto_server");
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Self {
            _server: Server::start(&mut command, "Running on"),
            venv,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Starts ministack's server.
    pub fn ministack() -> Self {
        let venv = Venv::prepare("aws");
        let port = free_port();
        let mut command = venv.command("ministack");
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "false");
        Self {
            _server: Server::start(&mut command, "Running on"),
            venv,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    /// The Python with boto3 that belongs to it.
    pub fn python(&self) -> std::path::PathBuf {
        self.venv.python()
    }

    /// Deploys the sample's pool and its bearer side in front of `upstream`; the authorizer is
    /// the drop-in with these rules, or a stand-in for the sample's.
    pub fn deploy(
        &self,
        upstream: &str,
        password: &str,
        rules: Option<&str>,
    ) -> MinistackDeployment {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let authorizer = match rules {
            Some(_) => "assets/authorizer/index.py",
            None => "tests/peers/authorizer.py",
        };
        let output = Command::new(self.venv.python())
            .arg(root.join("tests/peers/deploy_ministack.py"))
            .args([&self.url, upstream, password])
            .arg(root.join(authorizer))
            .args(rules)
            .output()
            .expect("Python runs");
        assert!(
            output.status.success(),
            "deploying on ministack failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("the script prints JSON")
    }
}
