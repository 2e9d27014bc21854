//! AWS: one adapter a service, discovery, error classes, paging.
