//! `bills.json`: what one organization owes for one stay in one period.

pub mod hash;

use serde::{Deserialize, Serialize};
use types::instant::Instant;
use types::interval::Interval;
use types::money::Decimal;

use crate::calendar::Period;
use crate::meter::Meter;

/// A bill. Totals, tax and credits have exactly the minor digits of the currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Period and count within it, like `2026-03-0001`; null if provisional.
    pub number: Option<String>,
    /// The period.
    pub period: Period,
    /// Whether it can still change.
    pub state: BillState,
    /// The organization.
    pub organization: String,
    /// The organization above; null for the root.
    pub parent: Option<String>,
    /// The parent's bill that this one adds to; null for the root and if provisional.
    pub parent_bill: Option<String>,
    /// The stay, cut to the period; null for an organization deleted before it.
    pub stay: Option<Interval>,
    /// The code of the currency.
    pub currency: String,
    /// Sums of charges, in order.
    pub lines: Vec<Line>,
    /// `own_total` less the sum of the lines.
    pub rounding: Decimal,
    /// The sum of the lines, rounded once.
    pub own_total: Decimal,
    /// The sum of the subtree totals of the bills below.
    pub children_total: Decimal,
    /// Own and children's total.
    pub subtree_total: Decimal,
    /// Time that should have been metered and was not; empty if provisional.
    pub gaps: Vec<Gap>,
    /// The tax rate in percent; root only.
    pub tax_percent: Option<Decimal>,
    /// The tax; root only.
    pub tax: Option<Decimal>,
    /// Used credits in order of use; root only, empty if provisional.
    pub credits: Option<Vec<CreditUse>>,
    /// What is left to pay; root only.
    pub payable: Option<Decimal>,
    /// When the closing began; null if provisional.
    pub closed_at: Option<Instant>,
    /// SHA-256 over its rows; null if provisional.
    pub hash: Option<String>,
}

/// Whether a bill can still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillState {
    /// Immutable.
    Closed,
    /// Of a period that is not closed: no number, hash, gaps, credits.
    Provisional,
}

/// A line of a bill. The order is the one on the bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// The period of the use; other than the bill's: a correction.
    pub charge_period: Period,
    /// The project.
    pub project: String,
    /// The resource's plan.
    pub plan: Option<String>,
    /// The meter.
    pub meter: Meter,
    /// The price line; null: no price.
    pub price_line: Option<String>,
    /// Sum of the charges' quantities.
    pub quantity: i128,
    /// Sum of the charges' amounts, ten places.
    pub amount: Decimal,
    /// `no price`, or null.
    pub reason: Option<String>,
}

/// Time of a resource that should have been metered and was not. The order is the one on the bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The resource.
    pub resource: String,
    /// From the first instant.
    pub start: Instant,
    /// To the first instant behind.
    pub end: Instant,
    /// Why.
    pub reason: GapReason,
}

/// Why there is no usage for a time. The order is the one of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// No counted record.
    Missing,
    /// The cell said that it could not say.
    Unknown,
}

impl GapReason {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// An entry in the ledger of a credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditUse {
    /// The credit.
    pub credit: String,
    /// How much of it this bill used.
    pub amount: Decimal,
    /// How much of it is left.
    pub balance: Decimal,
}
