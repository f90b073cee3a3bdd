//! What people do with applications, as the portal and the command line do it.

use serde_json::{Value, json};
use types::id::{Ids as _, SystemIds};

use super::{Answer, User};

/// The mutations of applications, in an order in which they can be done.
pub const OF_APPLICATIONS: [&str; 7] = [
    "createApplication",
    "renameApplication",
    "addToApplication",
    "addDependency",
    "removeDependency",
    "removeFromApplication",
    "deleteApplication",
];

/// An application with what is in it.
const APPLICATION: &str = "query($x: String!) { application(idOrName: $x) { \
    id name title description isExclusive run organization { name } viewerCan \
    parts { nodes { instance { id name state } needs { name state } } } } }";

/// The text of one of the mutations.
///
/// # Panics
/// If it is none.
pub fn of_application(mutation: &str) -> String {
    let (input, payload) = match mutation {
        "createApplication" => ("CreateApplicationInput", "application { id name isExclusive }"),
        "renameApplication" => ("RenameApplicationInput", "application { id name title }"),
        "deleteApplication" => ("DeleteApplicationInput", "id"),
        "addToApplication" | "removeFromApplication" => {
            ("ApplicationPartInput", "application { id name }")
        }
        "addDependency" | "removeDependency" => ("DependencyInput", "application { id name }"),
        other => panic!("{other}"),
    };
    format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ {payload} }} }}")
}

impl User {
    /// Changes applications, with a key of its own unless the input has one.
    pub async fn compose(&self, mutation: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = json!(SystemIds.next().to_string());
        }
        self.ask(&of_application(mutation), json!({ "input": input })).await
    }

    /// Makes an application and answers its id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn application(
        &self,
        organization: impl ToString,
        name: &str,
        is_exclusive: bool,
    ) -> String {
        let input = json!({ "organization": organization.to_string(), "name": name, "title": name,
            "isExclusive": is_exclusive });
        let made = self.compose("createApplication", input).await;
        let id = made.granted()["createApplication"]["application"]["id"].as_str();
        id.expect("an id").to_owned()
    }

    /// Puts an instance into an application.
    pub async fn put_in(&self, application: &str, instance: &str) -> Answer {
        let input = json!({ "application": application, "instance": instance });
        self.compose("addToApplication", input).await
    }

    /// Takes an instance out of an application.
    pub async fn take_out(&self, application: &str, instance: &str) -> Answer {
        let input = json!({ "application": application, "instance": instance });
        self.compose("removeFromApplication", input).await
    }

    /// Says that a part of an application needs another.
    pub async fn depend(&self, application: &str, instance: &str, needs: &str) -> Answer {
        let input = json!({ "application": application, "instance": instance, "needs": needs });
        self.compose("addDependency", input).await
    }

    /// An application with its parts.
    pub async fn see_application(&self, id_or_name: &str) -> Answer {
        self.ask(APPLICATION, json!({ "x": id_or_name })).await
    }

    /// The names of an application's parts that the user sees, the oldest first.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn parts(&self, application: &str) -> Vec<String> {
        let found = self.see_application(application).await;
        let nodes = found.granted()["application"]["parts"]["nodes"].as_array().expect("nodes");
        let name = |node: &Value| node["instance"]["name"].as_str().expect("a name").to_owned();
        nodes.iter().map(name).collect()
    }
}
