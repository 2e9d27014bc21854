//! Permissions: named sets of routes such as `runs:write`, and globs over them.

use super::policy::glob;

/// Whether a permission glob such as `runs:*` covers a permission.
pub fn covers(pattern: &str, permission: &str) -> bool {
    glob::matches(pattern, permission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_covers_whole_names_only() {
        assert!(covers("*:read", "runs:read"));
        assert!(covers("*", "runs:read"));
        assert!(covers("runs:read", "runs:read"));
        assert!(!covers("runs:read", "runs:read-all"));
        assert!(!covers("run", "runs:read"));
    }
}
