//! What can be changed of a tenant's tree.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use control_plane_core::organization::change::{self as organizations, Renaming};
use control_plane_core::planned_move::change as planned;
use control_plane_core::project::change as projects;
use control_plane_core::tree::relocate::Movable;
use control_plane_core::{organization, project};
use types::id::{OrganizationId, ProjectId};

use crate::context;
use crate::error::Result;
use crate::organization::Organization;
use crate::planned_move::{self, PlannedMove};
use crate::project::Project;
use crate::scalar::DateTime;

/// An organization to be made
#[derive(InputObject)]
pub struct CreateOrganizationInput {
    /// The organization above
    parent: ID,
    /// For addresses and commands; no sibling has it
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// Another name, another title, or both
#[derive(InputObject)]
pub struct RenameOrganizationInput {
    /// The organization
    organization: ID,
    /// For addresses and commands; null: stays
    name: Option<String>,
    /// For people; null: stays
    title: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// Another place for an organization
#[derive(InputObject)]
pub struct MoveOrganizationInput {
    /// The organization
    organization: ID,
    /// The organization above from then on
    parent: ID,
    /// From when on, at most a year ahead; null: from now on
    at: Option<DateTime>,
    /// New for each request
    idempotency_key: String,
}

/// An organization to be deleted
#[derive(InputObject)]
pub struct DeleteOrganizationInput {
    /// The organization
    organization: ID,
    /// New for each request
    idempotency_key: String,
}

/// A project to be made
#[derive(InputObject)]
pub struct CreateProjectInput {
    /// The organization that owns it
    organization: ID,
    /// For addresses and commands; no other project of the organization has it
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// Another name, another title, or both
#[derive(InputObject)]
pub struct RenameProjectInput {
    /// The project
    project: ID,
    /// For addresses and commands; null: stays
    name: Option<String>,
    /// For people; null: stays
    title: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// Another owner for a project
#[derive(InputObject)]
pub struct MoveProjectInput {
    /// The project
    project: ID,
    /// The organization that owns it from then on
    organization: ID,
    /// From when on, at most a year ahead; null: from now on
    at: Option<DateTime>,
    /// New for each request
    idempotency_key: String,
}

/// A project to be deleted
#[derive(InputObject)]
pub struct DeleteProjectInput {
    /// The project
    project: ID,
    /// New for each request
    idempotency_key: String,
}

/// An organization as it is now.
#[derive(SimpleObject)]
pub struct OrganizationPayload {
    organization: Organization,
}

/// A project as it is now.
#[derive(SimpleObject)]
pub struct ProjectPayload {
    project: Project,
}

/// An organization as it is now, and what is planned of it.
#[derive(SimpleObject)]
pub struct MoveOrganizationPayload {
    organization: Organization,
    /// The move that was entered; null if the organization was moved at once
    planned_move: Option<PlannedMove>,
}

/// A project as it is now, and what is planned of it.
#[derive(SimpleObject)]
pub struct MoveProjectPayload {
    project: Project,
    /// The move that was entered; null if the project was moved at once
    planned_move: Option<PlannedMove>,
}

/// Something that is gone.
#[derive(SimpleObject)]
pub struct DeletedPayload {
    /// What it was
    pub(crate) id: ID,
}

/// Organizations and projects.
#[derive(Default)]
pub struct TreeMutation;

#[Object]
impl TreeMutation {
    /// Makes an organization below another
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        input: CreateOrganizationInput,
    ) -> Result<OrganizationPayload> {
        let parent = context::id(&input.parent, "organization")?;
        let (name, title, key) = (&input.name, &input.title, &input.idempotency_key);
        shown(ctx, organizations::create(context::call(ctx)?, parent, name, title, key).await?)
            .await
    }

    /// Gives an organization another name, another title, or both
    async fn rename_organization(
        &self,
        ctx: &Context<'_>,
        input: RenameOrganizationInput,
    ) -> Result<OrganizationPayload> {
        let id = context::id(&input.organization, "organization")?;
        let renaming = Renaming { name: input.name, title: input.title };
        let key = &input.idempotency_key;
        shown(ctx, organizations::rename(context::call(ctx)?, id, &renaming, key).await?).await
    }

    /// Moves an organization with all below it, from this moment on or from an instant to come. Its
    /// charges go to its new parent's bill from then on
    async fn move_organization(
        &self,
        ctx: &Context<'_>,
        input: MoveOrganizationInput,
    ) -> Result<MoveOrganizationPayload> {
        let id = context::id(&input.organization, "organization")?;
        let parent = context::id(&input.parent, "organization")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        let planned_move = match input.at {
            None => {
                organizations::relocate(call, id, parent, key).await?;
                None
            }
            Some(at) => Some(plan(ctx, Movable::Organization(id), parent, at, key).await?),
        };
        let organization = Organization(organization::get(call, id).await?);
        Ok(MoveOrganizationPayload { organization, planned_move })
    }

    /// Deletes an organization that holds nothing. Its bills stay
    async fn delete_organization(
        &self,
        ctx: &Context<'_>,
        input: DeleteOrganizationInput,
    ) -> Result<DeletedPayload> {
        let id = context::id(&input.organization, "organization")?;
        let call = context::call(ctx)?;
        let gone = organizations::delete(call, id, &input.idempotency_key).await?;
        Ok(DeletedPayload { id: gone.into() })
    }

    /// Makes a project in an organization
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        input: CreateProjectInput,
    ) -> Result<ProjectPayload> {
        let owner = context::id(&input.organization, "organization")?;
        let (name, title, key) = (&input.name, &input.title, &input.idempotency_key);
        of(ctx, projects::create(context::call(ctx)?, owner, name, title, key).await?).await
    }

    /// Gives a project another name, another title, or both
    async fn rename_project(
        &self,
        ctx: &Context<'_>,
        input: RenameProjectInput,
    ) -> Result<ProjectPayload> {
        let id = context::id(&input.project, "project")?;
        let renaming = Renaming { name: input.name, title: input.title };
        let key = &input.idempotency_key;
        of(ctx, projects::rename(context::call(ctx)?, id, &renaming, key).await?).await
    }

    /// Moves a project with all in it to another organization, from this moment on or from an
    /// instant to come. That one has its charges from then on
    async fn move_project(
        &self,
        ctx: &Context<'_>,
        input: MoveProjectInput,
    ) -> Result<MoveProjectPayload> {
        let id = context::id(&input.project, "project")?;
        let owner = context::id(&input.organization, "organization")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        let planned_move = match input.at {
            None => {
                projects::relocate(call, id, owner, key).await?;
                None
            }
            Some(at) => Some(plan(ctx, Movable::Project(id), owner, at, key).await?),
        };
        let project = Project(project::get(call, id).await?);
        Ok(MoveProjectPayload { project, planned_move })
    }

    /// Deletes a project that no instance is in. Its bills stay
    async fn delete_project(
        &self,
        ctx: &Context<'_>,
        input: DeleteProjectInput,
    ) -> Result<DeletedPayload> {
        let id = context::id(&input.project, "project")?;
        let gone = projects::delete(context::call(ctx)?, id, &input.idempotency_key).await?;
        Ok(DeletedPayload { id: gone.into() })
    }
}

async fn plan(
    ctx: &Context<'_>,
    moved: Movable,
    to: OrganizationId,
    at: DateTime,
    key: &str,
) -> Result<PlannedMove> {
    let id = planned::enter(context::call(ctx)?, moved, to, at.0, key).await?;
    planned_move::get(ctx, id).await
}

async fn shown(ctx: &Context<'_>, id: OrganizationId) -> Result<OrganizationPayload> {
    let row = organization::get(context::call(ctx)?, id).await?;
    Ok(OrganizationPayload { organization: Organization(row) })
}

async fn of(ctx: &Context<'_>, id: ProjectId) -> Result<ProjectPayload> {
    let row = project::get(context::call(ctx)?, id).await?;
    Ok(ProjectPayload { project: Project(row) })
}
