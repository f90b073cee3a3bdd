//! Budgets of organizations and projects.

use serde::{Deserialize, Serialize};

use super::Named;
use super::order::With;

documents! {
    /// Budgets of an organization.
    AskOrganizationBudgets = "organization-budgets", "organization" (Named) -> NodeBudgets;
    /// Budgets of a project.
    AskProjectBudgets = "project-budgets", "project" (Named) -> NodeBudgets;
    /// Sets a budget.
    DoSetBudget = "set-budget", "setBudget" (With<SetBudget>) -> ChangedBudgets;
    /// Removes a budget.
    DoRemoveBudget = "remove-budget", "removeBudget" (With<RemoveBudget>) -> ChangedBudgets;
}

/// A node with its budgets.
#[derive(Debug, Serialize, Deserialize)]
pub struct NodeBudgets {
    pub id: String,
    pub name: String,
    pub budgets: Budgets,
}

/// How a node stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct Budgets {
    pub currency: String,
    pub committed: String,
    pub holding: Vec<Budget>,
}

/// A budget and where it is set.
#[derive(Debug, Serialize, Deserialize)]
pub struct Budget {
    pub at: String,
    pub place: String,
    pub action: String,
    pub amount: String,
    pub committed: String,
    pub free: String,
}

/// What an order takes of a budget.
#[derive(Debug, Serialize, Deserialize)]
pub struct BudgetEffect {
    pub added: String,
    pub remains: String,
    pub budget: Budget,
}

/// A budget to be set.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetBudget {
    pub at: String,
    pub amount: String,
    pub action: String,
    pub idempotency_key: String,
}

/// A budget to be removed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveBudget {
    pub at: String,
    pub idempotency_key: String,
}

/// How the node stands afterwards.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedBudgets {
    pub budgets: Budgets,
}
