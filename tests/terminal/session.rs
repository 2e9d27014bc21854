//! The real program in a real pty, with a screen that can be read.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

/// No test waits this long unless something hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program with a screen.
pub struct Session {
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    pub screen: vt100::Parser,
    /// Everything it ever wrote.
    pub raw: Vec<u8>,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
}

/// How it is started.
pub struct Start {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    size: (u16, u16),
}

impl Start {
    /// With these arguments, in 80 columns and 24 rows.
    pub fn new(arguments: &[&str]) -> Self {
        Self {
            arguments: arguments.iter().map(|&one| one.to_owned()).collect(),
            environment: Vec::new(),
            size: (80, 24),
        }
    }

    /// With a variable in its environment; an empty one is taken out.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In a terminal that says that it has this size.
    pub fn sized(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    fn command(&self) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mlwarden"));
        command.args(&self.arguments);
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
            // Else it asks the terminal, which here nobody answers for.
            ("MLWARDEN_THEME", "dark"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ] {
            command.env(name, value);
        }
        for name in [
            "NO_COLOR",
            "COLORTERM",
            "TMUX",
            "DISPLAY",
            "WAYLAND_DISPLAY",
        ] {
            command.env_remove(name);
        }
        for (name, value) in &self.environment {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value);
            }
        }
        command
    }

    /// Starts it, reads until `wanted` was written, and takes its terminal away.
    pub fn hang_up_after(self, wanted: &str) -> Box<dyn portable_pty::Child + Send + Sync> {
        let (cols, rows) = self.size;
        let pty = native_pty_system().openpty(size(cols, rows)).unwrap();
        let child = pty.slave.spawn_command(self.command()).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (mut raw, mut buffer) = (Vec::new(), [0; 1024]);
        while !contains(&raw, wanted) {
            let read = reader.read(&mut buffer).unwrap();
            raw.extend(&buffer[..read]);
        }
        child
    }

    pub fn open(self) -> Session {
        let (cols, rows) = self.size;
        let pty = native_pty_system().openpty(size(cols, rows)).unwrap();
        let child = pty.slave.spawn_command(self.command()).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (bytes, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(read) = reader.read(&mut buffer) {
                if read == 0 || bytes.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Session {
            child,
            screen: parser(cols.max(1), rows.max(1)),
            raw: Vec::new(),
            output,
            input: pty.master.take_writer().unwrap(),
            master: pty.master,
        }
    }
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(
        NonZero::new(rows).unwrap(),
        NonZero::new(columns).unwrap(),
        0,
    )
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Takes in what comes next; false when it has ended.
    fn more(&mut self, waiting_for: &str, since: Instant) -> bool {
        match self
            .output
            .recv_timeout(PATIENCE.saturating_sub(since.elapsed()))
        {
            Ok(bytes) => {
                self.screen.process(&bytes);
                self.raw.extend(bytes);
                true
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => false,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                panic!("waited for {waiting_for:?} in vain:\n{}", self.text())
            }
        }
    }

    /// Reads until the screen is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let since = Instant::now();
        while !wanted(self.screen.screen()) {
            let goes_on = self.more(what, since);
            assert!(goes_on, "it ended without {what:?}:\n{}", self.text());
        }
    }

    /// Reads until the screen shows `wanted`.
    pub fn until(&mut self, wanted: &str) {
        self.wait(wanted, |screen| screen.contents().contains(wanted));
    }

    /// Reads until the screen does not show `gone` any more.
    pub fn without(&mut self, gone: &str) {
        self.wait(gone, |screen| !screen.contents().contains(gone));
    }

    /// Reads until it has written `wanted`, whatever the screen makes of it.
    pub fn wrote(&mut self, wanted: &str) {
        let since = Instant::now();
        while !contains(&self.raw, wanted) {
            let goes_on = self.more(wanted, since);
            assert!(goes_on, "it ended without writing {wanted:?}");
        }
    }

    pub fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Clicks on the first place where `text` stands.
    pub fn click(&mut self, text: &str) {
        let contents = self.text();
        let (row, line) = contents
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(text))
            .unwrap();
        let column = line.split(text).next().unwrap().chars().count();
        self.keys(&format!(
            "\x1b[<0;{0};{1}M\x1b[<0;{0};{1}m",
            column + 1,
            row + 1
        ));
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.screen_mut().set_size(
            NonZero::new(rows.max(1)).unwrap(),
            NonZero::new(columns.max(1)).unwrap(),
        );
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let status = std::process::Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Reads to the end; says whether it ended well with the terminal put back.
    pub fn ended_well(mut self) -> bool {
        let since = Instant::now();
        while self.more("the end", since) {}
        let screen = self.screen.screen();
        let restored = !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        self.child.wait().unwrap().success() && restored
    }
}

/// Whether bytes have a text in them.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
