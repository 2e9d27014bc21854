//! All state of the console, owned by the UI task alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tui_input::Input;

use super::{
    Screen,
    command::History,
    data::Data,
    dialog::Room,
    effect::Epoch,
    job::JobId,
    kept::Kept,
    keymap::{Key, Keymap},
    layer::Layer,
    log::Level,
    nav::Nav,
    start::{Label, Places},
};
use crate::{
    access::Matrix,
    config::Problem,
    domain::{Failure, Principal},
};

/// A line being typed at the bottom.
#[derive(Clone, Debug)]
pub enum Prompt {
    /// After `/`: the filter of the page, and what it was before.
    Filter {
        /// What is typed.
        input: Input,
        /// The filter before.
        before: String,
    },
    /// After `:`.
    Command {
        /// What is typed.
        input: Input,
        /// The completion that is chosen, by its place.
        chosen: Option<usize>,
    },
    /// After `/` in a detail.
    Search(Input),
}

/// All state.
#[derive(Debug)]
pub struct State {
    /// Which deployment is shown.
    pub epoch: Epoch,
    /// Everything that is known of it.
    pub data: Data,
    /// Where one is.
    pub nav: Nav,
    /// The windows on top, the last one has the keys.
    pub layers: Vec<Layer>,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// The first keys of a chord.
    pub pending: Vec<Key>,
    /// Which key does what.
    pub keymap: Keymap,
    /// The commands typed before.
    pub history: History,
    /// Filters that were given a name, by screen.
    pub saved_filters: BTreeMap<Screen, BTreeMap<String, String>>,
    /// The actions used last, the newest first: the palette shows them first.
    pub recent: Vec<String>,
    /// Where one can go.
    pub places: Places,
    /// The theme in effect.
    pub theme: String,
    /// The themes there are.
    pub themes: Vec<String>,
    /// The theme was chosen here, so that the next start takes it too.
    pub theme_chosen: bool,
    /// Whom to show first on the matrix.
    pub principal: Option<Principal>,
    /// The time, as of the last thing that happened.
    pub now: Timestamp,
    /// Which picture of the spinner is next.
    pub spin: usize,
    /// The lines that the page's list can show, as last drawn.
    pub page: usize,
    /// The room that windows have, as last drawn.
    pub room: Room,
    /// The jobs that a step is to be waited for before leaving.
    pub leaving: bool,
    /// A job whose details are followed.
    pub followed: Option<JobId>,
}

/// The time, to the millisecond: as recordings have it.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

impl State {
    /// The state before anything is known.
    pub fn new(label: Label, declared: Matrix, screen: Screen) -> Self {
        Self {
            epoch: Epoch::default(),
            data: Data::new(label, declared),
            nav: Nav::new(screen),
            layers: Vec::new(),
            prompt: None,
            pending: Vec::new(),
            keymap: Keymap::embedded(),
            history: History::default(),
            saved_filters: BTreeMap::new(),
            recent: Vec::new(),
            places: Places::default(),
            theme: "dark".to_owned(),
            themes: Vec::new(),
            theme_chosen: false,
            principal: None,
            now: Timestamp::UNIX_EPOCH,
            spin: 0,
            page: 10,
            room: Room::default(),
            leaving: false,
            followed: None,
        }
    }

    /// Takes up how the console was left. What of it cannot be used is passed over.
    pub fn take_up(&mut self, kept: Kept) {
        kept.restore(self);
    }

    /// The page.
    pub fn screen(&self) -> Screen {
        self.nav.screen()
    }

    /// What the page's rows are filtered by.
    pub fn filter(&self) -> &str {
        match self.data.listing(self.screen()) {
            Some(listing) => listing.filter(),
            None if self.screen() == Screen::Matrix => &self.data.matrix_filter,
            None => "",
        }
    }

    /// Filters the page's rows.
    pub fn set_filter(&mut self, text: &str) {
        let screen = self.screen();
        if let Some(listing) = self.data.listing_mut(screen) {
            listing.set_filter(text);
        } else if screen == Screen::Matrix {
            text.clone_into(&mut self.data.matrix_filter);
            super::update::keep_matrix_cursor(self);
        }
    }

    /// Puts a window on top.
    pub fn push(&mut self, mut layer: Layer) {
        layer.resize(self.room);
        self.layers.push(layer);
    }

    /// The page's size has changed.
    pub fn resize(&mut self, page: usize, room: Room) {
        self.page = page;
        if self.room != room {
            self.room = room;
            for layer in &mut self.layers {
                layer.resize(room);
            }
        }
    }

    /// Tells something in the line at the bottom and in the log.
    pub fn tell(&mut self, text: impl Into<String>) {
        let now = self.now;
        self.data.log.tell(Level::Info, text, now);
    }

    /// Answers a key in the line at the bottom, and nowhere else.
    pub fn hint(&mut self, text: impl Into<String>) {
        self.data.log.hint(text);
    }

    /// Tells something that wants attention.
    pub fn warn(&mut self, text: impl Into<String>) {
        let now = self.now;
        self.data.log.tell(Level::Warning, text, now);
    }

    /// Tells of a failure, with its next step.
    pub fn fail(&mut self, failure: &Failure) {
        let now = self.now;
        self.data.log.fail(failure, now);
    }

    /// Tells of mistakes in a file of the user's.
    pub fn tell_problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            self.warn(problem.to_string());
        }
    }

    /// Whether something on the screen moves by itself.
    pub fn moves(&self) -> bool {
        self.data.moves()
    }

    /// Whether the console may end now.
    pub fn may_end(&self) -> bool {
        self.leaving && !self.data.jobs.are_active()
    }
}
