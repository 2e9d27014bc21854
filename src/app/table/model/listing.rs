//! The table as keys, drawing and export see every list.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    super::{
        arrange::{Arranged, Input},
        column::Record,
        export,
        listing::{
            Arrangement, Emptiness, Format, Head, Listing, Marked, Marking, Motion, RowView, Sort,
            Standing,
        },
        query::{Query, QueryError, Scratch},
        window::keep_in_view,
    },
    Asked, Table, locate,
};
use crate::{
    app::remote::{Dated, Remote},
    domain::ErrorClass,
};

impl<R: Record> Listing for Table<R> {
    fn nouns(&self) -> (&'static str, &'static str) {
        R::NOUNS
    }

    fn heads(&self) -> Vec<Head> {
        let sorted = |place| self.sort.filter(|sort| sort.column == place);
        R::columns()
            .iter()
            .enumerate()
            .map(|(place, column)| Head {
                name: column.name,
                title: R::title(&self.context, place).map(Into::into),
                width: column.width,
                set: self.widths.get(place).copied().flatten(),
                align: column.align,
                sorted: sorted(place).map(|sort| sort.direction),
            })
            .collect()
    }

    fn shown(&self) -> usize {
        self.shown.arranged.order.len()
    }

    fn total(&self) -> usize {
        self.remote.shown().map_or(0, |rows| rows.len())
    }

    fn standing(&self) -> Standing<'_> {
        match &self.remote {
            Remote::Idle => Standing::Idle,
            Remote::Loading {
                partial, last_good, ..
            } => Standing::Loading {
                so_far: partial.len(),
                at: last_good.as_ref().map(|dated| dated.at),
            },
            Remote::Ready(dated) => Standing::Ready { at: dated.at },
            Remote::Failed {
                error,
                last_good: Some(Dated { at, .. }),
            } => Standing::Stale { error, at: *at },
            Remote::Failed { error, .. } => match &error.class {
                ErrorClass::Denied { action } => Standing::Denied {
                    error,
                    action: action.as_deref(),
                },
                _ => Standing::Failed { error },
            },
        }
    }

    fn emptiness(&self) -> Option<Emptiness> {
        match (self.shown(), self.total()) {
            (0, 0) => Some(Emptiness::Empty),
            (0, _) => Some(Emptiness::Filtered),
            _ => None,
        }
    }

    fn row(&self, place: usize) -> Option<RowView<'_>> {
        let record = self.get(place)?;
        let scope = self.scope();
        let cells: Vec<_> = R::columns()
            .iter()
            .map(|column| (column.cell)(record, scope))
            .collect();
        let mut scratch = Scratch::default();
        let matches = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| self.query.ranges::<R>(column, &cell.text, &mut scratch))
            .collect();
        let row = self.shown.arranged.order.get(place)?;
        Some(RowView {
            id: record.id(),
            cells,
            matches,
            marked: self.marks.has(*row),
        })
    }

    fn id(&self, place: usize) -> Option<&str> {
        self.get(place).map(|record| record.id())
    }

    fn json(&self, place: usize) -> Option<serde_json::Value> {
        serde_json::to_value(&**self.get(place)?).ok()
    }

    fn cursor(&self) -> Option<usize> {
        let last = self.shown().checked_sub(1)?;
        Some(self.cursor.place.min(last))
    }

    fn go(&mut self, motion: Motion, page: usize) {
        let (Some(here), Some(last)) = (self.cursor(), self.shown().checked_sub(1)) else {
            return;
        };
        let page = page.max(1);
        let place = match motion {
            Motion::Down => here + 1,
            Motion::Up => here.saturating_sub(1),
            Motion::PageDown => here.saturating_add(page),
            Motion::PageUp => here.saturating_sub(page),
            Motion::Top => 0,
            Motion::Bottom => last,
            Motion::To(place) => place,
        };
        self.hold(place.min(last));
    }

    fn go_to_id(&mut self, id: &str) -> bool {
        let place = locate(&self.shown.from.rows, id, self.cursor.row).and_then(|row| {
            let order = self.shown.arranged.order.iter();
            order.copied().position(|other| other == row)
        });
        if let Some(place) = place {
            self.hold(place);
        }
        place.is_some()
    }

    fn window(&self, height: usize) -> usize {
        let cursor = self.cursor().unwrap_or_default();
        keep_in_view(self.first, height, cursor, self.shown())
    }

    fn note_seen(&mut self, height: usize, more_columns: bool) {
        self.first = self.window(height);
        self.more_columns = more_columns;
    }

    fn first_column(&self) -> usize {
        self.first_column
    }

    fn column_left(&mut self) {
        self.first_column = self.first_column.saturating_sub(1).max(1);
    }

    fn column_right(&mut self) {
        if self.more_columns && self.first_column + 1 < R::columns().len() {
            self.first_column += 1;
        }
    }

    fn set_width(&mut self, column: usize, width: Option<u16>) {
        if let Some(set) = self.widths.get_mut(column) {
            *set = width;
        }
    }

    fn sort(&self) -> Option<Sort> {
        self.sort
    }

    fn set_sort(&mut self, sort: Option<Sort>) {
        if sort.is_none_or(|sort| sort.column < R::columns().len()) {
            self.sort = sort;
            self.settle();
        }
    }

    fn mark(&mut self, marking: Marking) {
        let all = 0..self.shown();
        match marking {
            Marking::Toggle => {
                if let Some(here) = self.cursor() {
                    self.set_mark(here, |marked| !marked);
                }
            }
            Marking::Range => {
                let (from, to) = self.range();
                let last = self.cursor();
                for place in (from..=to).filter(|place| Some(*place) != last).chain(last) {
                    self.set_mark(place, |_| true);
                }
            }
            Marking::All => all.for_each(|place| self.set_mark(place, |_| true)),
            Marking::Invert => all.for_each(|place| self.set_mark(place, |marked| !marked)),
            Marking::Clear => self.marks.clear(),
        }
        self.count_hidden();
    }

    fn marked(&self) -> Marked {
        Marked {
            count: self.marks.len(),
            hidden: self.hidden,
        }
    }

    fn targets(&self) -> Vec<String> {
        if self.marks.is_empty() {
            let here = self.cursor().and_then(|place| self.id(place));
            return here.map(str::to_owned).into_iter().collect();
        }
        let order = &self.shown.arranged.order;
        let mut ids: Vec<String> = order
            .iter()
            .filter(|row| self.marks.has(**row))
            .filter_map(|row| self.shown.from.rows.get(*row as usize))
            .map(|record| record.id().to_owned())
            .collect();
        ids.extend(self.marks.not_in(order));
        ids
    }

    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        match Query::parse::<R>(text) {
            Ok(query) => {
                self.filter_error = None;
                if *self.query != query {
                    self.query = Arc::new(query);
                    self.settle();
                }
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn filter_error(&self) -> Option<&QueryError> {
        self.filter_error.as_ref()
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn set_now(&mut self, now: Timestamp) {
        self.now = now;
        if self.query.uses_now() {
            self.settle();
        }
    }

    fn wanted(&mut self) -> Option<Arrangement> {
        if !self.late {
            return None;
        }
        let input = self.input();
        // More rows alone wait for the answer that is under way, else none would ever be in
        // time while rows stream in.
        if self
            .asked
            .as_ref()
            .is_some_and(|asked| asked.input.same_wish(&input))
        {
            return None;
        }
        let plan = self.plan(&input)?;
        self.late = false;
        self.generation += 1;
        self.asked = Some(Asked {
            generation: self.generation,
            input,
        });
        Some(Arrangement {
            generation: self.generation,
            work: Arc::new(move || plan.run()),
        })
    }

    fn arranged(&mut self, generation: u64, arranged: Arranged) {
        if let Some(asked) = self.asked.take_if(|asked| asked.generation == generation) {
            self.adopt(asked.input, arranged);
            self.settle();
        }
    }

    fn exporter(&self, format: Format) -> Box<dyn FnOnce() -> String + Send> {
        let from = Input {
            context: Arc::clone(&self.context),
            now: self.now,
            ..self.shown.from.clone()
        };
        let order = Arc::clone(&self.shown.arranged.order);
        Box::new(move || export::write(&from, &order, format))
    }
}
