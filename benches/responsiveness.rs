//! From a key to the frame that answers it, in a pty, while users stream in and a job runs.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const KEYS: usize = 400;
const ROWS: NonZero<u16> = NonZero::new(50).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(200).expect("not zero");

fn main() {
    let users = std::env::var("USERS").unwrap_or_else(|_| "100000".to_owned());
    let pty = native_pty_system()
        .openpty(PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            pixel_width: 0,
            pixel_height: 0,
        })
        .expect("a pty");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mlwarden"));
    command.args(["demo", "--users", &users]);
    for (name, value) in [
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("MLWARDEN_THEME", "dark"),
    ] {
        command.env(name, value);
    }
    let mut child = pty.slave.spawn_command(command).expect("it starts");
    let mut reader = pty.master.try_clone_reader().expect("its output");
    let mut writer = pty.master.take_writer().expect("its input");
    let (bytes, output) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read) = reader.read(&mut buffer) {
            let chunk = buffer.get(..read).unwrap_or_default().to_vec();
            if read == 0 || bytes.send((Instant::now(), chunk)).is_err() {
                return;
            }
        }
    });
    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    until(&output, &mut screen, "high findings");
    // A job that goes on: the matrix is proved live, again and again.
    writer.write_all(b"4").expect("a key");
    until(&output, &mut screen, "predicted");
    writer.write_all(b"Vt\r").expect("keys");
    writer.write_all(b"2").expect("a key");
    until(&output, &mut screen, "users");
    // The cursor's row is the one whose ground differs: what a key must change.
    let mut times = Vec::new();
    for at in 0..KEYS {
        let before = cursor_row(screen.screen());
        // To and fro, so that no end of the list is met.
        let key: &[u8] = if at % 2 == 0 { b"j" } else { b"k" };
        let sent = Instant::now();
        writer.write_all(key).expect("a key");
        loop {
            let (arrived, chunk) = output
                .recv_timeout(Duration::from_secs(10))
                .expect("it answers");
            screen.process(&chunk);
            if cursor_row(screen.screen()) != before {
                times.push(arrived.duration_since(sent));
                break;
            }
            if sent.elapsed() > Duration::from_millis(500) {
                // The row moved back meanwhile, since others came in before it.
                break;
            }
        }
    }
    times.sort();
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    println!(
        "key to frame, {users} users, while they load and a verify ran: median {:.1} ms, p99 {:.1} ms, worst {:.1} ms of {}",
        at(50),
        at(99),
        at(100),
        times.len()
    );
    println!(
        "{}",
        screen.screen().contents().lines().nth(2).unwrap_or("")
    );
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
}

type Output = Receiver<(Instant, Vec<u8>)>;

fn until(output: &Output, screen: &mut vt100::Parser, wanted: &str) {
    while !screen.screen().contents().contains(wanted) {
        let (_, chunk) = output
            .recv_timeout(Duration::from_secs(30))
            .expect("it goes on");
        screen.process(&chunk);
    }
}

/// The first row of the list with another ground than the row above the list.
fn cursor_row(screen: &vt100::Screen) -> Option<u16> {
    let ground = |row| screen.cell(row, 2).map(vt100::Cell::bgcolor);
    let plain = ground(3);
    (4..ROWS.get() - 2).find(|row| ground(*row) != plain)
}
