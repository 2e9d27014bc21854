//! The parts that pages are made of.

pub(super) mod table;
