//! Imports in the audit. Each step has a record of its own, of which `structure.rs` tells.

use serde_json::json;
use tests::client::User;
use tests::client::structure::IMPORT_STRUCTURE;
use tests::world::World;

use super::Witness;

/// Who does not see all of the tenant is refused.
pub(super) async fn imports_refused(witness: &mut Witness, dev: (&str, &User)) {
    let structure = json!({ "document": "cellplane: 1" });
    let input = json!({ "structure": structure, "previewToken": "x", "idempotencyKey": "k" });
    witness.check(dev, IMPORT_STRUCTURE, input, "NOT_FOUND").await;
}

/// One with no step.
pub(super) async fn imports_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let structure = json!({ "document": "cellplane: 1" });
    let (token, _) = admin.preview_structure(&structure).await;
    let input = json!({ "structure": structure, "previewToken": token, "idempotencyKey": "k" });
    witness.check(("admin", &admin), IMPORT_STRUCTURE, input, "done").await;
}
