//! Instances, by how they are ordered.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::below;

/// An instance of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Instance {
    /// Its path.
    pub project: String,
    /// Its name.
    pub name: String,
    /// The package.
    pub package: String,
    /// Of the software in it.
    pub software_version: String,
    /// How its members are arranged.
    pub topology: String,
    /// The plan of its members.
    pub plan: String,
    /// Where values come from that were not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What was given for it; everything else is the template's, or the default. Never a secret.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
}

impl Instance {
    /// The path of its project and its name.
    pub fn path(&self) -> String {
        below(&self.project, &self.name)
    }
}
