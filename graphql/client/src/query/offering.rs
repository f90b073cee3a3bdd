//! The catalogue.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Named, Text};
use crate::page::Page;

documents! {
    /// The catalogue.
    ListOfferings = "offerings", "offerings" (OfferingsOf) -> Page<Offering>;
    /// One offering.
    AskOffering = "offering", "offering" (Named) -> Offering;
    /// The parameters of one choice.
    AskOrderForm = "order-form", "offering" (OrderFormOf) -> OrderForm;
}

/// Which offerings to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OfferingsOf {
    pub first: u32,
    pub after: Option<String>,
    pub search: Option<String>,
}

/// What can be ordered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offering {
    pub id: String,
    pub name: String,
    pub package_version: String,
    pub title: Text,
    pub summary: Text,
    pub class: String,
    pub software_versions: Vec<String>,
    pub topologies: Vec<Topology>,
    pub templates: Vec<Template>,
    pub plans: Vec<Plan>,
}

/// A named set of values.
#[derive(Debug, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub title: Text,
    pub summary: Text,
    pub parameters: Map<String, Value>,
}

/// How members are arranged.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    pub name: String,
    pub title: Text,
    pub member_roles: Vec<String>,
}

/// A size.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    pub id: String,
    pub name: String,
    pub title: Text,
    pub size: Size,
}

/// What each member is granted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    pub millivcpu: i64,
    pub memory_mib: i64,
    pub storage_mib: i64,
}

/// Which choice the form is for.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFormOf {
    pub id_or_name: String,
    pub topology: String,
    pub software_version: String,
    pub plan: String,
}

/// The parameters that an order can set, as JSON Schema.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderForm {
    pub parameter_schema: Value,
}
