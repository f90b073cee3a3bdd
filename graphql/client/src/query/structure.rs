//! What a structure takes along, with the ids of where it is.

use serde::{Deserialize, Serialize};

use super::approval::{OnlyId, PlanName};
use super::instance::ParameterValue;
use super::{Reference, Slice};
use crate::page::Page;

documents! {
    /// What is set at organizations.
    ListOrganizationLimits = "organization-limits", "organizations" (Slice) -> Page<Limits>;
    /// What is set at projects.
    ListProjectLimits = "project-limits", "projects" (Slice) -> Page<Limits>;
    /// Instances, by how they were ordered.
    ListOrderedInstances = "ordered-instances", "instances" (Slice) -> Page<OrderedInstance>;
    /// Service accounts with the ids of their organizations.
    ListPlacedServiceAccounts = "service-account-places", "serviceAccounts" (Slice) -> Page<PlacedServiceAccount>;
}

/// Quotas and budgets of a node.
#[derive(Debug, Serialize, Deserialize)]
pub struct Limits {
    pub id: String,
    pub quotas: Vec<SetLimit>,
    pub budgets: HoldingBudgets,
}

/// The limit of one meter; none: it is not limited here.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetLimit {
    pub meter: String,
    pub limit: Option<String>,
}

/// Budgets that hold for a node.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldingBudgets {
    pub holding: Vec<HoldingBudget>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldingBudget {
    pub at: String,
    pub amount: String,
    pub action: String,
}

/// An instance by how it could be ordered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedInstance {
    pub id: String,
    pub name: String,
    pub project: OnlyId,
    pub package: String,
    pub software_version: String,
    pub topology: String,
    pub wish: String,
    pub plan: PlanName,
    pub configuration: Values,
}

/// The values of a configuration.
#[derive(Debug, Serialize, Deserialize)]
pub struct Values {
    pub values: Vec<ParameterValue>,
}

/// A service account and where it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlacedServiceAccount {
    pub id: String,
    pub name: String,
    pub title: String,
    pub organization: Reference,
}
