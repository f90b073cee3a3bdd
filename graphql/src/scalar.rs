//! Scalars that GraphQL does not have: exact numbers as text, instants.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use types::instant::Instant;

/// An instant in UTC, RFC 3339 with six digits: 2026-03-01T00:00:00.000000Z
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub Instant);

/// An exact decimal number as text in plain notation: "0.12"
#[derive(Clone, Debug)]
pub struct Decimal(pub types::money::Decimal);

/// A whole number below 2^63 as text
#[derive(Clone, Copy, Debug)]
pub struct Int64(pub i64);

fn text<T, S>(value: Value) -> InputValueResult<S>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    S: InputType + From<T>,
{
    match &value {
        Value::String(text) => text
            .parse::<T>()
            .map(S::from)
            .map_err(|error| InputValueError::custom(error.to_string())),
        _ => Err(InputValueError::expected_type(value)),
    }
}

impl From<Instant> for DateTime {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

impl From<types::money::Decimal> for Decimal {
    fn from(decimal: types::money::Decimal) -> Self {
        Self(decimal)
    }
}

impl From<i64> for Int64 {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

/// An instant in UTC, RFC 3339 with six digits: 2026-03-01T00:00:00.000000Z
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text::<Instant, Self>(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An exact decimal number as text in plain notation: "0.12"
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        text::<types::money::Decimal, Self>(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A whole number below 2^63 as text
#[Scalar]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        text::<i64, Self>(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
