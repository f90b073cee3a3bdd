//! Applications and what is in them.

use serde::{Deserialize, Serialize};

use super::order::With;
use super::tree::Deleted;
use super::{Named, Reference};
use crate::page::Page;

documents! {
    /// Applications.
    ListApplications = "applications", "applications" (ApplicationsOf) -> Page<Application>;
    /// One application.
    AskApplication = "application", "application" (Named) -> Application;
    /// What is in an application.
    ListParts = "application-parts", "application" (PartsOf) -> Parts;
    /// Makes an application.
    DoCreateApplication = "create-application", "createApplication" (With<CreateApplication>) -> ChangedApplication;
    /// Deletes an application.
    DoDeleteApplication = "delete-application", "deleteApplication" (With<DeleteApplication>) -> Deleted;
    /// Renames an application.
    DoRenameApplication = "rename-application", "renameApplication" (With<RenameApplication>) -> ChangedApplication;
    /// Puts an instance into an application.
    DoAddPart = "add-to-application", "addToApplication" (With<OnPart>) -> ChangedApplication;
    /// Takes an instance out of an application.
    DoRemovePart = "remove-from-application", "removeFromApplication" (With<OnPart>) -> ChangedApplication;
    /// Says that a part needs another.
    DoAddDependency = "add-dependency", "addDependency" (With<Dependency>) -> ChangedApplication;
    /// Says that it does not any more.
    DoRemoveDependency = "remove-dependency", "removeDependency" (With<Dependency>) -> ChangedApplication;
}

/// What belongs together.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub id: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub is_exclusive: bool,
    pub run: String,
    /// None where one may not see it.
    pub organization: Option<Reference>,
}

impl Application {
    /// The name of the organization that it is of.
    pub fn owner(&self) -> Option<&String> {
        self.organization.as_ref().map(|owner| &owner.name)
    }
}

/// Which applications.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ApplicationsOf {
    pub first: u32,
    pub after: Option<String>,
    pub organization: Option<String>,
    pub search: Option<String>,
}

/// Parts of which application.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartsOf {
    pub id_or_name: String,
    pub first: u32,
    pub after: Option<String>,
}

/// A page of what is in an application.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parts {
    pub parts: Page<Part>,
}

/// An instance in an application.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub instance: PartInstance,
    pub needs: Vec<Reference>,
    pub added_at: String,
}

/// What is shown of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartInstance {
    pub id: String,
    pub name: String,
    pub package: String,
    pub state: String,
    pub unknown_since: Option<String>,
    pub project: Reference,
}

/// An application and all that is in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Whole {
    #[serde(flatten)]
    pub application: Application,
    pub parts: Vec<Part>,
}

/// A new application.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateApplication {
    pub organization: String,
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub is_exclusive: bool,
    pub idempotency_key: String,
}

/// Other words for an application.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameApplication {
    pub application: String,
    pub name: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub idempotency_key: String,
}

/// An application that is to be gone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteApplication {
    pub application: String,
    pub idempotency_key: String,
}

/// An instance to be put in or taken out.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnPart {
    pub application: String,
    pub instance: String,
    pub idempotency_key: String,
}

/// What needs what.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    pub application: String,
    pub instance: String,
    pub needs: String,
    pub idempotency_key: String,
}

/// An application after a change.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedApplication {
    pub application: Application,
}
