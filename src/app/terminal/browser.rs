//! The browser beside the terminal.

use crate::domain::{ErrorClass, Failure};

/// Opens a URL in the user's browser.
///
/// # Errors
/// `Invalid` for anything that is no http URL; `Unavailable` where there is no browser: the
/// URL is named, to be copied.
pub fn open(url: &str) -> Result<(), Failure> {
    let is_http = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_http {
        return Err(Failure::invalid(
            "opening the browser",
            format!("{url:?} is no http URL"),
        ));
    }
    open::that_detached(url).map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "opening the browser",
            error.to_string(),
        )
        .advise(format!("open it yourself: {url}"))
    })
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn only_http_urls_are_opened() {
        for url in ["file:///etc/passwd", "javascript:alert(1)", "-x", ""] {
            assert!(open(url).is_err(), "{url}");
        }
    }
}
