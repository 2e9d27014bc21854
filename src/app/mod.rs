//! The application: event loop, messages, effects, remote data, jobs, navigation.
