//! Exact decimals and currencies. No float ever comes near money.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact decimal number. Text form: plain notation, no exponent, no `+`, zero without sign,
/// with as many places as the number was made with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(BigDecimal);

/// A text that is not a decimal in plain notation, or a currency that is not one of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal.
    #[error("expected a decimal number like 0.12")]
    Decimal,
    /// Not a currency code.
    #[error("expected a currency code of ISO 4217 like CNY")]
    Currency,
}

impl Decimal {
    /// Zero, without places.
    pub fn zero() -> Self {
        Self(BigDecimal::zero())
    }

    /// The number for arithmetic.
    pub fn number(&self) -> &BigDecimal {
        &self.0
    }

    /// The same number without trailing zeros: the canonical form.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self(if self.0.is_zero() { BigDecimal::zero() } else { self.0.normalized() })
    }
}

impl From<BigDecimal> for Decimal {
    fn from(number: BigDecimal) -> Self {
        Self(number)
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.to_plain_string())
    }
}

impl FromStr for Decimal {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(places) || text.len() > 64 {
            return Err(MoneyError::Decimal);
        }
        text.parse().map(Self).map_err(|_| MoneyError::Decimal)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A currency of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The code of three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits of the minor unit: 2 for CNY, 0 for JPY.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(text).map(Self).ok_or(MoneyError::Currency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: Option<&str>) {
        let decimal = text.parse::<Decimal>().ok().map(|decimal| decimal.to_string());
        assert_eq!(decimal.as_deref(), shown, "{text:?}");
    }

    #[test]
    fn decimals_are_plain_notation() {
        check("0.120", Some("0.120"));
        check("-3", Some("-3"));
        check("12345678.123456789012", Some("12345678.123456789012"));
        check("1e3", None);
        check("+1", None);
        check(".5", None);
        check("5.", None);
        check("", None);
        check("NaN", None);
    }

    #[test]
    fn the_canonical_form_has_no_trailing_zeros() {
        let canonical =
            |text: &str| text.parse::<Decimal>().expect("a decimal").canonical().to_string();
        assert_eq!(canonical("1.500"), "1.5");
        assert_eq!(canonical("100.0"), "100");
        assert_eq!(canonical("-0.00"), "0");
    }

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        let digits = |code: &str| code.parse::<Currency>().map(Currency::minor_digits);
        assert_eq!(digits("CNY"), Ok(2));
        assert_eq!(digits("JPY"), Ok(0));
        assert_eq!(digits("BHD"), Ok(3));
        assert_eq!(digits("Yuan"), Err(MoneyError::Currency));
    }
}
