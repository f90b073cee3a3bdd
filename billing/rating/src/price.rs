//! `prices.json`: books, versions and lines as they were entered.

use serde::{Deserialize, Serialize};
use types::instant::Instant;
use types::money::Decimal;

use crate::error::RatingError;
use crate::meter::Meter;
use crate::reading::null_as_default;

/// The content of `prices.json`: all books a tenant can be rated from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The books.
    #[serde(default, deserialize_with = "null_as_default")]
    pub books: Vec<Book>,
}

/// A price book of the installation, a tenant or an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub scope: Scope,
    /// The organization, if it is one's.
    pub organization: Option<String>,
    /// Its versions, each of which replaces the one before.
    #[serde(default, deserialize_with = "null_as_default")]
    pub versions: Vec<Version>,
}

/// Whose a price book is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The installation's.
    Global,
    /// The tenant's.
    Tenant,
    /// One organization's.
    Organization,
}

/// A whole list of prices from an instant on; an empty one ends an override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// From when on.
    pub effective_from: Instant,
    /// When it was entered: at or before `effective_from`.
    pub entered_at: Option<Instant>,
    /// The lines.
    #[serde(default, deserialize_with = "null_as_default")]
    pub lines: Vec<PriceLine>,
}

/// One price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// Unique over all versions of all books.
    pub id: String,
    /// The plan it is for; null for all.
    pub plan: Option<String>,
    /// What it prices.
    pub meter: Meter,
    /// How.
    pub model: Model,
    /// The code of its currency.
    pub currency: String,
    /// Price of `per` units; null if tiered.
    pub unit_price: Option<Decimal>,
    /// How many units the price is for; null for `flat_month` and `one_off`.
    pub per: Option<i64>,
    /// Whether a member's time in `stopped` and `detached` is billed too.
    #[serde(default, deserialize_with = "null_as_default")]
    pub stopped: bool,
    /// The tiers; null unless tiered.
    pub tiers: Option<Vec<Tier>>,
}

/// How a line turns a quantity into an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Quantity ÷ per × price.
    Unit,
    /// Price by the position of the quantity within the month.
    Tiered,
    /// Price of a month, in proportion to the seconds.
    FlatMonth,
    /// Price of the first instant in service.
    OneOff,
}

/// A part of the month's quantity with a price of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Up to which position in the meter's unit; null in the last.
    pub up_to: Option<i64>,
    /// Price of `per` units in it.
    pub unit_price: Decimal,
}

/// What a charge's amount is calculated with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    /// How many units the price is for, above zero.
    pub per: i64,
    /// The price of them.
    pub price: Decimal,
}

impl PriceLine {
    /// Price and scale of a quantity in a tier (from 1; none unless tiered). A month's price is for
    /// as many seconds as the charge period really has.
    pub fn unit_price(
        &self,
        tier: Option<u32>,
        period_seconds: i64,
    ) -> Result<UnitPrice, RatingError> {
        let per = match self.model {
            Model::Unit | Model::Tiered => {
                self.per.ok_or_else(|| self.wrong("`per` is missing"))?
            }
            Model::FlatMonth if self.meter.is_plain_seconds() => period_seconds,
            Model::FlatMonth => return Err(self.wrong("this meter has no price per month")),
            Model::OneOff => 1,
        };
        if per <= 0 {
            return Err(self.wrong("`per` is not above zero"));
        }
        let price = match tier {
            None => self.unit_price.as_ref(),
            Some(tier) => self.tiers()?.get(tier as usize - 1).map(|tier| &tier.unit_price),
        };
        let price = price.ok_or_else(|| self.wrong("`unit_price` is missing"))?;
        Ok(UnitPrice { per, price: price.clone() })
    }

    /// The tiers of a tiered line, of which exactly the last one is open.
    pub fn tiers(&self) -> Result<&[Tier], RatingError> {
        let tiers = self.tiers.as_deref().unwrap_or_default();
        let open = tiers.iter().position(|tier| tier.up_to.is_none());
        if open.is_none() || open != tiers.len().checked_sub(1) {
            return Err(self.wrong("exactly the last tier must be open"));
        }
        if tiers.windows(2).any(|pair| pair[1].up_to.is_some_and(|up| Some(up) <= pair[0].up_to)) {
            return Err(self.wrong("tiers must be in ascending order"));
        }
        Ok(tiers)
    }

    fn wrong(&self, problem: &'static str) -> RatingError {
        RatingError::Price { line: self.id.clone(), problem }
    }
}
