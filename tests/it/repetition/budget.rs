//! Budgets, sent again.

use serde_json::json;
use tests::client::budget::{REMOVE_BUDGET, SET_BUDGET};
use tests::world::World;

use super::{all_at_once, mismatch};

/// Both, with the names of the mutations.
pub(super) async fn budgets(world: &World) -> [String; 2] {
    let head = world.user("head").await;
    let at = world.seed.sales.to_string();
    let input = json!({ "at": at, "amount": "9", "action": "BLOCK", "idempotencyKey": "key" });
    let set = all_at_once(&head, SET_BUDGET, &input).await;
    mismatch(&head, SET_BUDGET, input, "/amount", json!("8")).await;
    assert_eq!(set.granted()["setBudget"]["budgets"]["holding"][0]["amount"], "9");
    let input = json!({ "at": at, "idempotencyKey": "key" });
    let removed = all_at_once(&head, REMOVE_BUDGET, &input).await;
    mismatch(&head, REMOVE_BUDGET, input, "/at", json!(world.seed.platform)).await;
    assert_eq!(removed.granted()["removeBudget"]["budgets"]["holding"], json!([]));
    ["setBudget", "removeBudget"].map(str::to_owned)
}
