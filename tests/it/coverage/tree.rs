//! Changes of organizations and projects: what takes the id of one.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::tree;
use tests::world::World;
use types::clock::Clock as _;

use super::{Case, Kind, case};

/// What changes the tree, each by the ids that it takes; `seen` and `own` are an organization
/// and a project that the asker sees.
pub(super) fn of_the_tree(seen: &str, own: &str) -> Vec<Case> {
    let organization = json!({ "organization": "$x", "idempotencyKey": "$k" });
    let project = json!({ "project": "$x", "idempotencyKey": "$k" });
    let with = |base: &Value, field: &str, value: &str| {
        let mut input = base.clone();
        input[field] = json!(value);
        input
    };
    let named = |base: &Value| with(&with(base, "name", "new"), "title", "New");
    let mut below = with(&organization, "parent", "$x");
    below.as_object_mut().expect("an object").remove("organization");
    let moved = with(&with(&organization, "organization", seen), "parent", "$x");
    let owner = with(&organization, "project", own);
    [
        ("createOrganization", "parent", named(&below), Kind::Organization),
        ("renameOrganization", "organization", named(&organization), Kind::Organization),
        (
            "moveOrganization",
            "organization",
            with(&organization, "parent", seen),
            Kind::Organization,
        ),
        ("moveOrganization", "parent", moved, Kind::Organization),
        ("deleteOrganization", "organization", organization.clone(), Kind::Organization),
        ("createProject", "organization", named(&organization), Kind::Organization),
        ("renameProject", "project", named(&project), Kind::Project),
        ("moveProject", "project", with(&project, "organization", seen), Kind::Project),
        ("moveProject", "organization", owner, Kind::Organization),
        ("deleteProject", "project", project, Kind::Project),
    ]
    .into_iter()
    .map(|(mutation, field, input, kind)| {
        let argument = format!("Mutation.{mutation}.input.{field}");
        case(argument.leak(), &tree::text(mutation), json!({ "input": input }), kind)
    })
    .collect()
}

/// What takes the id of a planned move, or a place where some are looked for.
pub(super) fn of_planned_moves() -> Vec<Case> {
    let list = "query($x: ID!) { plannedMoves(at: $x) { nodes { id } } }";
    let find = "query($x: ID!) { plannedMove(id: $x) { id } }";
    let input = json!({ "input": { "plannedMove": "$x", "idempotencyKey": "$k" } });
    vec![
        case("Query.plannedMoves.at", list, json!({ "x": "$x" }), Kind::Organization),
        case("Query.plannedMove.id", find, json!({ "x": "$x" }), Kind::PlannedMove),
        case(
            "Mutation.cancelPlannedMove.input.plannedMove",
            tree::CANCEL_MOVE,
            input,
            Kind::PlannedMove,
        ),
    ]
}

/// A move of something of its own below an organization, far enough ahead.
pub(super) async fn planned(world: &World, by: &str, organization: &str, name: &str) -> String {
    let user = world.user(by).await;
    let home = user.organization(organization, &format!("{name}-home")).await;
    let mover = user.organization(&home, &format!("{name}-mover")).await;
    let at = world.clock.now().plus(Duration::from_secs(300 * 24 * 3600));
    let input = json!({ "organization": mover, "parent": organization });
    user.planned("moveOrganization", input, at).await
}
