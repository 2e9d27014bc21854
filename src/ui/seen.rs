//! What was drawn where: for the mouse, and for the state to know how much there is room for.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{
    dialogs,
    widgets::{grid::GridSeen, list},
};
use crate::app::{
    Screen, State,
    actions::Action,
    dialog::{Room, Target},
    hit::Hit,
    layer::Layer,
};

/// Lines that one step of the wheel goes.
const WHEEL: i32 = 3;

/// What was drawn where.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The page.
    pub page: Rect,
    /// The tabs.
    pub tabs: Vec<(Rect, Screen)>,
    /// The actions of the hint bar.
    pub hints: Vec<(Rect, Action)>,
    /// The list.
    pub list: Option<list::Seen>,
    /// The matrix.
    pub grid: Option<GridSeen>,
    /// Runs compared, where they are what is on top.
    pub compare: Option<GridSeen>,
    /// The window on top.
    pub window: Option<Rect>,
    /// The parts of the dialog on top.
    pub dialog: Option<Vec<(Rect, Target)>>,
    /// The last line of the overview that can be at the top.
    pub overview_end: Option<usize>,
}

impl Seen {
    /// Tells the state how much there was room for.
    pub fn note(&self, state: &mut State) {
        let screen = state.screen();
        let mut page = usize::from(self.page.height.saturating_sub(2));
        if let Some(list) = &self.list {
            let height = usize::from(list.body.height);
            page = height;
            if let Some(listing) = state.data.listing_mut(screen) {
                listing.note_seen(height, list.more_columns);
            }
        }
        if let Some(grid) = &self.grid {
            page = usize::from(grid.body.height);
            state.data.matrix_first = grid.first;
        }
        if let (Some(grid), Some(Layer::Compare(compare))) =
            (&self.compare, state.layers.last_mut())
        {
            compare.note_seen(usize::from(grid.body.height), grid.columns.len());
        }
        if let Some(end) = self.overview_end {
            state.data.overview_scroll = state.data.overview_scroll.min(end);
        }
        state.resize(page, Room::new(self.page.width, self.page.height));
    }

    /// What the mouse did, in terms of what is there.
    pub fn hit(&self, event: MouseEvent) -> Option<Hit> {
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => Some(Hit::Wheel(WHEEL)),
            MouseEventKind::ScrollUp => Some(Hit::Wheel(-WHEEL)),
            MouseEventKind::Drag(MouseButton::Left) if self.window.is_none() => self.scrollbar(at),
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            _ => None,
        }
    }

    fn click(&self, at: Position) -> Option<Hit> {
        if let Some(areas) = &self.dialog {
            return Some(dialogs::hit(areas, at.x, at.y).map_or(Hit::Outside, Hit::Dialog));
        }
        if let Some(window) = self.window {
            return (!window.contains(at)).then_some(Hit::Outside);
        }
        if let Some((_, screen)) = self.tabs.iter().find(|(area, _)| area.contains(at)) {
            return Some(Hit::Tab(*screen));
        }
        if let Some((_, action)) = self.hints.iter().find(|(area, _)| area.contains(at)) {
            return Some(Hit::Action(*action));
        }
        if let Some(hit) = self.scrollbar(at) {
            return Some(hit);
        }
        if let Some(list) = &self.list {
            if list.head.contains(at) {
                let (_, column) = list.heads.iter().find(|(range, _)| range.contains(&at.x))?;
                return Some(Hit::Head(*column));
            }
            if list.body.contains(at) {
                let line = usize::from(at.y - list.body.y);
                return (line < list.rows).then_some(Hit::Row(list.first_row + line));
            }
        }
        if let Some((row, column)) = self.grid.as_ref().and_then(|grid| grid.at(at.x, at.y)) {
            return Some(Hit::Cell(row, column));
        }
        None
    }

    /// How far down the scrollbar a position is; it may be left sideways while dragging.
    fn scrollbar(&self, at: Position) -> Option<Hit> {
        let bar = match (&self.list, &self.grid) {
            (Some(list), _) => list.scrollbar?,
            (None, Some(grid)) => grid.scrollbar?,
            (None, None) => return None,
        };
        let near = at.x + 2 >= bar.x && at.y >= bar.y && at.y < bar.bottom();
        if !near {
            return None;
        }
        let way = u32::from(bar.height.saturating_sub(1)).max(1);
        let thousandths = u32::from(at.y - bar.y) * 1_000 / way;
        Some(Hit::Scrollbar(u16::try_from(thousandths).unwrap_or(1_000)))
    }
}
