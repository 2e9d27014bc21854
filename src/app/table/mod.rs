//! The one table: columns as data, filter, sort, cursor and marks for every list.
//!
//! A [`Table`] owns its rows and is told what comes in ([`Table::begin`], [`Table::part`],
//! [`Table::done`], [`Table::fail`]); through [`Listing`] keys, drawing and export are written
//! once for every list. Nothing here waits, reads a clock or draws: short lists are arranged
//! at once, long ones by an [`Arrangement`] which somebody else runs.

mod arrange;
mod column;
mod export;
mod listing;
mod marks;
mod model;
pub mod query;
#[cfg(test)]
pub(crate) mod tests;
mod window;

use std::sync::Arc;

pub use arrange::Arranged;
pub use column::{Align, Cell, Column, Key, Record, Scope, Width};
pub use listing::{
    Arrangement, Direction, Emptiness, Format, Head, Listing, Marked, Marking, Motion, RowView,
    Sort, Standing,
};
pub use model::{Awaited, Table};
pub use window::keep_in_view;

/// Rows that are shared with whoever works on them.
pub type Rows<R> = Arc<Vec<Arc<R>>>;
