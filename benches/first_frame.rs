//! From process start to the first drawn frame, in a pty, with a network that never answers.
//!
//! Beside it, on the same machine, whichever of the usual consoles is installed: the
//! figures are only worth something side by side.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

use std::{
    env,
    io::Read,
    net::TcpListener,
    num::NonZero,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const RUNS: usize = 40;
const ROWS: NonZero<u16> = NonZero::new(40).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(120).expect("not zero");

fn main() {
    // Listens and never answers: the console must draw all the same.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let endpoint = format!("http://{}", silent.local_addr().expect("its address"));
    let home = tempfile::tempdir().expect("a home");

    let mut console = CommandBuilder::new(env!("CARGO_BIN_EXE_mlwarden"));
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-west-2"),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        // Who answers OSC 11 here: nobody.
        ("MLWARDEN_THEME", "dark"),
    ] {
        console.env(name, value);
    }
    console.env("MLWARDEN_CONFIG_DIR", home.path());
    console.env("MLWARDEN_STATE_DIR", home.path());
    report("mlwarden", &console, "Overview");

    for (name, arguments, content) in [
        ("tig", &["status"][..], "branch"),
        ("htop", &[][..], "Load"),
        ("gitui", &[][..], "Status"),
        ("taws", &[][..], "Region:"),
    ] {
        if installed(name) {
            let mut command = CommandBuilder::new(name);
            command.args(arguments);
            command.cwd(env!("CARGO_MANIFEST_DIR"));
            command.env("TERM", "xterm-256color");
            command.env("AWS_ENDPOINT_URL", &endpoint);
            command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
            command.env("AWS_SECRET_ACCESS_KEY", "secret");
            command.env("AWS_REGION", "us-west-2");
            report(name, &command, content);
        }
    }
}

fn report(name: &str, command: &CommandBuilder, content: &str) {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| first_frame(command, content)).collect();
    times.sort();
    println!(
        "{name:<10} first frame: median {:>5.1} ms, p95 {:>5.1} ms, best {:>5.1} ms of {RUNS}",
        millis(times[RUNS / 2]),
        millis(times[RUNS * 95 / 100]),
        millis(times[0]),
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// From spawn until `content` stands on the screen.
fn first_frame(command: &CommandBuilder, content: &str) -> Duration {
    let pty = native_pty_system()
        .openpty(PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            pixel_width: 0,
            pixel_height: 0,
        })
        .expect("a pty");
    let mut output = pty.master.try_clone_reader().expect("its output");
    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    let started = Instant::now();
    let mut child = pty.slave.spawn_command(command.clone()).expect("it starts");
    let mut buffer = [0; 16 * 1024];
    let elapsed = loop {
        let read = output.read(&mut buffer).expect("it writes");
        assert!(read > 0, "it ended without {content:?} on its screen");
        screen.process(&buffer[..read]);
        if screen.screen().contents().contains(content) {
            break started.elapsed();
        }
    };
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    elapsed
}

fn installed(name: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}
