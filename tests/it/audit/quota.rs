//! Limits in the audit.

use serde_json::json;
use tests::client::User;
use tests::client::quota::{REMOVE_QUOTA, SET_QUOTA};
use tests::world::World;

use super::Witness;

/// Whoever sees nothing of the place, or may not limit it.
pub(super) async fn quotas_refused(
    world: &World,
    witness: &mut Witness,
    (dev, seller): ((&str, &User), (&str, &User)),
) {
    let at = world.seed.platform.to_string();
    let set = json!({ "at": at, "meter": "MEMBERS", "limit": "9", "idempotencyKey": "key" });
    let remove = json!({ "at": at, "meter": "MEMBERS", "idempotencyKey": "key" });
    for (mutation, input) in [(SET_QUOTA, set), (REMOVE_QUOTA, remove)] {
        witness.check(seller, mutation, input.clone(), "NOT_FOUND").await;
        witness.check(dev, mutation, input, "FORBIDDEN").await;
    }
}

/// Both, once.
pub(super) async fn quotas_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let at = world.seed.platform.to_string();
    let set = json!({ "at": at, "meter": "MEMBERS", "limit": "9", "idempotencyKey": "key" });
    let remove = json!({ "at": at, "meter": "MEMBERS", "idempotencyKey": "key" });
    witness.check(("admin", &admin), SET_QUOTA, set, "done").await;
    witness.check(("admin", &admin), REMOVE_QUOTA, remove, "done").await;
}
