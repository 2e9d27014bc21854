//! MLflow's REST API through one auth scheme.
