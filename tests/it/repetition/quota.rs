//! Limits, sent again.

use serde_json::json;
use tests::client::quota::{REMOVE_QUOTA, SET_QUOTA};
use tests::world::World;

use super::{all_at_once, mismatch};

/// Both, with the names of the mutations.
pub(super) async fn quotas(world: &World) -> [String; 2] {
    let head = world.user("head").await;
    let at = world.seed.sales.to_string();
    let input = json!({ "at": at, "meter": "MEMBERS", "limit": "9", "idempotencyKey": "key" });
    let set = all_at_once(&head, SET_QUOTA, &input).await;
    mismatch(&head, SET_QUOTA, input, "/limit", json!("8")).await;
    assert_eq!(set.granted()["setQuota"]["quotas"][1]["limit"], "9");
    let input = json!({ "at": at, "meter": "MEMBERS", "idempotencyKey": "key" });
    let removed = all_at_once(&head, REMOVE_QUOTA, &input).await;
    mismatch(&head, REMOVE_QUOTA, input, "/meter", json!("INSTANCES")).await;
    assert!(removed.granted()["removeQuota"]["quotas"][1]["limit"].is_null());
    ["setQuota", "removeQuota"].map(str::to_owned)
}
