//! What people do with budgets, as the portal and the command line do it.

use serde_json::{Value, json};

use super::{Answer, User};

/// Sets a budget.
pub const SET_BUDGET: &str = "mutation($input: SetBudgetInput!) { setBudget(input: $input) { \
    budgets { currency committed holding { at place action amount committed free } } } }";
/// Removes a budget.
pub const REMOVE_BUDGET: &str = "mutation($input: RemoveBudgetInput!) { removeBudget(input: $input) { \
    budgets { currency committed holding { at place action amount committed free } } } }";
/// What an organization or project has committed itself to.
const BUDGETS: &str = "query($id: ID!) { node(id: $id) { \
    ... on Organization { budgets { ...b } } ... on Project { budgets { ...b } } } } \
    fragment b on Budgets { currency committed \
        holding { at place action amount committed free } }";

impl User {
    /// Sets a budget.
    pub async fn budget(&self, at: &str, amount: &str, action: &str) -> Answer {
        self.act(SET_BUDGET, json!({ "at": at, "amount": amount, "action": action })).await
    }

    /// Removes a budget.
    pub async fn unbudget(&self, at: &str) -> Answer {
        self.act(REMOVE_BUDGET, json!({ "at": at })).await
    }

    /// How an organization or project stands.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn budgets(&self, at: &str) -> Value {
        self.get(BUDGETS, json!({ "id": at })).await["node"]["budgets"].clone()
    }

    /// What is committed at an organization or project and below.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn committed(&self, at: &str) -> String {
        self.budgets(at).await["committed"].as_str().expect("an amount").to_owned()
    }
}
