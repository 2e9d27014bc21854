//! What the benches of decisions share: the sample's API.

use mlwarden::access::Api;

/// The protected API.
pub fn api() -> Api {
    Api {
        region: "us-west-2".to_owned(),
        account: "123456789012".to_owned(),
        id: "a1b2c3d4e5".to_owned(),
        stage: "prod".to_owned(),
    }
}
