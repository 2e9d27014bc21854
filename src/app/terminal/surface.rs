//! The terminal as the console takes it, and how it is given back: at the end, on a panic,
//! while suspended.

use std::{
    io::{self, Stdout, stdout},
    panic,
    sync::Once,
};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    terminal::{
        Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend, buffer::Buffer};

/// The terminal, taken.
pub struct Surface {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
    /// What was drawn last: for pictures.
    drawn: Buffer,
}

impl Surface {
    /// Takes the terminal. Whatever panics from now on gives it back first.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                give_back();
                before(info);
            }));
        });
        take(mouse)?;
        let terminal =
            Terminal::new(CrosstermBackend::new(stdout())).inspect_err(|_| give_back())?;
        Ok(Self {
            terminal,
            mouse,
            drawn: Buffer::default(),
        })
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(&mut self, frame: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let completed = self.terminal.draw(frame)?;
        self.drawn.clone_from(completed.buffer);
        Ok(())
    }

    /// What was drawn last.
    pub fn drawn(&self) -> &Buffer {
        &self.drawn
    }

    /// Forgets what is on the screen, so that the next frame is drawn whole.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        execute!(stdout(), Clear(ClearType::All))?;
        // The library's own way asks the terminal where its cursor is, and the answer would
        // come to whoever reads the keys.
        self.terminal = fresh()?;
        Ok(())
    }

    /// Stops the process as ctrl-z does in a shell; returns when it is resumed, with the
    /// terminal taken again.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        #[cfg(unix)]
        signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)?;
        self.resume()
    }

    /// Takes the terminal again, after the process was stopped and resumed.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        self.clear()
    }

    /// Gives the terminal back.
    pub fn close(self) {
        give_back();
    }
}

fn fresh() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    Terminal::new(CrosstermBackend::new(stdout()))
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// As much of it as can still be done: the terminal may be gone.
fn give_back() {
    let _ = disable_raw_mode();
    let _ = execute!(
        stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
}
