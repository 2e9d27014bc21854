//! Being someone: sign-in, tokens, assumed roles, request signing.
