//! An import, sent again.

use serde_json::json;
use tests::client::structure::IMPORT_STRUCTURE;
use tests::world::World;

use super::{all_at_once, mismatch};

/// Answers the name of the mutation.
pub(super) async fn of_the_structure(world: &World) -> Vec<String> {
    let admin = world.user("admin").await;
    let group = |name: &str| format!("  - {{ name: {name}, title: A crew }}\n");
    let document = format!("cellplane: 1\ngroups:\n{}{}", group("port"), group("starboard"));
    let structure = json!({ "document": document });
    let (token, _) = admin.preview_structure(&structure).await;
    let input = json!({ "structure": structure, "previewToken": token, "idempotencyKey": "key" });
    let done = all_at_once(&admin, IMPORT_STRUCTURE, &input).await;
    assert_eq!(done.granted()["importStructure"]["done"], 2);
    mismatch(&admin, IMPORT_STRUCTURE, input, "/structure/document", json!("cellplane: 1")).await;
    vec!["importStructure".to_owned()]
}
