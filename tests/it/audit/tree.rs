//! Changes of the tree in the audit.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::{User, tree};
use tests::world::World;
use types::clock::Clock as _;

use super::Witness;

/// Whoever sees nothing of it is told so, of every change of the tree.
pub(super) async fn of_the_tree_refused(
    world: &World,
    witness: &mut Witness,
    seller: (&str, &User),
) {
    let admin = world.user("admin").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    for mutation in tree::MUTATIONS {
        let mut input = json!({ "idempotencyKey": "key" });
        let of_project = mutation.ends_with("Project") && mutation != "createProject";
        input[if of_project { "project" } else { "organization" }] =
            json!(if of_project { &project } else { &platform });
        match mutation {
            "createOrganization" => {
                input =
                    json!({ "parent": platform, "name": "x", "title": "X", "idempotencyKey": "k" });
            }
            "createProject" => input["title"] = json!("X"),
            "moveOrganization" => input["parent"] = json!(world.seed.sales.to_string()),
            "moveProject" => input["organization"] = json!(world.seed.sales.to_string()),
            _ => {}
        }
        if mutation == "createProject" || mutation.starts_with("rename") {
            input["name"] = json!("x");
        }
        witness.check(seller, &tree::text(mutation), input, "NOT_FOUND").await;
    }
    let none = json!({ "plannedMove": "pmv_00000000000000000000000000", "idempotencyKey": "key" });
    witness.check(seller, tree::CANCEL_MOVE, none, "NOT_FOUND").await;
    let past = json!({ "organization": platform, "parent": world.seed.sales.to_string(),
        "at": "2020-01-01T00:00:00Z", "idempotencyKey": "past" });
    witness.check(("admin", &admin), &tree::text("moveOrganization"), past, "INVALID").await;
    let input = json!({ "organization": platform, "idempotencyKey": "key" });
    let text = tree::text("deleteOrganization");
    witness.check(("admin", &admin), &text, input, "CONFLICT").await;
}

/// Every change of the tree, once.
pub(super) async fn of_the_tree_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let mut check = async |mutation: &str, mut input: Value| {
        input["idempotencyKey"] = json!(mutation);
        let text = tree::text(mutation);
        let answer = witness.check(("admin", &admin), &text, input, "done").await;
        let payload = answer.granted()[mutation].clone();
        let of = ["organization", "project"].into_iter().find_map(|of| payload[of]["id"].as_str());
        of.unwrap_or_default().to_owned()
    };
    let lab = json!({ "parent": platform, "name": "lab", "title": "Lab" });
    let lab = check("createOrganization", lab).await;
    check("renameOrganization", json!({ "organization": lab, "name": "laboratory" })).await;
    check("moveOrganization", json!({ "organization": lab, "parent": sales })).await;
    let project = json!({ "organization": lab, "name": "p", "title": "P" });
    let project = check("createProject", project).await;
    check("renameProject", json!({ "project": project, "name": "q" })).await;
    check("moveProject", json!({ "project": project, "organization": sales })).await;
    let at = world.clock.now().plus(Duration::from_secs(3600));
    let planned = json!({ "project": project, "organization": platform, "at": at,
        "idempotencyKey": "planned" });
    let text = tree::text("moveProject");
    let planned = witness.check(("admin", &admin), &text, planned, "done").await;
    let planned = planned.granted()["moveProject"]["plannedMove"]["id"].clone();
    let cancelled = json!({ "plannedMove": planned, "idempotencyKey": "key" });
    witness.check(("admin", &admin), tree::CANCEL_MOVE, cancelled, "done").await;
    let mut check = async |mutation: &str, mut input: Value| {
        input["idempotencyKey"] = json!(mutation);
        witness.check(("admin", &admin), &tree::text(mutation), input, "done").await;
    };
    check("deleteProject", json!({ "project": project })).await;
    check("deleteOrganization", json!({ "organization": lab })).await;
}
