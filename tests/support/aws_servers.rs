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

    /// Deploys the sample's pool and its bearer side in front of `upstream`, with an authorizer
    /// that keeps the sample's contract.
    pub fn deploy_sample(&self, upstream: &str, password: &str) -> MinistackDeployment {
        let handler = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/authorizer.py");
        self.deploy(upstream, password, &[&handler])
    }

    /// The same with the drop-in authorizer, which keeps `rules`.
    pub fn deploy_drop_in(
        &self,
        upstream: &str,
        password: &str,
        rules: &str,
    ) -> MinistackDeployment {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("access-matrix.json");
        std::fs::write(&file, rules).expect("the rules are written");
        let handler = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/authorizer/index.py");
        self.deploy(upstream, password, &[&handler, &file])
    }

    fn deploy(&self, upstream: &str, password: &str, package: &[&Path]) -> MinistackDeployment {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let output = Command::new(self.venv.python())
            .arg(scripts.join("deploy_ministack.py"))
            .args([&self.url, upstream, password])
            .args(package)
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
