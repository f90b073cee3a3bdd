//! Changes of organizations and projects: what takes the id of one.

use serde_json::{Value, json};
use tests::client::tree;

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
