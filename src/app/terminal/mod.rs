//! The terminal itself: taken, given back, suspended; its clipboard; the browser beside it.

pub mod browser;
pub mod clipboard;
mod surface;

pub use surface::Surface;
