//! What people do with organizations and projects, as the portal and the command line do it.

use serde_json::{Value, json};
use types::id::{Ids as _, SystemIds};

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

/// The text of one of them.
///
/// # Panics
/// If it is none.
pub fn text(mutation: &str) -> String {
    let payload = match mutation {
        "deleteOrganization" | "deleteProject" => "id",
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
