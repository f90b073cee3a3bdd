//! Organizations: the nodes of a tenant's tree.

pub use control_plane_store::organization::Organization;
use control_plane_store::tree_event::TreeEvent;
use control_plane_store::{InTenant as _, NodeKind, StoreError, TreeEventKind, organization};
use policies::action::Action;
use policies::permit::{Permit, Scope};
use policies::role::Node;
use types::id::{OrganizationId, TenantId};
use types::instant::Instant;
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::page::{Cursor, Page, Paged};
use crate::plane::{Plane, SharedPlane};
use crate::tree::TenantTree;
use crate::tree::change::{Step, TreeChange};

pub mod change;

/// Makes an organization below another, at the console.
pub async fn create(
    plane: &SharedPlane,
    permit: &Permit,
    parent: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<OrganizationId> {
    let change = TreeChange::begin(plane, permit).await?;
    let made = add(&change, parent, name, title).await?;
    let event = change.event("organization_created", made.id);
    let audit = audit::of_task("createOrganization", &made.id, plane.clock.now());
    change.commit(vec![event], audit).await?;
    Ok(made.id)
}

/// Adds an organization below another that is still there.
async fn add(
    change: &TreeChange<'_>,
    parent: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<Organization> {
    change.organization(parent)?;
    free(&change.tree, parent, name.as_str())?;
    let id = OrganizationId::next(&*change.plane.ids);
    let now = change.plane.clock.now();
    let made = row(id, change.tx.tenant(), Some(parent), name, title, now);
    organization::insert(&change.tx, made.clone()).await?;
    change.tell(Step::Organization(TreeEventKind::Created, &made)).await?;
    Ok(made)
}

/// Refuses a name that another organization below the parent has.
pub(crate) fn free(tree: &TenantTree, parent: OrganizationId, name: &str) -> Result<()> {
    match tree.child(parent, name) {
        Some(_) => Err(Error::AlreadyExists { what: "organization", name: name.to_owned() }),
        None => Ok(()),
    }
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
        revision: 0,
    }
}

/// The first entry in the history of a tenant's root.
pub(crate) fn first(plane: &Plane, root: &Organization) -> TreeEvent {
    let now = plane.clock.now();
    TreeEvent {
        id: plane.ids.next(),
        tenant_id: root.tenant_id,
        kind: NodeKind::Organization,
        node: root.id.to_string(),
        name: root.name.clone(),
        event: TreeEventKind::Created,
        parent: None,
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

/// A part of something in memory; one more than asked for says that there is more.
pub(crate) fn part<'t, T: Clone + 't>(rows: impl Iterator<Item = &'t T>, page: &Page) -> Paged<T> {
    let first = usize::try_from(page.first()).unwrap_or(usize::MAX);
    let mut items: Vec<_> = rows.take(first.saturating_add(1)).cloned().collect();
    let has_next = items.len() > first;
    items.truncate(first);
    Paged { items, has_next }
}

/// A cursor that is no place in the list.
pub(crate) fn stale() -> Error {
    Error::invalid("after", "malformed", "expected a cursor from an earlier page")
}

/// The organizations that the caller may see, in order of the tree: parents before children,
/// siblings by name. With a text, only those that have it in name or title.
pub async fn list(call: &Call, search: Option<&str>, page: &Page) -> Result<Paged<Organization>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let after = page.after().map(|after| after.as_id().map(OrganizationId::from));
    let after = after.map(|after| {
        after.filter(|id| standing.tree.organization(*id).is_some()).ok_or_else(stale)
    });
    let search = search.map(str::to_lowercase);
    let is_meant = |row: &&Organization| {
        let has = |text: &str| search.as_ref().is_none_or(|search| text.contains(search));
        scope.has_organization(row.id) && (has(&row.name) || has(&row.title.to_lowercase()))
    };
    Ok(part(standing.tree.in_order(after.transpose()?).filter(is_meant), page))
}

/// The organizations of a name that the caller may see.
pub async fn named(call: &Call, name: &str) -> Result<Vec<Organization>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let seen = standing.tree.organizations_named(name);
    Ok(seen.filter(|row| scope.has_organization(row.id)).cloned().collect())
}

/// The highest organizations that the caller may see, by name.
pub async fn tops(call: &Call) -> Result<Vec<Organization>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let seen = match scope.reach() {
        policies::permit::Reach::Tenant => standing.tree.root().into_iter().collect(),
        policies::permit::Reach::Nodes { organizations, .. } => {
            let rows = organizations.iter().filter_map(|id| standing.tree.organization(*id));
            let hidden = |parent: OrganizationId| !organizations.contains(&parent);
            rows.filter(|row| row.parent_id.is_none_or(hidden)).collect::<Vec<_>>()
        }
    };
    let mut seen: Vec<_> = seen.into_iter().cloned().collect();
    seen.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    Ok(seen)
}

/// The organizations directly below one that the caller may see, by name.
pub async fn children(
    call: &Call,
    parent: OrganizationId,
    page: &Page,
) -> Result<Paged<Organization>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let after = page.after().map(|after| after.as_text().ok_or_else(stale)).transpose()?;
    let rows = standing.tree.children(parent, after);
    Ok(part(rows.filter(|row| scope.has_organization(row.id)), page))
}

/// Where a row is in a list of siblings.
pub fn by_name(row: &Organization) -> Cursor {
    Cursor::text(&row.name)
}

/// Whether the caller may see anything below.
pub async fn is_leaf(call: &Call, id: OrganizationId) -> Result<bool> {
    let standing = call.standing().await?;
    let scope: Scope = call.scope(Action::View).await?;
    let below = standing.tree.children(id, None).any(|row| scope.has_organization(row.id));
    Ok(!below && !standing.tree.projects_in(id, None).any(|row| scope.has_project(row.id)))
}

/// One organization that the caller may see.
pub async fn get(call: &Call, id: OrganizationId) -> Result<Organization> {
    call.permit(Action::View, Node::Organization(id), "organization").await?;
    let standing = call.standing().await?;
    standing.tree.organization(id).cloned().ok_or(Error::NotFound { what: "organization" })
}
