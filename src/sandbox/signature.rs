//! Who signed a request: Signature Version 4, verified by signing again.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{StatusCode, request::Parts};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{
    World,
    call::{Caller, Protocol, Reply},
};

/// How far a request's time may be from the sandbox's.
const SKEW: SignedDuration = SignedDuration::from_mins(15);
/// How `X-Amz-Date` is written.
const DATE: &str = "%Y%m%dT%H%M%SZ";
/// What a path or a query keeps as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Why a request is refused.
enum Refusal {
    Missing,
    Incomplete(String),
    UnknownKey,
    BadToken,
    Expired,
    Mismatch(String),
}

/// The verified caller of a signed request, or the refusal to send.
pub(crate) fn verify(world: &World, parts: &Parts, body: &Bytes) -> Result<Caller, Reply> {
    check(world, parts, body).map_err(|refusal| refused(Protocol::of(parts), &refusal))
}

fn check(world: &World, parts: &Parts, body: &[u8]) -> Result<Caller, Refusal> {
    let header = header(parts, "authorization").ok_or(Refusal::Missing)?;
    let signed = Signed::parse(header)?;
    let key = world
        .iam
        .lock()
        .key(signed.access_key)
        .cloned()
        .ok_or(Refusal::UnknownKey)?;
    let now = world.clock.now();
    let token = self::header(parts, "x-amz-security-token");
    match (&key.session, token) {
        (Some((wanted, _)), Some(given)) if !same(wanted.as_bytes(), given.as_bytes()) => {
            return Err(Refusal::BadToken);
        }
        (Some(_), None) | (None, Some(_)) => return Err(Refusal::BadToken),
        (Some((_, until)), Some(_)) if *until <= now => return Err(Refusal::Expired),
        _ => {}
    }
    let date = self::header(parts, "x-amz-date").ok_or_else(|| {
        Refusal::Incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned(),
        )
    })?;
    // A test may have let time pass here: the clients of this machine know nothing of it, or
    // as much as the last answer they read told them.
    let real = Timestamp::now();
    in_time(date, real.min(now), real.max(now))?;

    let canonical = canonical_request(parts, body, &signed)?;
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{}\n{}",
        signed.scope,
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let mut signing_key = format!("AWS4{}", key.secret).into_bytes();
    for part in signed.scope.split('/') {
        signing_key = hmac(&signing_key, part.as_bytes());
    }
    let signature = hex::encode(hmac(&signing_key, to_sign.as_bytes()));
    if !date.starts_with(signed.scope.split('/').next().unwrap_or_default())
        || !same(signature.as_bytes(), signed.signature.as_bytes())
    {
        return Err(Refusal::Mismatch(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details."
                .to_owned(),
        ));
    }
    Ok(key.caller)
}

/// The parts of an `Authorization` header.
struct Signed<'a> {
    access_key: &'a str,
    /// `20261123/us-west-2/iam/aws4_request`
    scope: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Signed<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let Some(rest) = header.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(Refusal::Missing);
        };
        let part = |name: &str| {
            rest.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(|| {
                    Refusal::Incomplete(format!(
                        "Authorization header requires '{name}' parameter."
                    ))
                })
        };
        let (access_key, scope) = part("Credential")?.split_once('/').ok_or_else(|| {
            Refusal::Incomplete(
                "Credential must have exactly 5 slash-delimited elements".to_owned(),
            )
        })?;
        Ok(Self {
            access_key,
            scope,
            headers: part("SignedHeaders")?,
            signature: part("Signature")?,
        })
    }
}

/// Whether a request was signed in time, where it is between `earliest` and `latest` now.
fn in_time(date: &str, earliest: Timestamp, latest: Timestamp) -> Result<(), Refusal> {
    let at = DateTime::strptime(DATE, date)
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map_err(|_| {
            Refusal::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'."
            ))
        })?
        .timestamp();
    let shown = |time: Timestamp| time.strftime(DATE).to_string();
    if earliest.duration_since(at) > SKEW {
        return Err(Refusal::Mismatch(format!(
            "Signature expired: {date} is now earlier than {} ({} - 15 min.)",
            earliest
                .saturating_sub(SKEW)
                .map_or_else(|_| shown(earliest), shown),
            shown(earliest)
        )));
    }
    if at.duration_since(latest) > SKEW {
        return Err(Refusal::Mismatch(format!(
            "Signature not yet current: {date} is still later than {} ({} + 15 min.)",
            latest
                .saturating_add(SKEW)
                .map_or_else(|_| shown(latest), shown),
            shown(latest)
        )));
    }
    Ok(())
}

fn canonical_request(parts: &Parts, body: &[u8], signed: &Signed<'_>) -> Result<String, Refusal> {
    let mut headers = String::new();
    for name in signed.headers.split(';') {
        let mut values = parts.headers.get_all(name).iter().peekable();
        if values.peek().is_none() {
            return Err(Refusal::Mismatch(format!(
                "'{name}' is named in SignedHeaders and not sent"
            )));
        }
        let values: Vec<String> = values
            .map(|value| {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        headers.push_str(name);
        headers.push(':');
        headers.push_str(&values.join(","));
        headers.push('\n');
    }
    if !signed.headers.split(';').any(|name| name == "host") {
        return Err(Refusal::Mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        parts.method,
        canonical_path(parts.uri.path()),
        canonical_query(parts.uri.query().unwrap_or_default()),
        signed.headers,
        hex::encode(Sha256::digest(body)),
    ))
}

/// The path without `.`, `..` and empty segments, each segment encoded once more: as every
/// service but S3 has it.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut canonical = String::new();
    for segment in segments {
        canonical.push('/');
        canonical.extend(utf8_percent_encode(segment, UNRESERVED));
    }
    if canonical.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

fn canonical_query(query: &str) -> String {
    // A plus is a space to whoever signs and to whoever verifies, as in a form.
    let again = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded: Vec<u8> = percent_decode_str(&spaced).collect();
        percent_encoding::percent_encode(&decoded, UNRESERVED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (again(name), again(value))
        })
        .collect();
    pairs.sort();
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length is a key to HMAC.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// Compares without telling by its time where the difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

fn refused(protocol: Protocol, refusal: &Refusal) -> Reply {
    let query = protocol == Protocol::Query;
    let (code, message) = match refusal {
        Refusal::Missing if query => (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Refusal::Missing => (
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        Refusal::Incomplete(message) if query => ("IncompleteSignature", message.as_str()),
        Refusal::Incomplete(message) => ("IncompleteSignatureException", message.as_str()),
        Refusal::UnknownKey | Refusal::BadToken if query => (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        Refusal::UnknownKey | Refusal::BadToken => (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        Refusal::Expired if query => (
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
        Refusal::Expired => (
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        Refusal::Mismatch(message) if query => ("SignatureDoesNotMatch", message.as_str()),
        Refusal::Mismatch(message) => ("InvalidSignatureException", message.as_str()),
    };
    let status = if protocol == Protocol::Json {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::FORBIDDEN
    };
    Reply::error(protocol, status, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normal_and_encoded_once_more() {
        assert_eq!(canonical_path(""), "/");
        assert_eq!(canonical_path("/prod/api/./x/"), "/prod/api/x/");
        assert_eq!(canonical_path("/a//b/../c%20d"), "/a/c%2520d");
    }

    #[test]
    fn a_query_is_sorted_and_encoded_once() {
        assert_eq!(
            canonical_query("b=2&a=x%20y&a=1&flag"),
            "a=1&a=x%20y&b=2&flag="
        );
        assert_eq!(canonical_query("f=a+b%2Bc"), "f=a%20b%2Bc");
    }
}
