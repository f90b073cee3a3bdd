//! `tenant.json`: a tenant's zone, currency, periods, tax rates, discounts and credits.

use serde::{Deserialize, Serialize};
use types::instant::Instant;
use types::money::Decimal;

use crate::calendar::Period;
use crate::reading::null_as_default;

/// The format of every export that this crate writes.
pub const FORMAT: &str = "cellplane-billing-export/1";

/// What a tenant's bills depend on, apart from its tree, prices, histories and usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// [`FORMAT`].
    pub format: Option<String>,
    /// Its id.
    pub tenant: String,
    /// The id of its root organization.
    pub root: String,
    /// The IANA name of its billing time zone.
    pub zone: String,
    /// The code of its currency (ISO 4217).
    pub currency: String,
    /// Digits of the currency's minor unit.
    pub minor_digits: u32,
    /// The release of the zone tables that were used.
    pub tzdata: Option<String>,
    /// When it was created; its first period holds this instant.
    pub created_at: Option<Instant>,
    /// The exported period: the last of `periods`.
    pub period: Option<Period>,
    /// Its periods in order, from the first on.
    #[serde(default, deserialize_with = "null_as_default")]
    pub periods: Vec<PeriodEntry>,
    /// Its tax rates.
    #[serde(default, deserialize_with = "null_as_default")]
    pub taxes: Vec<TaxRate>,
    /// Discounts of its organizations.
    #[serde(default, deserialize_with = "null_as_default")]
    pub discounts: Vec<Discount>,
    /// Credits that it was granted.
    #[serde(default, deserialize_with = "null_as_default")]
    pub credits: Vec<Credit>,
}

/// One billing period and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodEntry {
    /// Which.
    pub period: Period,
    /// Only the last may be other than closed.
    pub state: PeriodState,
    /// When its closing began.
    pub closed_at: Option<Instant>,
    /// Its first instant; follows from the zone, so it is never read.
    #[serde(skip_deserializing)]
    pub start: Option<Instant>,
    /// The first instant of the next; follows from the zone, so it is never read.
    #[serde(skip_deserializing)]
    pub end: Option<Instant>,
}

/// The state of a billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// Not over, or not yet being closed: bills are provisional.
    Open,
    /// Over and waiting for the cells: bills are still provisional.
    Closing,
    /// Immutable.
    Closed,
}

/// A tax rate from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// The rate in percent.
    pub percent: Decimal,
    /// From when on.
    pub effective_from: Instant,
    /// When it was entered: at or before `effective_from`.
    pub entered_at: Option<Instant>,
}

/// A discount of an organization and all below it, from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// The organization.
    pub organization: String,
    /// The discount in percent, 0 to 100; null ends it, so that the next one above holds again.
    pub percent: Option<Decimal>,
    /// From when on.
    pub effective_from: Instant,
    /// When it was entered: at or before `effective_from`.
    pub entered_at: Option<Instant>,
}

/// Money granted in advance, used up by bills after tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Its id.
    pub id: String,
    /// How much was granted, in the tenant's currency.
    pub amount: Decimal,
    /// When.
    pub granted_at: Instant,
    /// From when on it can no longer be used; null for never.
    pub expires_at: Option<Instant>,
}
