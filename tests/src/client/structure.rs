//! The structure of a tenant as a document.

use serde_json::{Value, json};

use crate::client::{Answer, User};

/// The document.
pub const STRUCTURE: &str = "{ structure { document leftOut } }";
/// What an import would do.
pub const PREVIEW_STRUCTURE: &str =
    "query($input: StructureInput!) { previewStructure(input: $input) { token steps } }";
/// Does a part of it.
pub const IMPORT_STRUCTURE: &str = "mutation($input: ImportStructureInput!) { \
    importStructure(input: $input) { steps done left refusal { code why message approval } } }";

impl User {
    /// What the tenant is made of.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn structure(&self) -> String {
        let told = self.get(STRUCTURE, json!({})).await;
        told["structure"]["document"].as_str().expect("a document").to_owned()
    }

    /// The token and the steps of an import.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn preview_structure(&self, structure: &Value) -> (Value, Vec<String>) {
        let told = self.get(PREVIEW_STRUCTURE, json!({ "input": structure })).await;
        let preview = &told["previewStructure"];
        let steps = preview["steps"].as_array().expect("steps").iter();
        let steps = steps.map(|step| step.as_str().expect("a sentence").to_owned());
        (preview["token"].clone(), steps.collect())
    }

    /// Imports what was previewed.
    pub async fn import_structure(&self, structure: &Value, token: &Value, key: &str) -> Answer {
        let input = json!({ "structure": structure, "previewToken": token, "idempotencyKey": key });
        self.ask(IMPORT_STRUCTURE, json!({ "input": input })).await
    }
}
