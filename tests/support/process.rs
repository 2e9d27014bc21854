//! A server process that is ready when it says so, and ends with its owner.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
    time::Duration,
};

/// How long a peer may take to come up before the test fails with its output.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running server in a process group of its own.
#[derive(Debug)]
pub struct Server {
    child: Child,
}

impl Server {
    /// Starts `command` and returns once a line of its output contains `ready`.
    pub fn start(command: &mut Command, ready: &str) -> Self {
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (lines, output) = mpsc::channel();
        forward(child.stdout.take().expect("stdout is piped"), lines.clone());
        forward(child.stderr.take().expect("stderr is piped"), lines);
        let server = Self { child };

        let mut said = Vec::new();
        loop {
            match output.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(ready) => break,
                Ok(line) => said.push(line),
                Err(reason) => panic!(
                    "{command:?} never said {ready:?} ({reason}); it said:\n{}",
                    said.join("\n")
                ),
            }
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The whole group: the servers fork workers.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

/// A port of the loopback interface that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    listener.local_addr().expect("its address").port()
}

fn forward(stream: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        // Reads to the end even when nobody listens, so that the server never blocks on a full pipe.
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
}
