//! The parts that pages are made of.

mod columns;
pub mod comparison;
pub mod grid;
pub mod list;
pub mod picture;
pub mod plot;
pub mod preview;
pub mod scrollbar;
