//! The real program in a real pty: started, used, left; the terminal is put back.

use std::{
    io::{Read, Write},
    num::NonZero,
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// The program with a screen that can be read.
struct Session {
    output: Box<dyn Read + Send>,
    input: Box<dyn Write + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    screen: vt100::Parser,
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        let (rows, cols) = (24, 80);
        let pty = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mlwarden"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let child = pty.slave.spawn_command(command).unwrap();
        Self {
            output: pty.master.try_clone_reader().unwrap(),
            input: pty.master.take_writer().unwrap(),
            child,
            screen: vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap(), 0),
        }
    }

    /// Reads until the screen shows `wanted`.
    fn until(&mut self, wanted: &str) {
        let mut buffer = [0; 8192];
        while !self.screen.screen().contents().contains(wanted) {
            let read = self.output.read(&mut buffer).unwrap_or(0);
            assert!(
                read > 0,
                "it ended without {wanted:?}:\n{}",
                self.screen.screen().contents()
            );
            self.screen.process(&buffer[..read]);
        }
    }

    fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Reads to the end; says whether it ended well with the terminal put back.
    fn ended_well(mut self) -> bool {
        let mut buffer = [0; 8192];
        while let Ok(read) = self.output.read(&mut buffer) {
            if read == 0 {
                break;
            }
            self.screen.process(&buffer[..read]);
        }
        let screen = self.screen.screen();
        let restored = !screen.alternate_screen() && !screen.hide_cursor();
        self.child.wait().unwrap().success() && restored
    }
}

#[test]
fn the_demo_is_started_verified_and_left() {
    let mut session = Session::start(&["demo"]);
    session.until("high findings");
    session.keys("4");
    session.until("predicted");
    session.keys("Vt");
    session.until("[x] t");
    session.keys("\r");
    session.until("proved live");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn sigterm_puts_the_terminal_back() {
    let mut session = Session::start(&["demo"]);
    session.until("Deployment");
    let pid = session.child.process_id().unwrap().to_string();
    let killed = std::process::Command::new("kill")
        .arg(&pid)
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(session.ended_well());
}
