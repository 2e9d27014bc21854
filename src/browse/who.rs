//! Who one has become, as it is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{AuthScheme, Principal};

/// Who requests are made as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The principal.
    pub principal: Principal,
    /// How its requests are authenticated; none for nobody.
    pub scheme: Option<AuthScheme>,
    /// Its Cognito groups, in the token's own order; none where it has no token.
    pub groups: Option<Vec<String>>,
    /// The execution role's name, for a role or profile.
    pub role: Option<String>,
    /// When token or session run out; none where nothing does.
    pub expires_at: Option<Timestamp>,
}
