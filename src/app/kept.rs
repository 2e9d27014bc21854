//! How the console was left: taken up at the next start. It holds no data and no secret.

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Screen,
    command::History,
    state::State,
    table::{Direction, Sort},
};
use crate::domain::{ErrorClass, Failure};

/// How the list of a screen was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptList {
    /// What it was filtered by.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// The column it was sorted by, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Whether the greatest stood first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// Widths that were set, by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub widths: BTreeMap<String, u16>,
}

/// How the console was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The context's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    /// The theme, where it was chosen inside the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Actions used last.
    pub recent: Vec<String>,
    /// Commands typed.
    pub history: History,
    /// The lists by screen.
    pub lists: BTreeMap<Screen, KeptList>,
    /// Filters that were given a name, by screen.
    pub filters: BTreeMap<Screen, BTreeMap<String, String>>,
}

impl Kept {
    /// Reads it; a file that is not there or cannot be understood is as good as none.
    pub fn read(file: &Path) -> Self {
        fs::read_to_string(file)
            .ok()
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// `Unavailable` where the disk is full or the folder cannot be written to.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let failed = |error: String| {
            Failure::new(
                ErrorClass::Unavailable,
                format!("keeping how the console was left in {}", file.display()),
                error,
            )
            .advise("nothing is lost but where you were; make the folder writable to keep it")
        };
        let text = toml::to_string(self).map_err(|error| failed(error.to_string()))?;
        let write = || -> std::io::Result<()> {
            let folder = file.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(text.as_bytes())?;
            new.persist(file)?;
            Ok(())
        };
        write().map_err(|error| failed(error.to_string()))
    }

    /// How the console stands now.
    pub fn of(state: &State) -> Self {
        let label = &state.data.label;
        let lists = Screen::ALL
            .into_iter()
            .filter_map(|screen| {
                let listing = state.data.listing(screen)?;
                let heads = listing.heads();
                let name = |at: usize| heads.get(at).map(|head| head.name.to_owned());
                let kept = KeptList {
                    filter: listing.filter().to_owned(),
                    sort: listing.sort().and_then(|sort| name(sort.column)),
                    descending: listing
                        .sort()
                        .is_some_and(|sort| sort.direction == Direction::Descending),
                    widths: heads
                        .iter()
                        .filter_map(|head| Some((head.name.to_owned(), head.set?)))
                        .collect(),
                };
                (kept != KeptList::default()).then_some((screen, kept))
            })
            .collect();
        Self {
            context: (!label.demo).then(|| label.context.clone()),
            screen: Some(state.screen()),
            theme: state.theme_chosen.then(|| state.theme.clone()),
            recent: state.recent.clone(),
            history: state.history.clone(),
            lists,
            filters: state.saved_filters.clone(),
        }
    }

    /// Puts the lists as they were left; also after a switch of context.
    pub fn restore_lists(&self, state: &mut State) {
        for (screen, kept) in &self.lists {
            let Some(listing) = state.data.listing_mut(*screen) else {
                continue;
            };
            let heads = listing.heads();
            let place = |name: &str| heads.iter().position(|head| head.name == name);
            listing.set_filter(&kept.filter);
            if let Some(column) = kept.sort.as_deref().and_then(place) {
                let direction = if kept.descending {
                    Direction::Descending
                } else {
                    Direction::Ascending
                };
                listing.set_sort(Some(Sort { column, direction }));
            }
            for (name, width) in &kept.widths {
                if let Some(column) = place(name) {
                    listing.set_width(column, Some(*width));
                }
            }
        }
    }

    pub(super) fn restore(self, state: &mut State) {
        self.restore_lists(state);
        if let Some(theme) = self.theme {
            state.theme = theme;
            state.theme_chosen = true;
        }
        state.recent = self.recent;
        state.history = self.history;
        state.saved_filters = self.filters;
    }
}
