//! A real MLflow tracking server on a database and an artifact folder of its own.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use super::{
    process::{Server, free_port},
    venv::Venv,
};

/// The versions the proofs run against: the sample's, and the newest that installs.
pub const VERSIONS: [&str; 2] = ["2.12.2", "3.17.2"];

const SEED: &str = include_str!("../peers/seed_mlflow.py");
const FINGERPRINT: &str = include_str!("../peers/fingerprint_mlflow.py");

/// A running MLflow server with sample data.
#[derive(Debug)]
pub struct MlflowServer {
    /// Ends the server before the folder below goes.
    _server: Server,
    dir: TempDir,
    venv: Venv,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
}

impl MlflowServer {
    /// Starts MLflow `version` with `workers` and fills it with sample data.
    pub fn start(version: &str, workers: usize) -> Self {
        let venv = Venv::prepare(&format!("mlflow-{version}"));
        let dir = tempfile::tempdir().expect("a folder for MLflow");
        let port = free_port();
        let mut command = venv.command("mlflow");
        command
            .args(["server", "--host", "127.0.0.1", "--serve-artifacts"])
            .args([
                "--port",
                &port.to_string(),
                "--workers",
                &workers.to_string(),
            ])
            .arg("--backend-store-uri")
            .arg(format!(
                "sqlite:///{}",
                dir.path().join("mlflow.db").display()
            ))
            .arg("--artifacts-destination")
            .arg(dir.path().join("artifacts"))
            .current_dir(dir.path());
        quiet(&mut command);
        let ready = if version.starts_with("2.") {
            "Booting worker"
        } else {
            "Application startup complete"
        };
        let server = Server::start(&mut command, ready);
        let mlflow = Self {
            _server: server,
            dir,
            venv,
            url: format!("http://127.0.0.1:{port}"),
        };
        mlflow.python(SEED, &[&mlflow.url]);
        mlflow
    }

    /// Every table's rows and every artifact's content, as text to compare.
    pub fn fingerprint(&self) -> String {
        let database = self.dir.path().join("mlflow.db");
        let artifacts = self.dir.path().join("artifacts");
        fs::create_dir_all(&artifacts).expect("the artifact folder");
        self.python(FINGERPRINT, &[path(&database), path(&artifacts)])
    }

    /// Runs `script` with this server's own Python and returns what it printed.
    pub fn python(&self, script: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(self.venv.python());
        command
            .arg("-c")
            .arg(script)
            .args(arguments)
            .current_dir(self.dir.path());
        quiet(&mut command);
        let output = command.output().expect("Python runs");
        assert!(
            output.status.success(),
            "the script failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// No usage reports, no git look-ups, no noise.
fn quiet(command: &mut Command) {
    command
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .env("DO_NOT_TRACK", "true")
        .env("GIT_PYTHON_REFRESH", "quiet");
}
