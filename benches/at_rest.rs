//! What the console costs while nobody touches it: memory, processor time, wake-ups; empty, and
//! with a whole pool loaded. Beside it whichever of the usual consoles is installed.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

use std::{
    collections::HashMap,
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const WATCHED: Duration = Duration::from_secs(30);

fn main() {
    let users = env::var("USERS").unwrap_or_else(|_| "100000".to_owned());
    let home = tempfile::tempdir().expect("a home");
    // A port that nobody listens on: discovery is soon over, and nothing moves any more.
    let nobody = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let endpoint = format!("http://{}", nobody.local_addr().expect("its address"));
    drop(nobody);

    let console = |endpoint: &str, key: &str, secret: &str| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mlwarden"));
        for (name, value) in [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_REGION", "us-west-2"),
            ("TERM", "xterm-256color"),
            ("MLWARDEN_THEME", "dark"),
        ] {
            command.env(name, value);
        }
        command.env("MLWARDEN_CONFIG_DIR", home.path());
        command.env("MLWARDEN_STATE_DIR", home.path());
        command.args(["--fresh", "-s", "users"]);
        command
    };
    // Nothing answers, so discovery ends in a minute; what it holds till then is what counts.
    watch(
        "mlwarden, empty",
        &console(&endpoint, "AKIDEXAMPLE", "secret"),
        "Users",
        2,
    );

    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
        .args(["sandbox", "--users", &users])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a sandbox");
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().expect("its output"))
        .read_line(&mut line)
        .expect("its environment");
    let environment: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let value = |name: &str| environment[name].as_str().unwrap_or_default().to_owned();
    watch(
        &format!("mlwarden, {users} users"),
        &console(
            &value("AWS_ENDPOINT_URL"),
            &value("AWS_ACCESS_KEY_ID"),
            &value("AWS_SECRET_ACCESS_KEY"),
        ),
        "users",
        5,
    );
    sandbox.kill().expect("it can be ended");
    sandbox.wait().expect("it ends");

    for (name, arguments, content) in [
        ("taws", &[][..], "Region:"),
        ("gitui", &[][..], "Status"),
        ("tig", &["status"][..], "branch"),
    ] {
        if installed(name) {
            let mut command = CommandBuilder::new(name);
            command.args(arguments);
            command.cwd(env!("CARGO_MANIFEST_DIR"));
            for (variable, value) in [
                ("TERM", "xterm-256color"),
                ("AWS_ENDPOINT_URL", endpoint.as_str()),
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_REGION", "us-west-2"),
            ] {
                command.env(variable, value);
            }
            watch(name, &command, content, 2);
        }
    }
}

/// Starts it, waits for `content` and a little for what follows, and watches it.
fn watch(name: &str, command: &CommandBuilder, content: &str, settle: u64) {
    let pty = native_pty_system()
        .openpty(PtySize {
            rows: 40,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        })
        .expect("a pty");
    let mut child = pty.slave.spawn_command(command.clone()).expect("it starts");
    let mut reader = pty.master.try_clone_reader().expect("its output");
    let rows = std::num::NonZero::new(40).expect("not zero");
    let columns = std::num::NonZero::new(120).expect("not zero");
    let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
    let drawn = screen.clone();
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read) = reader.read(&mut buffer) {
            if read == 0 {
                return;
            }
            let bytes = buffer.get(..read).unwrap_or_default();
            drawn.lock().expect("not poisoned").process(bytes);
        }
    });
    let text = || {
        let screen = screen.lock().expect("not poisoned");
        screen.screen().contents()
    };
    let mut waited = 0;
    let pid = child.process_id().expect("its pid");
    let (mut idle, mut spent) = (0, 0);
    // Lists load that are not on the screen.
    while idle < 5 && waited < 300 {
        thread::sleep(Duration::from_secs(1));
        waited += 1;
        let (text, now) = (text(), ticks(pid));
        let busy = text.contains("loading") || !text.contains(content) || now > spent + 1;
        idle = if busy { 0 } else { idle + 1 };
        spent = now;
    }
    let shown = text();
    let title = shown.lines().nth(2).unwrap_or_default();
    thread::sleep(Duration::from_secs(settle));
    let (before, woken) = (ticks(pid), wakes(pid));
    thread::sleep(WATCHED);
    let (after, woken_after) = (ticks(pid), wakes(pid));
    println!(
        "{name:<24} resident {:>6.1} MB, processor {:>5} ms and {:>5} wake-ups in {} s (waited {waited} s): {}",
        resident(pid),
        (after - before) * 10,
        (woken_after.iter())
            .map(|(thread, count)| count - woken.get(thread).unwrap_or(&0))
            .sum::<u64>(),
        WATCHED.as_secs(),
        title.trim(),
    );
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
}

/// Resident memory in MB.
fn resident(pid: u32) -> f64 {
    let kilobytes: f64 = field(&format!("/proc/{pid}/status"), "VmRSS:");
    kilobytes / 1024.0
}

/// Processor time, in hundredths of a second.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let fields: Vec<u64> = after
        .split(' ')
        .skip(11)
        .take(2)
        .flat_map(str::parse)
        .collect();
    fields.iter().sum()
}

/// How often each of its threads was woken.
fn wakes(pid: u32) -> HashMap<OsString, u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    threads
        .into_iter()
        .flatten()
        .flatten()
        .map(|thread| {
            let status = thread.path().join("status").display().to_string();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count"
            )]
            let count = field(&status, "voluntary_ctxt_switches:") as u64;
            (thread.file_name(), count)
        })
        .collect()
}

fn field(file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0.0)
}

fn installed(name: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}
