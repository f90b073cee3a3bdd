//! Changes of organizations and projects.

use serde::{Deserialize, Serialize};

use super::approval::ById;
use super::order::With;
use super::organization::{Organization, Project};
use super::{Named, Reference};
use crate::page::Page;

documents! {
    /// One organization.
    AskOrganization = "organization", "organization" (Named) -> OrganizationDetail;
    /// Makes an organization.
    DoCreateOrganization = "create-organization", "createOrganization" (With<CreateOrganization>) -> ChangedOrganization;
    /// Renames an organization.
    DoRenameOrganization = "rename-organization", "renameOrganization" (With<RenameOrganization>) -> ChangedOrganization;
    /// Moves an organization.
    DoMoveOrganization = "move-organization", "moveOrganization" (With<MoveOrganization>) -> MovedOrganization;
    /// Deletes an organization.
    DoDeleteOrganization = "delete-organization", "deleteOrganization" (With<DeleteOrganization>) -> Deleted;
    /// Makes a project.
    DoCreateProject = "create-project", "createProject" (With<CreateProject>) -> ChangedProject;
    /// Renames a project.
    DoRenameProject = "rename-project", "renameProject" (With<RenameProject>) -> ChangedProject;
    /// Moves a project.
    DoMoveProject = "move-project", "moveProject" (With<MoveProject>) -> MovedProject;
    /// Moves that were entered for an instant to come.
    ListPlannedMoves = "planned-moves", "plannedMoves" (PlannedMovesOf) -> Page<PlannedMove>;
    /// One of them.
    AskPlannedMove = "planned-move", "plannedMove" (ById) -> PlannedMove;
    /// Calls one off.
    DoCancelPlannedMove = "cancel-planned-move", "cancelPlannedMove" (With<CancelMove>) -> PlannedMove;
    /// Deletes a project.
    DoDeleteProject = "delete-project", "deleteProject" (With<DeleteProject>) -> Deleted;
}

/// One organization and what is directly in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationDetail {
    pub id: String,
    pub name: String,
    pub title: String,
    pub path: Vec<Reference>,
    pub children: Page<Titled>,
    pub projects: Page<Titled>,
    pub viewer_can: Vec<String>,
}

/// Something with a name and a title.
#[derive(Debug, Serialize, Deserialize)]
pub struct Titled {
    pub id: String,
    pub name: String,
    pub title: String,
}

/// Which organizations.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrganizationsOf {
    pub first: u32,
    pub after: Option<String>,
    pub search: Option<String>,
}

/// A new organization.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganization {
    pub parent: String,
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// Another name for an organization.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameOrganization {
    pub organization: String,
    pub name: Option<String>,
    pub title: Option<String>,
    pub idempotency_key: String,
}

/// Another place for an organization.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveOrganization {
    pub organization: String,
    pub parent: String,
    pub at: Option<String>,
    pub idempotency_key: String,
}

/// An organization that is to be gone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteOrganization {
    pub organization: String,
    pub idempotency_key: String,
}

/// A new project.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProject {
    pub organization: String,
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// Another name for a project.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameProject {
    pub project: String,
    pub name: Option<String>,
    pub title: Option<String>,
    pub idempotency_key: String,
}

/// Another owner for a project.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveProject {
    pub project: String,
    pub organization: String,
    pub at: Option<String>,
    pub idempotency_key: String,
}

/// A project that is to be gone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteProject {
    pub project: String,
    pub idempotency_key: String,
}

/// An organization after a change.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedOrganization {
    pub organization: Organization,
}

/// A project after a change.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedProject {
    pub project: Project,
}

/// Something that is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deleted {
    pub id: String,
}

/// An organization after a move, or with what is planned of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedOrganization {
    pub organization: Organization,
    pub planned_move: Option<Planned>,
}

/// A project after a move, or with what is planned of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedProject {
    pub project: Project,
    pub planned_move: Option<Planned>,
}

/// A move that was entered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Planned {
    pub id: String,
    pub state: String,
    pub at: String,
}

/// A move that was entered, with all that is known of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedMove {
    pub id: String,
    pub state: String,
    pub name: String,
    pub from: Option<Reference>,
    pub to: Option<Reference>,
    pub at: String,
    pub code: Option<String>,
    pub problem: Option<String>,
    pub requested_by: String,
    pub requested_at: String,
    pub ended_at: Option<String>,
    pub cancelled_by: Option<String>,
}

/// Which planned moves.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlannedMovesOf {
    pub first: u32,
    pub after: Option<String>,
    pub state: Option<String>,
    pub at: Option<String>,
}

/// A planned move to be called off.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelMove {
    pub planned_move: String,
    pub idempotency_key: String,
}
