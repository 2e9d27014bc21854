//! Config file, contexts, paths, and the precedence flag > environment > file > default.
