//! A screen as text: the characters alone.

use super::lines::Run;

/// The lines, without the spaces at their ends.
pub fn draw(lines: &[Vec<Run>]) -> String {
    let mut out = String::new();
    for line in lines {
        let text: String = line.iter().map(Run::text).collect();
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}
