//! `charges.jsonl`: what one resource costs on one day at one price.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::instant::Instant;
use types::money::{Decimal, MoneyError};

use crate::calendar::{Day, Period};
use crate::meter::Meter;

/// A charge, or in another period than its own a correction: new less billed so far.
///
/// The order is the one of the file: by period of the bill, then by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Charge {
    /// The period of the bill.
    pub period: Period,
    /// What tells it from other charges.
    #[serde(flatten)]
    pub key: ChargeKey,
    /// In the meter's unit.
    pub quantity: i128,
    /// In the tenant's currency, with ten places.
    pub amount: Decimal,
    /// How many units the price is for; null without price.
    pub per: Option<i64>,
    /// The price of them; null without price.
    pub unit_price: Option<Decimal>,
    /// The number of the bill it stands on; null on a provisional one.
    pub bill: Option<String>,
}

/// What tells charges apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChargeKey {
    /// The period of the use.
    pub charge_period: Period,
    /// The owner of the project then.
    pub organization: String,
    /// The start of the owner's stay in `charge_period`.
    pub stay: Instant,
    /// The project.
    pub project: String,
    /// What was used.
    pub resource: String,
    /// Its plan.
    pub plan: Option<String>,
    /// How it was measured.
    pub meter: Meter,
    /// The price line; null: `no price`.
    pub price_line: Option<String>,
    /// The tier from 1; null unless tiered.
    pub tier: Option<u32>,
    /// The local day.
    pub day: Day,
    /// The discount in force.
    pub discount: Percent,
}

/// A percentage in canonical text form, which is also its order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(String);

impl Percent {
    /// The number.
    pub fn number(&self) -> Decimal {
        self.0.parse().expect("made from a decimal and never changed")
    }
}

impl From<&Decimal> for Percent {
    fn from(decimal: &Decimal) -> Self {
        Self(decimal.canonical().to_string())
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Percent {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Ok(Self::from(&text.parse::<Decimal>()?))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
