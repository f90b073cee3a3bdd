//! Projects: containers of resources below an organization.

use std::collections::BTreeMap;

pub use control_plane_store::project::Project;
use control_plane_store::{TreeEventKind, project};
use policies::action::Action;
use policies::permit::{Permit, Reach};
use policies::role::Node;
use types::id::{OrganizationId, ProjectId};
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::organization::{part, stale};
use crate::page::{Cursor, Page, Paged};
use crate::plane::SharedPlane;
use crate::tree::TenantTree;
use crate::tree::change::{Step, TreeChange};

pub mod change;

/// Makes a project in an organization, at the console.
pub async fn create(
    plane: &SharedPlane,
    permit: &Permit,
    organization: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<ProjectId> {
    let change = TreeChange::begin(plane, permit).await?;
    let made = add(&change, organization, name, title).await?;
    let event = change.event_of("project_created", &made);
    let audit = audit::of_task("createProject", &made.id, plane.clock.now());
    change.commit(vec![event], audit).await?;
    Ok(made.id)
}

/// Adds a project to an organization that is still there.
async fn add(
    change: &TreeChange<'_>,
    organization: OrganizationId,
    name: &Name,
    title: &Title,
) -> Result<Project> {
    change.organization(organization)?;
    free(&change.tree, organization, name.as_str())?;
    let made = Project {
        id: ProjectId::next(&*change.plane.ids),
        tenant_id: change.tenant(),
        organization_id: organization,
        name: name.to_string(),
        title: title.to_string(),
        created_at: change.plane.clock.now(),
        deleted_at: None,
        revision: 0,
    };
    project::insert(&change.tx, made.clone()).await?;
    change.tell(Step::Project(TreeEventKind::Created, &made)).await?;
    Ok(made)
}

/// Refuses a name that another project of the organization has.
pub(crate) fn free(tree: &TenantTree, organization: OrganizationId, name: &str) -> Result<()> {
    match tree.project_in(organization, name) {
        Some(_) => Err(Error::AlreadyExists { what: "project", name: name.to_owned() }),
        None => Ok(()),
    }
}

/// The projects that the caller may see, in order of their ids. With a text, only those that have it
/// in name or title.
pub async fn list(call: &Call, search: Option<&str>, page: &Page) -> Result<Paged<Project>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let after = page.after().map(|after| after.as_id().map(ProjectId::from).ok_or_else(stale));
    let search = search.map(str::to_lowercase);
    let is_meant = |row: &&Project| {
        let has = |text: &str| search.as_ref().is_none_or(|search| text.contains(search));
        scope.has_project(row.id) && (has(&row.name) || has(&row.title.to_lowercase()))
    };
    Ok(part(standing.tree.projects_behind(after.transpose()?).filter(is_meant), page))
}

/// The projects of a name that the caller may see.
pub async fn named(call: &Call, name: &str) -> Result<Vec<Project>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let seen = standing.tree.projects_named(name);
    Ok(seen.filter(|row| scope.has_project(row.id)).cloned().collect())
}

/// The projects of an organization that the caller may see, by name.
pub async fn of_organization(
    call: &Call,
    organization: OrganizationId,
    page: &Page,
) -> Result<Paged<Project>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let after = page.after().map(|after| after.as_text().ok_or_else(stale)).transpose()?;
    let rows = standing.tree.projects_in(organization, after);
    Ok(part(rows.filter(|row| scope.has_project(row.id)), page))
}

/// The projects that the caller may see and whose organizations they may not, by name: there a tree
/// of what they see begins, beside [`crate::organization::tops`].
pub async fn tops(call: &Call, page: &Page) -> Result<Paged<Project>> {
    let standing = call.standing().await?;
    let scope = call.scope(Action::View).await?;
    let after = page.after().map(|after| after.as_text().ok_or_else(stale)).transpose()?;
    let Reach::Nodes { organizations, projects } = scope.reach() else {
        return Ok(Paged { items: Vec::new(), has_next: false });
    };
    let rows = projects.iter().filter_map(|id| standing.tree.project(*id));
    let alone = rows.filter(|row| !organizations.contains(&row.organization_id));
    let alone: BTreeMap<_, _> = alone.map(|row| (place(row), row)).collect();
    let behind = alone.iter().filter(|(place, _)| after.is_none_or(|after| place.as_str() > after));
    Ok(part(behind.map(|(_, row)| *row), page))
}

/// Where a row is in the list of those that a tree begins with.
pub fn by_place(row: &Project) -> Cursor {
    Cursor::text(&place(row))
}

/// In order of names, and of ids where organizations have projects of one name. No name has what
/// stands between the two.
fn place(row: &Project) -> String {
    format!("{} {}", row.name, row.id)
}

/// Where a row is in the list of its organization's.
pub fn by_name(row: &Project) -> Cursor {
    Cursor::text(&row.name)
}

/// One project that the caller may see.
pub async fn get(call: &Call, id: ProjectId) -> Result<Project> {
    call.permit(Action::View, Node::Project(id), "project").await?;
    let standing = call.standing().await?;
    standing.tree.project(id).cloned().ok_or(Error::NotFound { what: "project" })
}
