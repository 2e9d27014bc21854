//! The user's own files: what is taken up at the next start, what is wrong in them.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use crate::session::{Session, Start};

/// A machine with a home of its own, and an AWS that never answers.
struct Machine {
    home: TempDir,
    silent: TcpListener,
}

impl Machine {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            silent: TcpListener::bind(("127.0.0.1", 0)).unwrap(),
        }
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.home.path().join("config").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn start(&self, arguments: &[&str]) -> Session {
        let endpoint = format!("http://{}", self.silent.local_addr().unwrap());
        let folder = |name: &str| self.home.path().join(name).display().to_string();
        Start::new(arguments)
            .with("AWS_ENDPOINT_URL", &endpoint)
            .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", "secret")
            .with("AWS_REGION", "us-west-2")
            .with("MLWARDEN_CONFIG_DIR", &folder("config"))
            .with("MLWARDEN_STATE_DIR", &folder("state"))
            .with("MLWARDEN_THEME", "")
            // The folders' names are long.
            .sized(200, 24)
            .open()
    }
}

#[test]
fn mistakes_in_the_users_files_are_named_and_cost_nothing_else() {
    let machine = Machine::new();
    machine.write("config.toml", "[console]\ntheme = \"mine\"\n");
    machine.write(
        "themes/mine.toml",
        "inherits = \"nord\"\n[styles]\ntext = \"puce\"\n",
    );
    machine.write(
        "keymap.toml",
        "[everywhere]\nrefrsh = \"f5\"\ngo-log = \"f9\"\n",
    );
    let mut session = machine.start(&[]);
    session.until("keymap.toml, line 2");
    session.keys("\x1b[20~");
    session.until("mine.toml, line 3");
    session.until("did you mean refresh");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn the_console_comes_back_as_it_was_left_unless_asked_not_to() {
    let machine = Machine::new();
    machine.write("config.toml", "[console]\ntheme = \"dark\"\n");
    let mut session = machine.start(&[]);
    session.until("Overview");
    session.keys("6");
    session.until("apps");
    session.keys("s1");
    session.until("by APP");
    session.keys(":theme nord\r");
    session.keys("q");
    assert!(session.ended_well());
    let kept = fs::read_to_string(machine.home.path().join("state/console.toml")).unwrap();
    assert!(kept.contains("nord") && kept.contains("apps"), "{kept}");
    assert!(!kept.contains("AKID") && !kept.contains("secret"), "{kept}");

    let mut session = machine.start(&[]);
    session.until("by APP");
    session.keys("q");
    assert!(session.ended_well());

    let mut session = machine.start(&["--fresh"]);
    session.until("Studio domain");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn a_home_that_cannot_be_written_to_is_told_at_the_end_and_stops_nothing() {
    let machine = Machine::new();
    machine.write("config.toml", "[console]\ntheme = \"dark\"\n");
    // Root may write anywhere: a file where the folder should be stops everybody.
    fs::write(machine.home.path().join("state"), "in the way").unwrap();
    fs::set_permissions(
        machine.home.path().join("state"),
        fs::Permissions::from_mode(0o400),
    )
    .unwrap();
    let mut session = machine.start(&[]);
    session.until("Overview");
    session.keys("q");
    session.until("nothing is lost but where you were");
    assert!(session.ended_well());
}
