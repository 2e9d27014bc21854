//! The config file, its contexts, the folders, and the precedence flag > environment > file >
//! default.
//!
//! Read once at the top and handed down as values; nothing below asks the environment.

pub mod file;
pub mod matrix_file;
mod paths;
pub mod precedence;
mod problem;

pub use file::{ContextSettings, Settings};
pub use matrix_file::MatrixFile;
pub use paths::Paths;
pub use precedence::{Given, known};
pub use problem::Problem;
