//! Whether those are there at all who are to be told of or asked as.

use crate::{
    aws::Cloud,
    domain::{ErrorClass, Failure, Principal},
};

/// Refuses a group or a user that the user pool `pool` does not have: predicted, it would only look
/// denied. Who may not look is refused nothing.
///
/// # Errors
/// `NotFound`, for the first that is not there.
pub async fn known(cloud: &Cloud, pool: &str, principals: &[Principal]) -> Result<(), Failure> {
    for principal in principals {
        let looked = match principal {
            Principal::Group(_) => {
                let mut missing = None;
                for group in principal.groups().unwrap_or_default() {
                    let looked = cloud.cognito.group(pool, &group).await;
                    missing = missing.or(looked.err());
                }
                missing
            }
            Principal::User(name) => cloud.cognito.user(pool, name).await.err(),
            Principal::Role(_) | Principal::Profile(_) | Principal::Anonymous => None,
        };
        if let Some(failure) = looked.filter(|failure| failure.class == ErrorClass::NotFound) {
            return Err(failure.advise(format!(
                "there is no {principal}: look at `mlwarden groups list` and `mlwarden users list`"
            )));
        }
    }
    Ok(())
}
