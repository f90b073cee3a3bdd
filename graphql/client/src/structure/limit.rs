//! What is set at places: quotas, budgets, and what takes an approval.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use types::budget::BudgetAction;
use types::money::Decimal;
use types::quota::QuotaMeter;

use super::At;

/// How much of a meter may be used at an organization or project and below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Where.
    pub at: At,
    /// What is counted.
    pub meter: QuotaMeter,
    /// How much of it.
    pub limit: u64,
}

/// What may be committed at an organization or project and below in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Where.
    pub at: At,
    /// In the tenant's currency, which the document does not name.
    pub amount: Decimal,
    /// What happens above it.
    #[serde(default = "block")]
    pub action: BudgetAction,
}

fn block() -> BudgetAction {
    BudgetAction::Block
}

/// What takes an approval. It has no name: it is there if one like it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Where.
    pub at: At,
    /// As on the command line, e.g. `order`.
    pub mutations: BTreeSet<String>,
    /// Only what costs more than this a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_per_month: Option<Decimal>,
    /// Only these packages; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub packages: BTreeSet<String>,
    /// Only these plans, by package and name: `redis/small`; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub plans: BTreeSet<String>,
    /// How many people have to approve.
    pub approvers: u32,
    /// How long it waits for them.
    pub days: u32,
}
