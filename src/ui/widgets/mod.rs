//! The parts that pages are made of.

mod columns;
pub mod grid;
pub mod list;
pub mod scrollbar;
