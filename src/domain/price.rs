//! What Studio's apps cost: a dated table of prices, and sums that say what they do not know.
//!
//! Amounts are whole millionths of a dollar, so that sums are exact.

use std::{collections::HashMap, fmt, iter::Sum, ops::Add, sync::LazyLock};

use indexmap::IndexMap;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, Serializer};

use super::{App, AppStatus};

/// How many hours a month has where a rate is told by the month, as AWS counts them.
pub const HOURS_A_MONTH: i64 = 730;
/// What SageMaker calls the instance that Jupyter's own server runs on; it costs nothing.
const SYSTEM: &str = "system";
/// The millionths of a dollar.
const MILLION: i64 = 1_000_000;

static EMBEDDED: LazyLock<Result<Asset, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/prices.toml")).map_err(|error| error.to_string())
});

/// US dollars, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "f64")]
pub struct Usd(i64);

impl Usd {
    /// So many millionths of a dollar.
    pub const fn micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In dollars.
    #[expect(
        clippy::cast_precision_loss,
        reason = "amounts far below 2^53 millionths"
    )]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }

    /// For this long, at this rate an hour.
    fn over(self, seconds: i64) -> Self {
        let micros = i128::from(self.0) * i128::from(seconds.max(0)) / 3_600;
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl TryFrom<f64> for Usd {
    type Error = String;

    fn try_from(dollars: f64) -> Result<Self, String> {
        if !(0.0..=100_000.0).contains(&dollars) {
            return Err(format!("{dollars} is no price an hour in dollars"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "checked to be at most 100,000 dollars"
        )]
        Ok(Self((dollars * MILLION as f64).round() as i64))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl fmt::Display for Usd {
    /// With cents, and with what is below a cent where that is all there is: `$1,036.50`,
    /// `$0.115`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < MILLION && self.0 % 10_000 != 0 {
            let text = format!("{:.4}", self.dollars());
            return write!(f, "${}", text.trim_end_matches('0'));
        }
        let text = format!("{:.2}", self.dollars());
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "${grouped}.{cents}")
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    as_of: Date,
    table: Vec<Table>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    regions: Vec<String>,
    hourly: HashMap<String, Usd>,
}

/// The prices of instances in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The day that the embedded table is of; none where this region is not in it.
    pub as_of: Option<Date>,
    #[serde(skip_serializing)]
    hourly: HashMap<String, Usd>,
}

impl Prices {
    /// The embedded prices of a region, with the user's own before them.
    pub fn of(region: &str, own: &IndexMap<String, Usd>) -> Self {
        let table = EMBEDDED.as_ref().ok().and_then(|asset| {
            let holds = |table: &&Table| table.regions.iter().any(|name| name == region);
            Some((asset.as_of, asset.table.iter().find(holds)?))
        });
        let mut hourly = table.map_or_else(HashMap::new, |(_, table)| table.hourly.clone());
        hourly.extend(
            own.iter()
                .map(|(instance, price)| (instance.clone(), *price)),
        );
        Self {
            as_of: table.map(|(as_of, _)| as_of),
            hourly,
        }
    }

    /// What an hour of an instance costs; none where that is not known.
    pub fn hourly(&self, instance: &str) -> Option<Usd> {
        self.hourly
            .get(instance)
            .copied()
            .or_else(|| (instance == SYSTEM).then(Usd::default))
    }

    /// What an app costs now; nothing where it is gone or never came up.
    pub fn cost(&self, app: &App, now: Timestamp) -> Cost {
        if !app.is_there() {
            return Cost::NOTHING;
        }
        // An app without an instance of its own runs on the system's.
        let hourly = self.hourly(app.instance_type.as_deref().unwrap_or(SYSTEM));
        // What is still starting has cost nothing yet.
        let since = app.created_at.filter(|_| app.status != AppStatus::Pending);
        let seconds = since.map_or(0, |since| now.duration_since(since).as_secs());
        Cost {
            hourly,
            so_far: hourly
                .filter(|hourly| *hourly == Usd::default() || app.created_at.is_some())
                .map(|hourly| hourly.over(seconds)),
        }
    }
}

/// What something costs, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// An hour.
    pub hourly: Option<Usd>,
    /// Since it is there.
    pub so_far: Option<Usd>,
}

impl Cost {
    /// It costs nothing.
    pub const NOTHING: Self = Self {
        hourly: Some(Usd(0)),
        so_far: Some(Usd(0)),
    };

    /// A month at this rate.
    pub fn monthly(self) -> Option<Usd> {
        self.hourly.map(|hourly| hourly.over(HOURS_A_MONTH * 3_600))
    }
}

/// A sum of amounts of which some may not be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// The sum of those that are known.
    pub known: Usd,
    /// How many are not.
    pub unknown: usize,
}

impl Bill {
    /// The same with another amount.
    #[must_use]
    pub fn with(self, amount: Option<Usd>) -> Self {
        match amount {
            Some(amount) => Self {
                known: self.known + amount,
                ..self
            },
            None => Self {
                unknown: self.unknown + 1,
                ..self
            },
        }
    }
}

impl FromIterator<Option<Usd>> for Bill {
    fn from_iter<I: IntoIterator<Item = Option<Usd>>>(amounts: I) -> Self {
        amounts.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Display for Bill {
    /// `$12.40`, `$12.40 + 2 unknown`, `3 unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.known, self.unknown) {
            (known, 0) => write!(f, "{known}"),
            (Usd(0), unknown) => write!(f, "{unknown} unknown"),
            (known, unknown) => write!(f, "{known} + {unknown} unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AppOwner;

    fn app(instance: Option<&str>, status: AppStatus) -> App {
        App {
            domain_id: "d".into(),
            owner: AppOwner::Profile("ada".into()),
            app_type: "KernelGateway".into(),
            name: "k".into(),
            status,
            instance_type: instance.map(ToOwned::to_owned),
            image: None,
            created_at: Some("2026-11-01T00:00:00Z".parse().unwrap()),
            active_at: None,
        }
    }

    fn now() -> Timestamp {
        "2026-11-03T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_embedded_table_is_whole_and_dated() {
        let asset = EMBEDDED.as_ref().unwrap();
        assert!(asset.table.iter().all(|table| !table.regions.is_empty()));
        let prices = Prices::of("us-west-2", &IndexMap::new());
        assert_eq!(prices.as_of, Some(asset.as_of));
        assert_eq!(prices.hourly("ml.t3.medium"), Some(Usd(50_000)));
        assert_eq!(prices.hourly("system"), Some(Usd(0)));
    }

    #[test]
    fn two_days_of_the_samples_kernel() {
        let prices = Prices::of("us-west-2", &IndexMap::new());
        let cost = prices.cost(&app(Some("ml.t3.medium"), AppStatus::InService), now());
        assert_eq!(cost.hourly.unwrap().to_string(), "$0.05");
        assert_eq!(cost.so_far.unwrap().to_string(), "$2.40");
        assert_eq!(cost.monthly().unwrap().to_string(), "$36.50");
    }

    #[test]
    fn what_is_not_known_is_never_guessed_and_what_is_gone_costs_nothing() {
        let own = IndexMap::from([("ml.t3.medium".to_owned(), Usd(40_000))]);
        for (region, instance, hourly) in [
            ("us-west-2", Some("ml.z9.huge"), None),
            ("mars-1", Some("ml.m5.large"), None),
            ("mars-1", Some("ml.t3.medium"), Some(Usd(40_000))),
            ("us-west-2", Some("ml.t3.medium"), Some(Usd(40_000))),
            ("mars-1", None, Some(Usd(0))),
        ] {
            let prices = Prices::of(region, &own);
            let cost = prices.cost(&app(instance, AppStatus::InService), now());
            assert_eq!(cost.hourly, hourly, "{region} {instance:?}");
        }
        let prices = Prices::of("us-west-2", &own);
        for status in [AppStatus::Deleted, AppStatus::Failed] {
            let gone = app(Some("ml.z9.huge"), status);
            assert_eq!(prices.cost(&gone, now()), Cost::NOTHING);
        }
    }

    #[test]
    fn a_sum_says_how_many_it_does_not_know() {
        let bill = |amounts: &[Option<Usd>]| amounts.iter().copied().collect::<Bill>().to_string();
        assert_eq!(
            bill(&[Some(Usd(12_400_000)), None, None]),
            "$12.40 + 2 unknown"
        );
        assert_eq!(bill(&[None]), "1 unknown");
        assert_eq!(bill(&[Some(Usd(115_000))]), "$0.115");
        assert_eq!(bill(&[]), "$0.00");
        assert_eq!(bill(&[Some(Usd(2_078_018_500_000))]), "$2,078,018.50");
        assert_eq!(bill(&[Some(Usd(999_000_000))]), "$999.00");
    }
}
