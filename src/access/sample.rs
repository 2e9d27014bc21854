//! What tests of decisions share: the sample's API, and what its roles are granted on it.

use super::Api;

/// What a reader's role may do, as the ends of ARNs.
pub const READS: [&str; 3] = [
    "GET/*",
    "POST/api/2.0/mlflow/runs/search",
    "POST/api/2.0/mlflow/experiments/search",
];

/// The protected API.
pub fn api() -> Api {
    Api {
        region: "us-west-2".to_owned(),
        account: "123456789012".to_owned(),
        id: "a1b2c3d4e5".to_owned(),
        stage: "prod".to_owned(),
    }
}
