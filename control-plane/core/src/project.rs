//! Projects: containers of resources below an organization.

pub use control_plane_store::project::Project;
use control_plane_store::{NodeKind, outbox, project, tree_event};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::{OrganizationId, ProjectId};
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::organization::created;
use crate::plane::Plane;

/// Makes a project in an organization.
pub async fn create(
    plane: &Plane,
    permit: &Permit,
    organization: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<ProjectId> {
    let tenant = permit.scope().tenant();
    let standing = plane.rights.of(plane, tenant).await?;
    if standing.tree.organization(organization).is_none() {
        return Err(Error::NotFound { what: "organization" });
    }
    let id = ProjectId::next(&*plane.ids);
    let now = plane.clock.now();
    let row = Project {
        id,
        tenant_id: tenant,
        organization_id: organization,
        name: name.to_string(),
        title: title.to_string(),
        created_at: now,
        deleted_at: None,
    };
    let tx = plane.store.begin(permit).await?;
    // Behind the tenant's lock, so that two at once cannot both find the name free.
    control_plane_store::tenant::lock(&tx).await?;
    let named = project::by_name(&tx, name.as_str()).await?;
    if named.iter().any(|row| row.organization_id == organization && row.deleted_at.is_none()) {
        return Err(Error::AlreadyExists { what: "project", name: name.to_string() });
    }
    project::insert(&tx, row).await?;
    let event = created(plane, tenant, NodeKind::Project, &id, name, Some(organization));
    tree_event::insert(&tx, event).await?;
    let audit = audit::of_task("createProject", &id, now);
    outbox::record(&tx, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    plane.rights.forget(Some(tenant));
    Ok(id)
}

/// The projects that the caller may see, in order of their ids.
pub async fn visible(call: &Call) -> Result<Vec<Project>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    Ok(standing.tree.projects().filter(|project| scope.has_project(project.id)).cloned().collect())
}

/// One project that the caller may see.
pub async fn get(call: &Call, id: ProjectId) -> Result<Project> {
    call.permit(Action::View, Node::Project(id), "project").await?;
    let standing = call.standing().await?;
    standing.tree.project(id).cloned().ok_or(Error::NotFound { what: "project" })
}
