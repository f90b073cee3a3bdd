//! What people do with organizations and projects, as the portal and the command line do it.

use serde_json::{Value, json};
use types::id::{Ids as _, SystemIds};
use types::instant::Instant;

use crate::client::{Answer, User};

/// The mutations of a tenant's tree.
pub const MUTATIONS: [&str; 8] = [
    "createOrganization",
    "renameOrganization",
    "moveOrganization",
    "deleteOrganization",
    "createProject",
    "renameProject",
    "moveProject",
    "deleteProject",
];

/// `cancelPlannedMove`.
pub const CANCEL_MOVE: &str = "mutation($input: CancelPlannedMoveInput!) { \
    cancelPlannedMove(input: $input) { id state cancelledBy } }";
/// What is asked of a planned move.
const PLANNED: &str = "id state name at code problem requestedBy requestedAt endedAt cancelledBy \
    viewerCanCancel organization { name } project { name } from { name } to { name }";

/// The text of one of them.
///
/// # Panics
/// If it is none.
pub fn text(mutation: &str) -> String {
    let payload = match mutation {
        "deleteOrganization" | "deleteProject" => "id",
        "moveOrganization" => "organization { id name path { name } } plannedMove { id state at }",
        "moveProject" => "project { id name organization { name } } plannedMove { id state at }",
        _ if mutation.ends_with("Organization") => "organization { id name title path { name } }",
        _ => "project { id name title organization { name } }",
    };
    assert!(MUTATIONS.contains(&mutation), "{mutation}");
    let (first, rest) = mutation.split_at(1);
    let input = format!("{}{rest}Input!", first.to_uppercase());
    format!("mutation($input: {input}) {{ {mutation}(input: $input) {{ {payload} }} }}")
}

impl User {
    /// Changes the tree, with a key of its own unless the input has one.
    pub async fn alter(&self, mutation: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = json!(SystemIds.next().to_string());
        }
        self.ask(&text(mutation), json!({ "input": input })).await
    }

    /// Makes an organization and answers its id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn organization(&self, parent: &str, name: &str) -> String {
        let input = json!({ "parent": parent, "name": name, "title": name });
        let made = self.alter("createOrganization", input).await;
        let id = made.granted()["createOrganization"]["organization"]["id"].as_str();
        id.expect("an id").to_owned()
    }

    /// Makes a project and answers its id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn project(&self, organization: &str, name: &str) -> String {
        let input = json!({ "organization": organization, "name": name, "title": name });
        let made = self.alter("createProject", input).await;
        let id = made.granted()["createProject"]["project"]["id"].as_str();
        id.expect("an id").to_owned()
    }

    /// Enters a move for an instant to come.
    pub async fn plan(&self, mutation: &str, mut input: Value, at: Instant) -> Answer {
        input["at"] = json!(at);
        self.alter(mutation, input).await
    }

    /// The same, and answers the id of the planned move.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn planned(&self, mutation: &str, input: Value, at: Instant) -> String {
        let made = self.plan(mutation, input, at).await;
        made.granted()[mutation]["plannedMove"]["id"].as_str().expect("an id").to_owned()
    }

    /// A planned move as the user sees it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn planned_move(&self, id: &str) -> Value {
        let query = format!("query($x: ID!) {{ plannedMove(id: $x) {{ {PLANNED} }} }}");
        self.get(&query, json!({ "x": id })).await["plannedMove"].clone()
    }

    /// Planned moves that the user sees, the newest first.
    pub async fn planned_moves(&self, at: Option<&str>, state: Option<&str>) -> Vec<Value> {
        let query = format!(
            "query($at: ID, $state: PlannedMoveState) {{ plannedMoves(first: 50, at: $at, \
             state: $state) {{ nodes {{ {PLANNED} }} }} }}"
        );
        let found = self.get(&query, json!({ "at": at, "state": state })).await;
        found["plannedMoves"]["nodes"].as_array().cloned().unwrap_or_default()
    }

    /// Calls a planned move off.
    pub async fn cancel_move(&self, id: &str) -> Answer {
        self.act(CANCEL_MOVE, json!({ "plannedMove": id })).await
    }

    /// Names of all organizations that the user sees, in order of the tree.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn tree(&self) -> Vec<String> {
        let query = "{ organizations(first: 20) { nodes { path { name } } } }";
        let found = self.get(query, json!({})).await;
        let nodes = found["organizations"]["nodes"].as_array().expect("nodes").iter();
        let path = |node: &Value| {
            let steps = node["path"].as_array().expect("a path").iter();
            let names: Vec<_> = steps.map(|step| step["name"].as_str().expect("a name")).collect();
            names.join("/")
        };
        nodes.map(path).collect()
    }
}
