//! Who may do what: routes, permissions, the matrix, policy evaluation, decisions, findings. Pure.
