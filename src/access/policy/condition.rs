//! Conditions: operators, qualifiers, `…IfExists`, and what an absent key means.

use std::{cmp::Ordering, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ipnet::IpNet;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use super::{
    Context, PartialContext,
    arn::ArnPattern,
    glob::{Case, Pattern, Syntax},
};

/// One condition key under one operator. All of a statement's must hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    key: String,
    qualifier: Option<Qualifier>,
    if_exists: bool,
    /// The operator says "not": it holds where no policy value matches, so also where the
    /// key is absent.
    negated: bool,
    test: Test,
}

/// Whether a condition holds, where not every key is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit<'a> {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// That depends on this key.
    Unknown(&'a str),
}

/// How a condition deals with a key of several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Qualifier {
    /// Every value of the request passes; none at all, or only empty ones, pass too.
    ForAll,
    /// At least one value of the request passes.
    ForAny,
}

/// What is compared, with the policy's values; one of them suffices.
#[derive(Clone, Debug)]
enum Test {
    Text(Vec<Pattern>, Case),
    Arn(Vec<ArnPattern>),
    Number(Comparison, Vec<Number>),
    Date(Comparison, Vec<Timestamp>),
    Bool(Vec<bool>),
    Binary(Vec<String>),
    Ip(Vec<IpNet>),
    /// The key must be absent or empty (true), or have a value (false).
    Null(Vec<bool>),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        })
    }
}

/// A number; whole ones are compared exactly.
#[derive(Clone, Copy, Debug)]
enum Number {
    Whole(i128),
    Fraction(f64),
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        text.parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Self::Fraction)
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other) {
            return Some(a.cmp(&b));
        }
        self.approximate().partial_cmp(&other.approximate())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only where the other side is a fraction"
    )]
    fn approximate(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Fraction(fraction) => fraction,
        }
    }
}

/// Compiles a `Condition` element. What cannot be used is pushed to `faults` and left out.
pub(super) fn compile(value: &Value, variables: bool, faults: &mut Vec<String>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let Value::Object(operators) = value else {
        faults.push("Condition is not an object".to_owned());
        return conditions;
    };
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else {
            faults.push(format!("the condition {operator} is not an object"));
            continue;
        };
        // An unknown operator is a fault even without a key.
        if keys.is_empty()
            && let Err(fault) = Condition::compile(operator, "", &[], variables)
        {
            faults.push(fault);
        }
        for (key, values) in keys {
            let compiled = texts(values)
                .ok_or_else(|| format!("the values of {operator} {key} are not text"))
                .and_then(|values| Condition::compile(operator, key, &values, variables));
            match compiled {
                Ok(condition) => conditions.push(condition),
                Err(fault) => faults.push(fault),
            }
        }
    }
    conditions
}

/// One value or a list of values, as text; none where one is not a plain value.
fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

impl Condition {
    fn compile(
        operator: &str,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let (qualifier, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Some(Qualifier::ForAll), name),
            Some(("ForAnyValue", name)) => (Some(Qualifier::ForAny), name),
            _ => (None, operator),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some("Null") => return Err("Null cannot be combined with IfExists".to_owned()),
            Some(name) => (name, true),
            None => (name, false),
        };
        let (negated, test) = Test::compile(name, values, variables)
            .map_err(|fault| format!("condition {operator} {key}: {fault}"))?;
        Ok(Self {
            key: key.to_owned(),
            qualifier,
            if_exists,
            negated,
            test,
        })
    }

    /// Whether the condition holds for a request of which not every key is known.
    pub fn fit(&self, context: &PartialContext) -> Fit<'_> {
        let fixed = matches!(self.test, Test::Null(_)) && self.qualifier.is_some();
        if !fixed && !context.knows(&self.key) {
            return Fit::Unknown(&self.key);
        }
        // A value that is compared with an unknown one.
        if let Some(key) = self.test.variables().find(|key| !context.knows(key)) {
            return Fit::Unknown(key);
        }
        if self.holds(context.known()) {
            Fit::Holds
        } else {
            Fit::Fails
        }
    }

    /// Whether the condition holds for a request.
    pub fn holds(&self, context: &Context) -> bool {
        let present = context.get(&self.key);
        // Nothing but empty strings is "null" to AWS: no value to be found, and an empty set.
        let null = present.is_none_or(|values| values.iter().all(String::is_empty));
        if let Test::Null(wanted) = &self.test {
            return match self.qualifier {
                // As documented: over a set it is always true, or always false.
                Some(Qualifier::ForAll) => true,
                Some(Qualifier::ForAny) => false,
                None => wanted.contains(&null),
            };
        }
        let passes = |value: &String| self.test.matches(value, context) != self.negated;
        // Every value must pass, or one: an absent key is then vacuously true, or false.
        // Without a qualifier a "not" means: none of them.
        let every = match self.qualifier {
            Some(Qualifier::ForAll) => true,
            Some(Qualifier::ForAny) => false,
            None => self.negated,
        };
        match present {
            None => self.if_exists || every,
            Some(_) if null && self.qualifier.is_some() => every,
            Some(values) if every => values.iter().all(passes),
            Some(values) => values.iter().any(passes),
        }
    }
}

impl Test {
    /// The test of an operator without qualifier and suffix, and whether it says "not".
    fn compile(operator: &str, values: &[String], variables: bool) -> Result<(bool, Self), String> {
        let text = |wildcards, case| {
            let syntax = Syntax {
                wildcards,
                variables,
            };
            parse_all(values, |value| Pattern::parse(value, syntax))
                .map(|patterns| Self::Text(patterns, case))
        };
        let arn = || parse_all(values, |value| ArnPattern::parse(value, variables)).map(Self::Arn);
        let ip = || parse_all(values, network).map(Self::Ip);
        let number = |comparison| {
            parse_all(values, |value| {
                Number::parse(value).ok_or_else(|| format!("{value:?} is no number"))
            })
            .map(|numbers| Self::Number(comparison, numbers))
        };
        let date = |comparison| {
            parse_all(values, |value| {
                instant(value).ok_or_else(|| format!("{value:?} is no date"))
            })
            .map(|dates| Self::Date(comparison, dates))
        };
        Ok(match operator {
            "StringEquals" => (false, text(false, Case::Sensitive)?),
            "StringNotEquals" => (true, text(false, Case::Sensitive)?),
            "StringEqualsIgnoreCase" => (false, text(false, Case::Ignored)?),
            "StringNotEqualsIgnoreCase" => (true, text(false, Case::Ignored)?),
            "StringLike" => (false, text(true, Case::Sensitive)?),
            "StringNotLike" => (true, text(true, Case::Sensitive)?),
            "ArnEquals" | "ArnLike" => (false, arn()?),
            "ArnNotEquals" | "ArnNotLike" => (true, arn()?),
            "NumericEquals" => (false, number(Comparison::Equal)?),
            "NumericNotEquals" => (true, number(Comparison::Equal)?),
            "NumericLessThan" => (false, number(Comparison::Less)?),
            "NumericLessThanEquals" => (false, number(Comparison::LessOrEqual)?),
            "NumericGreaterThan" => (false, number(Comparison::Greater)?),
            "NumericGreaterThanEquals" => (false, number(Comparison::GreaterOrEqual)?),
            "DateEquals" => (false, date(Comparison::Equal)?),
            "DateNotEquals" => (true, date(Comparison::Equal)?),
            "DateLessThan" => (false, date(Comparison::Less)?),
            "DateLessThanEquals" => (false, date(Comparison::LessOrEqual)?),
            "DateGreaterThan" => (false, date(Comparison::Greater)?),
            "DateGreaterThanEquals" => (false, date(Comparison::GreaterOrEqual)?),
            "Bool" => (false, Self::Bool(parse_all(values, truth)?)),
            "Null" => (false, Self::Null(parse_all(values, truth)?)),
            "BinaryEquals" => (false, Self::Binary(parse_all(values, binary)?)),
            "IpAddress" => (false, ip()?),
            "NotIpAddress" => (true, ip()?),
            _ => return Err("there is no such operator".to_owned()),
        })
    }

    /// The condition keys that the variables in the policy's values name.
    fn variables(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Text(patterns, _) => Box::new(patterns.iter().flat_map(Pattern::variables)),
            Self::Arn(patterns) => Box::new(patterns.iter().flat_map(ArnPattern::variables)),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Whether one value of the request matches one of the policy's.
    fn matches(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(patterns, case) => patterns
                .iter()
                .any(|pattern| pattern.matches(value, context, *case)),
            Self::Arn(patterns) => patterns
                .iter()
                .any(|pattern| pattern.matches(value, context)),
            Self::Number(comparison, numbers) => Number::parse(value).is_some_and(|value| {
                numbers
                    .iter()
                    .any(|number| comparison.holds(value.compare(*number)))
            }),
            Self::Date(comparison, dates) => instant(value).is_some_and(|value| {
                dates
                    .iter()
                    .any(|date| comparison.holds(Some(value.cmp(date))))
            }),
            Self::Bool(wanted) => truth(value).is_ok_and(|value| wanted.contains(&value)),
            Self::Binary(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Ip(networks) => value
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(&address))),
            Self::Null(_) => false,
        }
    }
}

fn parse_all<T>(
    values: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    values.iter().map(|value| parse(value)).collect()
}

fn truth(text: &str) -> Result<bool, String> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(format!("{text:?} is neither true nor false"))
    }
}

/// Base64 in its one canonical form, so that equal bytes are equal text.
fn binary(text: &str) -> Result<String, String> {
    STANDARD
        .decode(text)
        .map(|bytes| STANDARD.encode(bytes))
        .map_err(|error| format!("{text:?} is no base64: {error}"))
}

/// A network in CIDR form; a bare address is a network of one.
fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is neither an address nor a CIDR block"))
}

/// An instant: ISO 8601 with an offset, a month, date or time without one (UTC), or seconds
/// since 1970. A month or a date is its first moment.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Timestamp::from_second(seconds).ok();
    }
    text.parse().ok().or_else(|| {
        let local: civil::DateTime = text
            .parse()
            .or_else(|_| format!("{text}-01").parse())
            .ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
