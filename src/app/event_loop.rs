//! The loop: drain the queue, draw once if something changed, sleep until something happens.

use std::{
    io::Write,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use crossterm::event::{Event, KeyEventKind};
use ratatui::DefaultTerminal;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    Effect, Msg, Start,
    executor::{self, Setup},
    state::State,
    update::{begin, update},
};
use crate::{
    domain::{ErrorClass, Failure},
    ui::{self, Theme},
};

/// How long a picture of the spinner stands.
const TICK: Duration = Duration::from_millis(120);

/// Opens the console and returns when it is left. The terminal is put back whatever happens.
pub fn run(start: Start) -> Result<(), Failure> {
    let theme = Theme::detect(start.color);
    let mut terminal = ratatui::try_init().map_err(|error| {
        terminal_failure(&error)
            .advise("run it in a terminal, or use a command such as `mlwarden verify`")
    })?;
    let result = inside(&mut terminal, &theme, start);
    ratatui::restore();
    result
}

fn inside(terminal: &mut DefaultTerminal, theme: &Theme, start: Start) -> Result<(), Failure> {
    let mut state = State::new(
        start.context,
        start.read_only,
        start.matrix.clone(),
        start.screen.unwrap_or_default(),
        start.principal,
    );
    // Before anything else: no network, no SDK, no file.
    draw(terminal, theme, &mut state)?;

    let (messages, queue) = mpsc::channel();
    let (effects, wanted) = tokio::sync::mpsc::unbounded_channel();
    read_keys(messages.clone());
    let setup = Setup {
        connect: start.connect,
        read_only: start.read_only,
        matrix: start.matrix,
        state_dir: start.state_dir,
    };
    let work = thread::Builder::new()
        .name("executor".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    tokio::spawn(watch_signals(messages.clone()));
                    executor::run(setup, wanted, messages).await;
                }),
                Err(error) => {
                    let _ = messages.send(Msg::NotConnected(Failure::new(
                        ErrorClass::Unavailable,
                        "starting the runtime",
                        error.to_string(),
                    )));
                }
            }
        })
        .map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "starting the executor",
                error.to_string(),
            )
        })?;
    for effect in begin() {
        let _ = effects.send(effect);
    }
    let result = converse(terminal, theme, &mut state, &queue, &effects);
    // The executor ends when nobody can ask it for anything any more.
    drop(effects);
    let _ = work.join();
    result
}

fn converse(
    terminal: &mut DefaultTerminal,
    theme: &Theme,
    state: &mut State,
    queue: &Receiver<Msg>,
    effects: &UnboundedSender<Effect>,
) -> Result<(), Failure> {
    loop {
        let first = if state.moves() {
            match queue.recv_timeout(TICK) {
                Ok(msg) => msg,
                Err(RecvTimeoutError::Timeout) => Msg::Tick,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        } else {
            match queue.recv() {
                Ok(msg) => msg,
                Err(_) => return Ok(()),
            }
        };
        for msg in std::iter::once(first).chain(queue.try_iter()) {
            for effect in update(state, msg) {
                if let Effect::Copy(text) = &effect {
                    copy(text);
                } else {
                    let _ = effects.send(effect);
                }
            }
        }
        if state.may_end() {
            return Ok(());
        }
        draw(terminal, theme, state)?;
    }
}

fn draw(terminal: &mut DefaultTerminal, theme: &Theme, state: &mut State) -> Result<(), Failure> {
    let size = terminal.size().map_err(|error| terminal_failure(&error))?;
    state.page = usize::from(size.height).saturating_sub(ui::CHROME);
    terminal
        .draw(|frame| ui::draw(frame, state, theme))
        .map(|_| ())
        .map_err(|error| terminal_failure(&error))
}

fn terminal_failure(error: &std::io::Error) -> Failure {
    Failure::new(
        ErrorClass::Unavailable,
        "opening the terminal",
        error.to_string(),
    )
}

/// Reads keys on a thread of its own, which sleeps until there is one.
fn read_keys(messages: Sender<Msg>) {
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            let msg = match event {
                Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(key),
                Event::Resize(..) => Msg::Resized,
                _ => continue,
            };
            if messages.send(msg).is_err() {
                return;
            }
        }
        let _ = messages.send(Msg::Terminate);
    });
}

/// SIGTERM and SIGHUP end the console as `q` does, without a question.
async fn watch_signals(messages: Sender<Msg>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    let _ = messages.send(Msg::Terminate);
}

/// Puts a text on the clipboard of the terminal that the user sits at (OSC 52).
fn copy(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = write!(stdout, "\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text));
    let _ = stdout.flush();
}
