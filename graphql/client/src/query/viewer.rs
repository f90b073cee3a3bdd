//! Who is signed in.

use serde::{Deserialize, Serialize};

use super::{Nothing, Reference};

documents! {
    /// Who asks.
    AskViewer = "viewer", "viewer" (Nothing) -> Viewer;
    /// Where the viewer is at home, and what it may do to all of it.
    AskOwnPlace = "own-place", "viewer" (Nothing) -> OwnPlace;
}

/// The signed-in subject.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Viewer {
    pub id: String,
    pub name: String,
    pub title: String,
    pub session_expires_at: String,
    pub tenant: Option<Tenant>,
    pub roles: Vec<RoleBinding>,
}

/// The customer that the subject belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tenant {
    pub id: String,
    pub name: String,
    pub title: String,
    pub zone: String,
    pub currency: String,
    pub licence: LicenceUse,
}

/// How many licensed units exist and may exist.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenceUse {
    pub unit: String,
    pub used: i64,
    pub limit: i64,
    pub not_after: Option<String>,
}

/// A role and where it holds or is denied.
#[derive(Debug, Serialize, Deserialize)]
pub struct RoleBinding {
    pub role: Role,
    pub effect: String,
    pub at: Option<Place>,
}

/// What can be given.
#[derive(Debug, Serialize, Deserialize)]
pub struct Role {
    pub title: String,
}

/// A node of the tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    #[serde(rename = "__typename")]
    pub kind: String,
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
}

/// Where the subject is at home.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnPlace {
    pub can_in_tenant: Vec<String>,
    pub tenant: Option<Reference>,
}
