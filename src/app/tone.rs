//! What a piece of text says about its subject; the theme decides how that looks.

/// The meaning of a piece of text, never its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Plain.
    #[default]
    Text,
    /// Less important.
    Dim,
    /// As it should be.
    Good,
    /// Wants attention.
    Warning,
    /// Dangerous, or failed.
    Danger,
    /// Not known, not decided.
    Unknown,
    /// Stands out without being good or bad.
    Accent,
}
