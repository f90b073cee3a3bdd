//! Organizations: the nodes of a tenant's tree.

pub use control_plane_store::organization::Organization;
use control_plane_store::tree_event::{self, TreeEvent};
use control_plane_store::{NodeKind, StoreError, TreeEventKind, organization, outbox};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::{OrganizationId, TenantId};
use types::instant::Instant;
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// Makes an organization below another.
pub async fn create(
    plane: &Plane,
    permit: &Permit,
    parent: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<OrganizationId> {
    let tenant = permit.scope().tenant();
    let standing = plane.rights.of(plane, tenant).await?;
    if standing.tree.organization(parent).is_none() {
        return Err(Error::NotFound { what: "organization" });
    }
    let id = OrganizationId::next(&*plane.ids);
    let now = plane.clock.now();
    let tx = plane.store.begin(permit).await?;
    // Behind the tenant's lock, so that two at once cannot both find the name free.
    control_plane_store::tenant::lock(&tx).await?;
    let all = organization::tree(&tx).await?;
    if all.iter().any(|row| row.parent_id == Some(parent) && row.name == name.as_str()) {
        return Err(Error::AlreadyExists { what: "organization", name: name.to_string() });
    }
    organization::insert(&tx, row(id, tenant, Some(parent), name, title, now)).await?;
    let event = created(plane, tenant, NodeKind::Organization, &id, name, Some(parent));
    tree_event::insert(&tx, event).await?;
    let audit = audit::of_task("createOrganization", &id, now);
    outbox::record(&tx, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    plane.rights.forget(Some(tenant));
    Ok(id)
}

/// A fresh row.
pub(crate) fn row(
    id: OrganizationId,
    tenant: TenantId,
    parent: Option<OrganizationId>,
    name: &Name,
    title: &Title,
    now: Instant,
) -> Organization {
    Organization {
        id,
        tenant_id: tenant,
        parent_id: parent,
        name: name.to_string(),
        title: title.to_string(),
        created_at: now,
        deleted_at: None,
    }
}

/// The first entry in the history of a node.
pub(crate) fn created(
    plane: &Plane,
    tenant: TenantId,
    kind: NodeKind,
    node: &dyn std::fmt::Display,
    name: &Name,
    parent: Option<OrganizationId>,
) -> TreeEvent {
    let now = plane.clock.now();
    TreeEvent {
        id: plane.ids.next(),
        tenant_id: tenant,
        kind,
        node: node.to_string(),
        name: name.to_string(),
        event: TreeEventKind::Created,
        parent: parent.map(|parent| parent.to_string()),
        effective_at: now,
        entered_at: now,
    }
}

/// A taken name, told apart from other trouble with the database.
pub(crate) fn taken(error: StoreError, what: &'static str, name: &str) -> Error {
    match error {
        StoreError::Conflict { .. } => Error::AlreadyExists { what, name: name.to_owned() },
        other => other.into(),
    }
}

/// The organizations that the caller may see, in order of the tree: parents before children.
pub async fn visible(call: &Call) -> Result<Vec<Organization>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let mut open: Vec<_> = standing.tree.root().into_iter().collect();
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        if scope.has_organization(next.id) {
            found.push(next.clone());
        }
        let children: Vec<_> = standing.tree.children(next.id).collect();
        open.extend(children.into_iter().rev());
    }
    Ok(found)
}

/// One organization that the caller may see.
pub async fn get(call: &Call, id: OrganizationId) -> Result<Organization> {
    call.permit(Action::View, Node::Organization(id), "organization").await?;
    let standing = call.standing().await?;
    standing.tree.organization(id).cloned().ok_or(Error::NotFound { what: "organization" })
}
