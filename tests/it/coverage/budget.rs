//! Budgets: what takes the id of an organization or a project.

use serde_json::json;
use tests::client::budget::{REMOVE_BUDGET, SET_BUDGET};

use super::{Case, Kind, case};

/// What sets and removes budgets.
pub(super) fn of_budgets() -> Vec<Case> {
    let set = json!({ "at": "$x", "amount": "9000", "action": "NOTE", "idempotencyKey": "$k" });
    let remove = json!({ "at": "$x", "idempotencyKey": "$k" });
    vec![
        case("Mutation.setBudget.input.at", SET_BUDGET, json!({ "input": set }), Kind::Project),
        case(
            "Mutation.removeBudget.input.at",
            REMOVE_BUDGET,
            json!({ "input": remove }),
            Kind::Organization,
        ),
    ]
}
