//! A failure with everything that it says. The outputs of commands leave its advice out and give
//! the next step instead; a recording needs it, so that a replay says the same.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Failure, Problem};

/// The same fields, none left out.
#[derive(Serialize, Deserialize)]
struct Whole {
    #[serde(flatten)]
    failure: Failure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl From<&Failure> for Whole {
    fn from(failure: &Failure) -> Self {
        Self {
            failure: failure.clone(),
            advice: failure.advice.clone(),
        }
    }
}

impl From<Whole> for Failure {
    fn from(whole: Whole) -> Self {
        Self {
            advice: whole.advice,
            ..whole.failure
        }
    }
}

/// Writes it.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(failure: &Failure, serializer: S) -> Result<S::Ok, S::Error> {
    Whole::from(failure).serialize(serializer)
}

/// Reads it.
///
/// # Errors
/// The deserializer's.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Failure, D::Error> {
    Whole::deserialize(deserializer).map(Failure::from)
}

/// A result whose failure is whole.
pub mod outcome {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Failure, Whole};

    /// Writes it.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<T: Serialize, S: Serializer>(
        outcome: &Result<T, Failure>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        outcome.as_ref().map_err(Whole::from).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<T, Failure>, D::Error> {
        Result::<T, Whole>::deserialize(deserializer).map(|outcome| outcome.map_err(Failure::from))
    }
}

/// A failure that is whole, where there is one.
pub mod maybe {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Failure, Whole};

    /// Writes it.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(
        failure: &Option<Failure>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        failure.as_ref().map(Whole::from).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Failure>, D::Error> {
        Option::<Whole>::deserialize(deserializer).map(|failure| failure.map(Failure::from))
    }
}

/// A problem whose failure is whole.
pub mod problem {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Failure, Problem, Whole};

    /// Writes it.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
        (&problem.item, Whole::from(&problem.failure)).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Problem, D::Error> {
        let (item, whole) = <(String, Whole)>::deserialize(deserializer)?;
        Ok(Problem {
            item,
            failure: Failure::from(whole),
        })
    }
}
