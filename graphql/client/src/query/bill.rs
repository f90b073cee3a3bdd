//! Bills.

use serde::{Deserialize, Serialize};

use super::Reference;
use crate::page::Page;

documents! {
    /// A bill.
    AskBill = "bill", "bill" (BillOf) -> Bill;
    /// A bill, down to the resource.
    ListBillResources = "bill-resources", "bill" (ResourcesOf) -> BillResources;
}

/// Which bill.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BillOf {
    pub organization: String,
    pub period: String,
}

/// Which page of a bill's resources.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResourcesOf {
    pub organization: String,
    pub period: String,
    pub first: u32,
    pub after: Option<String>,
}

/// The bill of one organization and period.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    pub number: Option<String>,
    pub period: String,
    pub state: String,
    pub organization: BilledOrganization,
    pub stay_start: Option<String>,
    pub stay_end: Option<String>,
    pub currency: String,
    pub lines: Vec<BillLine>,
    pub rounding: String,
    pub own_total: String,
    pub children_total: String,
    pub subtree_total: String,
    pub tax_percent: Option<String>,
    pub tax: Option<String>,
    pub payable: Option<String>,
    pub gaps: Vec<BillGap>,
    pub complete_to: Option<String>,
    pub children: Vec<ChildBill>,
    pub closed_at: Option<String>,
    pub hash: Option<String>,
    /// With `--resources`: down to the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<crate::page::List<BillResource>>,
}

/// Whose bill it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct BilledOrganization {
    pub id: String,
    pub name: String,
    pub title: String,
}

/// Usage of one project, plan and meter at one price.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillLine {
    pub charge_period: String,
    pub project: Option<Reference>,
    pub plan: Option<Reference>,
    pub meter: String,
    pub unit_price: Option<String>,
    pub per: Option<String>,
    pub quantity: String,
    pub amount: String,
    pub reason: Option<String>,
}

/// The bill of an organization directly below.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildBill {
    pub organization: BilledOrganization,
    pub state: String,
    pub own_total: String,
    pub children_total: String,
    pub subtree_total: String,
}

/// A time for which usage is not known.
#[derive(Debug, Serialize, Deserialize)]
pub struct BillGap {
    pub resource: String,
    pub name: String,
    pub start: String,
    pub end: String,
    pub reason: String,
}

/// One page of a bill's resources.
#[derive(Debug, Serialize, Deserialize)]
pub struct BillResources {
    pub resources: Page<BillResource>,
}

/// Usage of one resource by one meter at one price.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillResource {
    pub resource: String,
    pub name: String,
    pub instance_name: String,
    pub project: Option<Reference>,
    pub plan: Option<Reference>,
    pub meter: String,
    pub unit_price: Option<String>,
    pub per: Option<String>,
    pub quantity: String,
    pub amount: String,
}
