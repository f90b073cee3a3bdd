//! Changes of the tree, sent again.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::tree;
use tests::world::World;
use types::clock::Clock as _;

use super::{all_at_once, mismatch};

/// Every change of the tree, also of what is gone or out of reach afterwards.
pub(super) async fn of_the_tree(world: &World) -> Vec<String> {
    let head = world.user("head").await;
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let other = head.organization(&platform, "another").await;
    let spare = head.project(&platform, "spare").await;
    let all = async |mutation: &str, input: Value, pointer: &str, value: &str| {
        let mut input = input;
        input["idempotencyKey"] = json!("key");
        let text = tree::text(mutation);
        let answer = all_at_once(&head, &text, &input).await;
        mismatch(&head, &text, input, pointer, json!(value)).await;
        answer.granted()[mutation].clone()
    };
    let named = json!({ "parent": platform, "name": "lab", "title": "Lab" });
    let made = all("createOrganization", named, "/name", "lab-2").await;
    let lab = made["organization"]["id"].as_str().expect("an id").to_owned();
    let named = json!({ "organization": lab, "name": "lab-3" });
    all("renameOrganization", named, "/organization", &other).await;
    let moved = json!({ "organization": lab, "parent": sales });
    all("moveOrganization", moved, "/organization", &other).await;
    let named = json!({ "organization": lab, "name": "p", "title": "P" });
    let made = all("createProject", named, "/title", "Q").await;
    let project = made["project"]["id"].as_str().expect("an id").to_owned();
    let named = json!({ "project": project, "title": "Q" });
    all("renameProject", named, "/project", &spare).await;
    let moved = json!({ "project": project, "organization": platform });
    all("moveProject", moved, "/project", &spare).await;
    // The same for an instant to come, which another one is not.
    let at = world.clock.now().plus(Duration::from_secs(3600));
    let mut planned = json!({ "project": project, "organization": lab, "at": at,
        "idempotencyKey": "planned" });
    let text = tree::text("moveProject");
    let answer = all_at_once(&head, &text, &planned).await;
    let id = answer.granted()["moveProject"]["plannedMove"]["id"].clone();
    mismatch(&head, &text, planned.clone(), "/at", json!(at.shifted(1))).await;
    planned.as_object_mut().expect("fields").remove("at");
    let refused = head.ask(&text, json!({ "input": planned })).await;
    assert_eq!(refused.code(), "IDEMPOTENCY_MISMATCH");
    let cancelled = json!({ "plannedMove": id, "idempotencyKey": "key" });
    all_at_once(&head, tree::CANCEL_MOVE, &cancelled).await;
    let none = json!("pmv_00000000000000000000000000");
    mismatch(&head, tree::CANCEL_MOVE, cancelled, "/plannedMove", none).await;
    all("deleteProject", json!({ "project": project }), "/project", &spare).await;
    all("deleteOrganization", json!({ "organization": lab }), "/organization", &other).await;
    tree::MUTATIONS.into_iter().chain(["cancelPlannedMove"]).map(str::to_owned).collect()
}
