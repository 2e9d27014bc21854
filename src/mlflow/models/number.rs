//! Numbers as MLflow sends them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A metric's value. JSON has no word for some of them: MLflow writes `"NaN"`, `"Infinity"` and
/// `"-Infinity"`; its database stores the infinities as the largest numbers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Number(pub f64);

impl Number {
    /// Whether it stands for infinity: it is, or it is the largest number, which is what
    /// MLflow's database makes of it.
    pub fn is_infinite(self) -> bool {
        self.0.is_infinite() || self.0.abs() >= f64::MAX
    }
}

impl fmt::Display for Number {
    /// As short as it can be without losing a digit that counts: at most six of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.is_nan() {
            return f.pad("NaN");
        }
        if self.is_infinite() {
            return f.pad(if value > 0.0 { "∞" } else { "-∞" });
        }
        let size = value.abs();
        let text = if size != 0.0 && !(1e-4..1e9).contains(&size) {
            format!("{value:.4e}")
        } else {
            format!("{value:.*}", decimals(size))
        };
        f.pad(&trimmed(&text))
    }
}

/// How many digits behind the point make six that count.
fn decimals(size: f64) -> usize {
    let written = format!("{size:e}");
    let exponent = written
        .split_once('e')
        .map_or("0", |(_, exponent)| exponent);
    let exponent: i32 = exponent.parse().unwrap_or_default();
    usize::try_from(5 - exponent).unwrap_or_default()
}

/// Without the zeros that say nothing.
fn trimmed(text: &str) -> String {
    let (number, exponent) = match text.split_once('e') {
        Some((number, exponent)) => (number, format!("e{exponent}")),
        None => (text, String::new()),
    };
    let number = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    };
    format!("{number}{exponent}")
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            value => serializer.serialize_f64(value),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
            Nothing(()),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(value) => Ok(Self(value)),
            Either::Text(text) => text.parse().map(Self).map_err(D::Error::custom),
            // What cannot be said in JSON at all may come as nothing.
            Either::Nothing(()) => Ok(Self(f64::NAN)),
        }
    }
}

/// A whole number that MLflow sends as one or, as protobuf does with 64 bits, as text.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
        Nothing(()),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(D::Error::custom),
        Either::Nothing(()) => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0.5", "0.5")]
    #[case("0.019230769230769232", "0.0192308")]
    #[case("0.00012345", "0.00012345")]
    #[case("123456.789", "123457")]
    #[case("1e-300", "1e-300")]
    #[case("3", "3")]
    #[case("100", "100")]
    #[case("-2.25", "-2.25")]
    #[case("0", "0")]
    #[case("1234567890123", "1.2346e12")]
    #[case("\"NaN\"", "NaN")]
    #[case("\"-Infinity\"", "-∞")]
    #[case("1.7976931348623157e+308", "∞")]
    fn a_value_is_shown_short(#[case] sent: &str, #[case] shown: &str) {
        let number: Number = serde_json::from_str(sent).unwrap();
        assert_eq!(number.to_string(), shown);
    }

    #[test]
    fn what_json_cannot_say_is_written_as_mlflow_writes_it() {
        let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.25].map(Number);
        assert_eq!(
            serde_json::to_string(&numbers).unwrap(),
            r#"["NaN","Infinity","-Infinity",0.25]"#
        );
    }
}
