//! The loop: drain the queue, draw once if something changed, sleep until something happens.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyEventKind};
use secrecy::ExposeSecret;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    Effect, Msg, Start,
    draft::Draft,
    effect::Terminal as Wish,
    executor::{self, Setup},
    kept::Kept,
    message::News,
    record::Tape,
    state::{State, now},
    terminal::{Surface, browser, clipboard::Clipboard},
    update::{begin, settle},
};
use crate::{
    config::MatrixFile,
    domain::{ErrorClass, Failure},
    ui::{self, Theme, ThemeSource, export},
};

/// How long a picture of the spinner stands.
const TICK: Duration = Duration::from_millis(120);
/// News are drawn this often at most; keys at once.
const FRAME: Duration = Duration::from_millis(16);
/// How long a terminal gets to say what its background is. Nearly all answer in milliseconds;
/// an answer that comes after this would be taken for keys, so a slow line gets its time.
/// The first frame stands meanwhile, and `MLWARDEN_THEME` or a theme in the config spares it.
const BACKGROUND: Duration = Duration::from_secs(1);

/// Opens the console and returns when it is left. The terminal is put back whatever happens.
///
/// # Errors
/// `Unavailable` where there is no terminal, or it went away.
pub fn run(start: Start) -> Result<(), Failure> {
    let surface = Surface::open(start.mouse).map_err(|error| {
        terminal_failure(&error)
            .advise("run it in a terminal, or use a command such as `mlwarden verify`")
    })?;
    let kept = start.kept.clone();
    let mut console = Console::new(surface, &start);
    match Tape::start(&start, &console.state) {
        Ok(tape) => console.tape = tape,
        Err(failure) => {
            console.surface.close();
            return Err(failure);
        }
    }
    let result = console.run(start);
    let left = kept.map_or(Ok(()), |file| Kept::of(&console.state).write(&file));
    console.surface.close();
    if let (Ok(()), Err(failure)) = (&result, left) {
        // Said where it is seen: the screen is gone by now.
        let _ = writeln!(
            std::io::stderr(),
            "mlwarden: {failure}\n  → {}",
            failure.next_step()
        );
    }
    result
}

/// The terminal with what is shown on it.
struct Console {
    surface: Surface,
    state: State,
    theme: Theme,
    themes: ThemeSource,
    clipboard: Clipboard,
    /// Where things are on the screen: for the mouse.
    seen: ui::Seen,
    tape: Tape,
}

impl Console {
    fn new(surface: Surface, start: &Start) -> Self {
        let themes = ThemeSource::detect(start.color, start.config_dir.as_deref());
        let (state, theme) = open(start, &themes);
        Self {
            surface,
            state,
            theme,
            themes,
            clipboard: Clipboard::default(),
            seen: ui::Seen::default(),
            tape: Tape::default(),
        }
    }

    fn run(&mut self, start: Start) -> Result<(), Failure> {
        // Before anything else: no network, no SDK, no question to the terminal.
        self.draw()?;
        if !self.state.theme_chosen
            && start.theme.is_none()
            && let Some(light) = self.themes.ask_background(BACKGROUND)
        {
            let name = if light { "light" } else { "dark" };
            self.take_theme(name);
        }
        let (messages, queue) = mpsc::channel();
        let (effects, wanted) = tokio::sync::mpsc::unbounded_channel();
        read_terminal(messages.clone());
        let setup = Setup {
            place: start.place,
            atlas: start.atlas,
        };
        let work = start_executor(setup, wanted, messages)?;
        for effect in begin(&self.state) {
            let _ = effects.send(effect);
        }
        let result = self.converse(&queue, &effects);
        // What is still done is said before it is waited for.
        self.draw()?;
        // The executor ends when nobody can ask it for anything any more.
        drop(effects);
        let _ = work.join();
        result
    }

    fn converse(
        &mut self,
        queue: &Receiver<Msg>,
        effects: &UnboundedSender<Effect>,
    ) -> Result<(), Failure> {
        let mut drawn = Instant::now();
        loop {
            let Some(first) = self.wait(queue) else {
                return Ok(());
            };
            let mut by_hand = self.take(first, effects)?;
            // News wait for the next frame's turn; a key is shown at once.
            loop {
                let next = if by_hand {
                    queue.try_recv().ok()
                } else {
                    let left = FRAME.saturating_sub(drawn.elapsed());
                    queue.recv_timeout(left).ok()
                };
                match next {
                    Some(input) => by_hand |= self.take(input, effects)?,
                    None => break,
                }
            }
            for effect in settle(&mut self.state) {
                self.send(effect, effects)?;
            }
            if self.state.may_end() {
                return Ok(());
            }
            self.draw()?;
            drawn = Instant::now();
        }
    }

    /// Waits for the next thing to happen; none when there will be no more.
    fn wait(&self, queue: &Receiver<Msg>) -> Option<Msg> {
        if !self.state.moves() {
            return queue.recv().ok();
        }
        match queue.recv_timeout(TICK) {
            Ok(msg) => Some(msg),
            Err(RecvTimeoutError::Timeout) => Some(Msg::Tick),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Takes in what happened; says whether the user did it.
    fn take(&mut self, msg: Msg, effects: &UnboundedSender<Effect>) -> Result<bool, Failure> {
        self.state.now = now();
        let msg = match msg {
            Msg::Pointer(event) => match self.seen.hit(event) {
                Some(hit) => Msg::Mouse(hit),
                None => return Ok(false),
            },
            Msg::Resumed => {
                self.surface
                    .resume()
                    .map_err(|error| terminal_failure(&error))?;
                Msg::Resumed
            }
            msg => msg,
        };
        let by_hand = matches!(
            msg,
            Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_) | Msg::Resized | Msg::Resumed
        );
        for effect in self.tape.hear(&mut self.state, msg) {
            self.send(effect, effects)?;
        }
        Ok(by_hand)
    }

    fn send(&mut self, effect: Effect, effects: &UnboundedSender<Effect>) -> Result<(), Failure> {
        if let Effect::Terminal(wish) = effect {
            return self.grant(wish);
        }
        let _ = effects.send(effect);
        Ok(())
    }

    /// Does what is wished of the terminal.
    fn grant(&mut self, wish: Wish) -> Result<(), Failure> {
        let done = match wish {
            Wish::Copy(text) => self.clipboard.copy(&text).err().map(Err),
            Wish::CopySecret(secret) => self.clipboard.copy(secret.expose_secret()).err().map(Err),
            Wish::Open(url) => Some(browser::open(&url).map(|()| format!("opened {url}"))),
            Wish::Save(file, text) => Some(save(&file, &text)),
            Wish::SaveMatrix(file, text) => {
                self.save_matrix(*file, &text);
                None
            }
            Wish::Picture(file) => {
                let picture =
                    export::picture(&file, self.surface.drawn(), self.theme.ground(), "mlwarden");
                Some(picture.and_then(|text| save(&file, &text)))
            }
            Wish::Theme { name } => {
                self.take_theme(&name);
                None
            }
            Wish::Suspend => {
                self.surface
                    .suspend()
                    .map_err(|error| terminal_failure(&error))?;
                None
            }
            Wish::Redraw => {
                self.surface
                    .clear()
                    .map_err(|error| terminal_failure(&error))?;
                None
            }
        };
        if let Some(done) = done {
            self.tape.hear(&mut self.state, Msg::Done(done));
        }
        Ok(())
    }

    fn save_matrix(&mut self, mut file: MatrixFile, text: &str) {
        file.file = file.file.as_deref().map(expand);
        let written = file.write(text).map(|()| format!("wrote {}", file.name()));
        self.tape
            .hear(&mut self.state, Msg::MatrixWritten(Box::new(file), written));
    }

    fn take_theme(&mut self, name: &str) {
        let (theme, problems) = self.themes.load(name);
        self.theme = theme;
        self.tape
            .hear(&mut self.state, Msg::Theme(name.to_owned(), problems));
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let (state, theme, mut seen) = (&self.state, &self.theme, ui::Seen::default());
        self.surface
            .draw(|frame| seen = ui::draw(frame, state, theme))
            .map_err(|error| terminal_failure(&error))?;
        seen.note(&mut self.state);
        self.seen = seen;
        let area = self.surface.drawn().area;
        self.tape.frame(&mut self.state, (area.width, area.height));
        Ok(())
    }
}

/// The state at the start, and the theme that it is drawn in.
pub(super) fn open(start: &Start, themes: &ThemeSource) -> (State, Theme) {
    let kept = start.kept.as_deref().map(Kept::read).unwrap_or_default();
    let screen = start.screen.or(kept.screen).unwrap_or_default();
    let mut state = State::new(
        start.place.label.clone(),
        start.place.matrix.clone(),
        screen,
    );
    state.data.draft = Draft::new(start.place.matrix.clone(), start.place.matrix_file.clone());
    state.now = now();
    state.principal.clone_from(&start.principal);
    state.take_up(kept);
    if let Some(theme) = &start.theme
        && !state.theme_chosen
    {
        state.theme.clone_from(theme);
    }
    let chosen = state.theme_chosen || start.theme.is_some();
    if !chosen {
        state.theme = themes.usual();
    }
    state.themes = themes.names();
    let (theme, problems) = themes.load(&state.theme);
    state.tell_problems(&problems);
    if let Some(folder) = &start.config_dir {
        let file = folder.join("keymap.toml");
        if let Ok(text) = std::fs::read_to_string(&file) {
            let problems = state.keymap.overlay(&text, &file.display().to_string());
            state.tell_problems(&problems);
        }
    }
    (state, theme)
}

pub(super) fn start_executor(
    setup: Setup,
    wanted: tokio::sync::mpsc::UnboundedReceiver<Effect>,
    messages: Sender<Msg>,
) -> Result<thread::JoinHandle<()>, Failure> {
    thread::Builder::new()
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
                    let failure = Failure::new(
                        ErrorClass::Unavailable,
                        "starting the runtime",
                        error.to_string(),
                    );
                    let news = News::NotConnected(failure);
                    let _ = messages.send(Msg::News(super::effect::Epoch::default(), news));
                }
            }
        })
        .map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "starting the executor",
                error.to_string(),
            )
        })
}

fn terminal_failure(error: &std::io::Error) -> Failure {
    Failure::new(
        ErrorClass::Unavailable,
        "using the terminal",
        error.to_string(),
    )
}

/// Writes a file that is not there yet.
fn save(file: &Path, text: &str) -> Result<String, Failure> {
    let file = expand(file);
    let doing = format!("saving {}", file.display());
    let mut open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)
        .map_err(|error| {
            Failure::invalid(&doing, error.to_string())
                .advise("give another name; a file that is there is not written over")
        })?;
    let written = open
        .write_all(text.as_bytes())
        .and_then(|()| open.sync_all());
    written.map_err(|error| {
        // Half a file would pass for a whole one.
        let _ = std::fs::remove_file(&file);
        Failure::new(ErrorClass::Unavailable, &doing, error.to_string())
            .advise("free some space, or save it elsewhere")
    })?;
    Ok(format!("saved {}", file.display()))
}

/// `~/…` as the shell has it.
pub(super) fn expand(file: &Path) -> PathBuf {
    match (file.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => file.to_owned(),
    }
}

/// Reads the terminal on a thread of its own, which sleeps until there is something.
fn read_terminal(messages: Sender<Msg>) {
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            let msg = match event {
                Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(key),
                Event::Mouse(mouse) => Msg::Pointer(mouse),
                Event::Paste(text) => Msg::Paste(text),
                Event::Resize(..) => Msg::Resized,
                Event::Key(_) | Event::FocusGained | Event::FocusLost => continue,
            };
            if messages.send(msg).is_err() {
                return;
            }
        }
        let _ = messages.send(Msg::Terminate);
    });
}

/// SIGTERM, SIGINT and SIGHUP end the console as `q` does, without a question; SIGCONT takes the
/// terminal again.
#[cfg(unix)]
async fn watch_signals(messages: Sender<Msg>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup), Ok(mut resume)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
        signal(SignalKind::from_raw(signal_hook::consts::SIGCONT)),
    ) else {
        return;
    };
    loop {
        let msg = tokio::select! {
            _ = terminate.recv() => Msg::Terminate,
            _ = interrupt.recv() => Msg::Terminate,
            _ = hangup.recv() => Msg::Terminate,
            _ = resume.recv() => Msg::Resumed,
        };
        let ends = matches!(msg, Msg::Terminate);
        if messages.send(msg).is_err() || ends {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn watch_signals(messages: Sender<Msg>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = messages.send(Msg::Terminate);
    }
}
