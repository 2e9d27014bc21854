//! The console without a terminal: the same state, updates and executor, drawn into memory.
//!
//! After each key it waits until nothing is under way any more, so that a picture never shows
//! half of what is to come. What only a terminal can do is refused.

use std::{
    sync::mpsc::{self, Receiver},
    thread,
};

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    Effect, Msg, Start,
    data::Discovery,
    effect::{Ask, Epoch, Terminal as Wish},
    event_loop::{open, start_executor},
    executor::Setup,
    message::News,
    record::Tape,
    state::{State, now},
    steady::Steady,
    update::{begin, settle},
};
use crate::{
    domain::{Deployment, ErrorClass, Failure, Found, Origin},
    ui::{self, Seen, Theme, ThemeSource},
};

/// A screen that exists only in memory.
pub struct Canvas {
    terminal: Terminal<TestBackend>,
    /// Where things are on it.
    pub seen: Seen,
}

impl Canvas {
    /// An empty one of a size.
    pub fn new((width, height): (u16, u16)) -> Self {
        Self {
            terminal: match Terminal::new(TestBackend::new(width, height)) {
                Ok(terminal) => terminal,
                Err(never) => match never {},
            },
            seen: Seen::default(),
        }
    }

    /// Gives it another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        if self.size() != size {
            *self = Self::new(size);
        }
    }

    /// Its columns and lines.
    pub fn size(&self) -> (u16, u16) {
        let area = self.screen().area;
        (area.width, area.height)
    }

    /// Draws a frame, and tells the state how much room there was.
    pub fn draw(&mut self, state: &mut State, theme: &Theme) {
        let mut seen = Seen::default();
        match self
            .terminal
            .draw(|frame| seen = ui::draw(frame, state, theme))
        {
            Ok(_) => {}
            Err(never) => match never {},
        }
        seen.note(state);
        self.seen = seen;
    }

    /// What was drawn last.
    pub fn screen(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }
}

/// What was asked of the executor and shows nowhere while it is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silent {
    Predictions,
    Judgement,
    Answer,
    Order,
    Places,
    Activity,
    Role,
    Rules,
    Audit,
    Publication,
}

/// The console without a terminal.
pub struct Headless {
    state: State,
    theme: Theme,
    themes: ThemeSource,
    canvas: Canvas,
    queue: Receiver<Msg>,
    /// None when the executor is to end.
    effects: Option<UnboundedSender<Effect>>,
    work: Option<thread::JoinHandle<()>>,
    awaited: Vec<(Silent, Epoch)>,
    steady: Option<Steady>,
    tape: Tape,
    stopped: bool,
}

impl Headless {
    /// Starts the console and waits until its first page is complete. With `steady`, what
    /// differs from run to run of the demo is made the same, and this is the time.
    ///
    /// # Errors
    /// `Unavailable` where there are no threads, `Cancelled` where it was told to stop.
    pub fn start(
        start: Start,
        size: (u16, u16),
        steady: Option<Timestamp>,
    ) -> Result<Self, Failure> {
        let themes = ThemeSource::full(start.config_dir.as_deref());
        let (mut state, theme) = open(&start, &themes);
        let steady = steady.map(|at| Steady::new(state.now, at));
        if let Some(steady) = &steady {
            state.now = steady.now();
        }
        let tape = Tape::start(&start, &state)?;
        let (messages, queue) = mpsc::channel();
        let (effects, wanted) = tokio::sync::mpsc::unbounded_channel();
        let setup = Setup {
            place: start.place,
            atlas: start.atlas,
        };
        let work = start_executor(setup, wanted, messages)?;
        let mut headless = Self {
            state,
            theme,
            themes,
            canvas: Canvas::new(size),
            queue,
            effects: Some(effects),
            work: Some(work),
            awaited: Vec::new(),
            steady,
            tape,
            stopped: false,
        };
        // Sizes count from the first key on.
        headless.frame();
        for effect in begin(&headless.state) {
            headless.send(effect);
        }
        headless.wait()?;
        Ok(headless)
    }

    /// Presses a key and waits until nothing is under way any more.
    ///
    /// # Errors
    /// `Cancelled` where it was told to stop.
    pub fn press(&mut self, key: KeyEvent) -> Result<(), Failure> {
        self.take(Msg::Key(key));
        self.wait()
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The theme in effect.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// What is on the screen.
    pub fn screen(&self) -> &Buffer {
        self.canvas.screen()
    }

    /// Why nothing at all of the deployment could be reached, where that is so.
    pub fn unreached(&self) -> Option<Failure> {
        match &self.state.data.discovery {
            Discovery::NotConnected(failure) => Some(failure.clone()),
            _ if answered(&self.state.data.deployment) => None,
            _ => {
                let problems = &self.state.data.deployment.problems;
                problems.first().map(|problem| problem.failure.clone())
            }
        }
    }

    fn wait(&mut self) -> Result<(), Failure> {
        loop {
            while let Ok(msg) = self.queue.try_recv() {
                self.take(msg);
            }
            self.frame();
            if self.state.may_end() && self.stopped {
                return Err(Failure::new(
                    ErrorClass::Cancelled,
                    "drawing the page",
                    "it was stopped",
                ));
            }
            if !self.state.moves() && self.awaited.is_empty() {
                return Ok(());
            }
            match self.queue.recv() {
                Ok(msg) => self.take(msg),
                Err(_) => {
                    return Err(Failure::new(
                        ErrorClass::Unavailable,
                        "waiting for the page",
                        "the executor has ended",
                    ));
                }
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        let msg = match &self.steady {
            Some(steady) => steady.message(msg),
            None => msg,
        };
        self.state.now = self.steady.as_ref().map_or_else(now, Steady::now);
        self.stopped |= matches!(msg, Msg::Terminate);
        let done = match &msg {
            Msg::Places(_) => Some((Silent::Places, Epoch::default())),
            Msg::Judged(epoch, ..) => Some((Silent::Judgement, *epoch)),
            Msg::Answered(epoch, ..) => Some((Silent::Answer, *epoch)),
            Msg::Arranged(epoch, ..) => Some((Silent::Order, *epoch)),
            Msg::News(epoch, News::Role(..)) => Some((Silent::Role, *epoch)),
            Msg::News(epoch, News::Activity(_, apps)) if apps.is_empty() => {
                Some((Silent::Activity, *epoch))
            }
            Msg::News(epoch, News::Rules(..)) => Some((Silent::Rules, *epoch)),
            Msg::News(epoch, News::Foreseen(..) | News::Packages(..)) => {
                Some((Silent::Publication, *epoch))
            }
            Msg::News(epoch, News::Audited(..)) => Some((Silent::Audit, *epoch)),
            Msg::News(epoch, News::Predicted(_)) => Some((Silent::Predictions, *epoch)),
            _ => None,
        };
        if let Some(at) = self.awaited.iter().position(|other| Some(*other) == done) {
            self.awaited.remove(at);
        }
        for effect in self.tape.hear(&mut self.state, msg) {
            self.send(effect);
        }
    }

    fn frame(&mut self) {
        for effect in settle(&mut self.state) {
            self.send(effect);
        }
        self.canvas.draw(&mut self.state, &self.theme);
        self.tape.frame(&mut self.state, self.canvas.size());
    }

    fn send(&mut self, effect: Effect) {
        match &effect {
            Effect::Terminal(wish) => return self.grant(wish),
            // Nothing of the place before is answered any more.
            Effect::Switch(..) => self.awaited.clear(),
            Effect::FindPlaces => self.awaited.push((Silent::Places, Epoch::default())),
            Effect::Judge(epoch, _) => self.awaited.push((Silent::Judgement, *epoch)),
            Effect::Inquire(epoch, ..) => self.awaited.push((Silent::Answer, *epoch)),
            Effect::Arrange(epoch, ..) => self.awaited.push((Silent::Order, *epoch)),
            Effect::Ask(epoch, Ask::Predict) => self.awaited.push((Silent::Predictions, *epoch)),
            Effect::Ask(epoch, Ask::Rules(_)) => self.awaited.push((Silent::Rules, *epoch)),
            Effect::Ask(epoch, Ask::Foresee(..) | Ask::Packages(_)) => {
                self.awaited.push((Silent::Publication, *epoch));
            }
            Effect::Ask(epoch, Ask::Audit(_)) => self.awaited.push((Silent::Audit, *epoch)),
            Effect::Ask(epoch, Ask::Activity(..)) => {
                self.awaited.push((Silent::Activity, *epoch));
            }
            Effect::Ask(epoch, Ask::Roles(roles)) => {
                let each = roles.iter().map(|_| (Silent::Role, *epoch));
                self.awaited.extend(each);
            }
            Effect::Ask(..) => {}
        }
        if let Some(effects) = &self.effects {
            let _ = effects.send(effect);
        }
    }

    fn grant(&mut self, wish: &Wish) {
        match wish {
            Wish::Theme { name } => {
                let (theme, problems) = self.themes.load(name);
                self.theme = theme;
                self.tape
                    .hear(&mut self.state, Msg::Theme(name.clone(), problems));
            }
            Wish::Suspend | Wish::Redraw => {}
            Wish::Copy(_)
            | Wish::CopySecret(_)
            | Wish::Open(_)
            | Wish::Save(..)
            | Wish::SaveMatrix(..)
            | Wish::Picture(_) => {
                let failure = Failure::invalid("drawing without a terminal", "there is none")
                    .advise("do it in the console");
                self.tape.hear(&mut self.state, Msg::Done(Err(failure)));
            }
        }
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        // The executor ends when nobody can ask it for anything any more, and gives back first.
        self.effects = None;
        if let Some(work) = self.work.take() {
            let _ = work.join();
        }
    }
}

/// Whether anybody has answered a question about the deployment.
fn answered(deployment: &Deployment) -> bool {
    let by_call = |found: &Option<Found<String>>| {
        found
            .as_ref()
            .is_some_and(|found| matches!(found.origin, Origin::Call(_) | Origin::Ssm(_)))
    };
    [
        &deployment.account,
        &deployment.caller_arn,
        &deployment.user_pool_id,
        &deployment.client_id,
        &deployment.rest_api_id,
        &deployment.api_url,
        &deployment.domain_id,
    ]
    .into_iter()
    .any(by_call)
}
