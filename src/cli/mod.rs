//! The command line: clap definitions and one file a command; prints, never decides.
