//! Pinned Python environments under `target/peers/`, made once and kept.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// A Python environment with exactly the packages of
/// `tests/peers/requirements/NAME.txt`.
#[derive(Clone, Debug)]
pub struct Venv {
    dir: PathBuf,
}

impl Venv {
    /// The environment called `name`, made now if it is not there yet.
    ///
    /// # Panics
    ///
    /// With the reason and the next step, where it cannot be made: a peer test
    /// that cannot prepare its peer must fail.
    pub fn prepare(name: &str) -> Self {
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/peers/requirements")
            .join(format!("{name}.txt"));
        let pinned = fs::read_to_string(&requirements)
            .unwrap_or_else(|error| panic!("{}: {error}", requirements.display()));
        let peers = peers_dir();
        fs::create_dir_all(&peers)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", peers.display()));

        // Several test processes may want the same environment at once.
        let lock = File::create(peers.join(format!("{name}.lock"))).expect("a lock file");
        lock.lock().expect("the lock of the environment");

        let venv = Self {
            dir: peers.join(name),
        };
        let stamp = venv.dir.join("ready");
        if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == pinned) {
            return venv;
        }
        let _ = fs::remove_dir_all(&venv.dir);
        eprintln!("preparing the peers of {name} (once, a minute or two)");
        run(Command::new(find_python())
            .arg("-m")
            .arg("venv")
            .arg(&venv.dir));
        run(Command::new(venv.python())
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg("-r")
            .arg(&requirements));
        fs::write(&stamp, pinned).expect("the stamp of the environment");
        venv
    }

    /// The environment's Python.
    pub fn python(&self) -> PathBuf {
        self.dir.join("bin/python")
    }

    /// A command of the environment, by name.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.dir.join("bin").join(name));
        command.env("PYTHONUNBUFFERED", "1");
        command
    }
}

fn peers_dir() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch).join("peers")
}

/// A Python 3.10 or 3.11 that can make environments: MLflow 2.12.2 needs one.
fn find_python() -> &'static str {
    const CHECK: &str =
        "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))";
    ["python3.11", "python3.10", "python3", "python"]
        .into_iter()
        .find(|python| {
            Command::new(python)
                .args(["-c", CHECK])
                .output()
                .is_ok_and(|output| output.status.success())
        })
        .unwrap_or_else(|| {
            panic!(
                "the peer tests need Python 3.10 or 3.11 with its venv module; \
                 install it (Debian: apt-get install python3-venv) and run again"
            )
        })
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
