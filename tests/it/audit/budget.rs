//! Budgets in the audit.

use serde_json::json;
use tests::client::User;
use tests::client::budget::{REMOVE_BUDGET, SET_BUDGET};
use tests::world::World;

use super::Witness;

/// Whoever sees nothing of the place, or may not limit it.
pub(super) async fn budgets_refused(
    world: &World,
    witness: &mut Witness,
    (dev, seller): ((&str, &User), (&str, &User)),
) {
    let at = world.seed.platform.to_string();
    let set = json!({ "at": at, "amount": "9", "action": "BLOCK", "idempotencyKey": "key" });
    let remove = json!({ "at": at, "idempotencyKey": "key" });
    for (mutation, input) in [(SET_BUDGET, set), (REMOVE_BUDGET, remove)] {
        witness.check(seller, mutation, input.clone(), "NOT_FOUND").await;
        witness.check(dev, mutation, input, "FORBIDDEN").await;
    }
}

/// Both, once.
pub(super) async fn budgets_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let at = world.seed.platform.to_string();
    let set = json!({ "at": at, "amount": "9000", "action": "NOTE", "idempotencyKey": "key" });
    let remove = json!({ "at": at, "idempotencyKey": "key" });
    witness.check(("admin", &admin), SET_BUDGET, set, "done").await;
    witness.check(("admin", &admin), REMOVE_BUDGET, remove, "done").await;
}
