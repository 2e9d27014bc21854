//! A length of time as people write it: `90m`, `4h`, `2d`, `1d12h`.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The units, the largest first, with their seconds.
const UNITS: [(char, i64); 5] = [
    ('w', 7 * 86_400),
    ('d', 86_400),
    ('h', 3_600),
    ('m', 60),
    ('s', 1),
];

/// A length of time, in whole seconds, never negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Span(i64);

impl Span {
    /// So many hours.
    pub const fn hours(hours: u32) -> Self {
        Self(hours as i64 * 3_600)
    }

    /// From one time to another; none at all where that is earlier.
    pub fn between(at: Timestamp, now: Timestamp) -> Self {
        Self(now.duration_since(at).as_secs().max(0))
    }

    /// In its largest unit that fits, up to days: `3d`, `5h`, `12m`, `30s`.
    pub fn rough(self) -> String {
        match self.0 {
            0..60 => format!("{}s", self.0),
            60..3_600 => format!("{}m", self.0 / 60),
            3_600..86_400 => format!("{}h", self.0 / 3_600),
            _ => format!("{}d", self.0 / 86_400),
        }
    }

    /// In seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// As a duration.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.0)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no length of time such as 90m, 4h, 2d or 1d12h");
        let (mut total, mut number) = (0_i64, String::new());
        for char in text.chars() {
            if char.is_ascii_digit() {
                number.push(char);
                continue;
            }
            let unit = UNITS.iter().find(|(name, _)| *name == char);
            let (_, unit) = unit.ok_or_else(wrong)?;
            let count: i64 = number.parse().map_err(|_| wrong())?;
            total = count
                .checked_mul(*unit)
                .and_then(|seconds| total.checked_add(seconds))
                .ok_or_else(wrong)?;
            number.clear();
        }
        if text.is_empty() || !number.is_empty() {
            return Err(wrong());
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        if left == 0 {
            return f.write_str("0s");
        }
        for (name, unit) in UNITS {
            if left >= unit {
                write!(f, "{}{name}", left / unit)?;
                left %= unit;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_understood_and_written_the_same() {
        for (text, seconds) in [
            ("90m", 5_400),
            ("4h", 14_400),
            ("2d", 172_800),
            ("1d12h", 129_600),
            ("0s", 0),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().seconds(), seconds);
        }
        assert_eq!(Span(5_400).to_string(), "1h30m");
    }

    #[test]
    fn what_is_no_length_of_time_is_refused_with_an_example() {
        for text in ["", "2", "d", "2x", "-2d", "2 d", "99999999999999999d", "٣d"] {
            let error = text.parse::<Span>().unwrap_err();
            assert!(error.contains("such as 90m"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn written_and_read_it_is_the_same(seconds in 0_i64..10_000_000_000) {
            let span = Span(seconds);
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
    }
}
