//! Changes of the tree, sent again.

use serde_json::{Value, json};
use tests::client::tree;
use tests::world::World;

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
    all("deleteProject", json!({ "project": project }), "/project", &spare).await;
    all("deleteOrganization", json!({ "organization": lab }), "/organization", &other).await;
    tree::MUTATIONS.map(str::to_owned).into()
}
