//! What people change of projects. As with organizations, a name and a place are the affair of the
//! organization that owns the project, a title is its own.

use control_plane_store::{Page, TreeEventKind, instance, project};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::{OrganizationId, ProjectId};
use types::name::{Name, Title};

use super::{Project, add, free, get};
use crate::audit;
use crate::call::Call;
use crate::error::{Blocker, Error, Result};
use crate::idempotency::Once;
use crate::instance::Filter;
use crate::organization::change::{Renaming, both, empty, permit_below};
use crate::planned_move;
use crate::tree::change::{Step, TreeChange};
use crate::tree::relocate::{self, Movable};
use crate::{budget, quota};

async fn permit_own(call: &Call, id: ProjectId) -> Result<Permit> {
    call.permit(Action::ManageTree, Node::Project(id), "project").await
}

/// The right to a project's place and name.
pub(crate) async fn permit_place(call: &Call, row: &Project) -> Result<Permit> {
    permit_own(call, row.id).await?;
    permit_below(call, row.organization_id).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::Forbidden { action: Action::ManageTree },
        other => other,
    })
}

/// A project that is still there.
pub(crate) fn still(change: &TreeChange<'_>, id: ProjectId) -> Result<Project> {
    change.tree.project(id).cloned().ok_or(Error::NotFound { what: "project" })
}

/// Makes a project in an organization.
pub async fn create(
    call: &Call,
    organization: OrganizationId,
    name: &str,
    title: &str,
    key: &str,
) -> Result<ProjectId> {
    let once = Once::new("createProject", key, &(organization, name, title))?;
    let work = async {
        let permit = permit_below(call, organization).await?;
        let (name, title) = both(name.parse::<Name>(), title.parse::<Title>())?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let made = add(&change, organization, &name, &title).await?;
        let event = change.event_of("project_created", &made);
        once.keep(call, &change.tx, &made.id).await?;
        change.commit(vec![event], audit::of_call(call, once.mutation(), Some(&made.id))).await?;
        Ok(made.id)
    };
    once.own(call, work).await
}

/// Gives a project another name, another title, or both.
pub async fn rename(
    call: &Call,
    id: ProjectId,
    renaming: &Renaming,
    key: &str,
) -> Result<ProjectId> {
    let once = Once::new("renameProject", key, &(id, renaming))?;
    let work = async {
        let seen = get(call, id).await?;
        let permit = match &renaming.name {
            None => permit_own(call, id).await?,
            Some(_) => permit_place(call, &seen).await?,
        };
        let (name, title) = renaming.parse()?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let mut row = still(&change, id)?;
        if let Some(name) = name.filter(|name| name.as_str() != row.name) {
            free(&change.tree, row.organization_id, name.as_str())?;
            row.name = name.into();
            change.tell(Step::Project(TreeEventKind::Moved, &row)).await?;
        }
        row.title = title.map_or(row.title, String::from);
        let event = change.event_of("project_renamed", &row);
        project::update(&change.tx, row).await?;
        once.keep(call, &change.tx, &id).await?;
        change.commit(vec![event], audit::of_call(call, once.mutation(), Some(&id))).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Moves a project with all in it to another organization, which has its charges from this moment
/// on.
pub async fn relocate(
    call: &Call,
    id: ProjectId,
    organization: OrganizationId,
    key: &str,
) -> Result<ProjectId> {
    let once = Once::new("moveProject", key, &(id, organization))?;
    once.own(call, relocate::now(call, &once, (Movable::Project(id), id), organization)).await
}

/// Deletes a project that no living instance is in.
pub async fn delete(call: &Call, id: ProjectId, key: &str) -> Result<ProjectId> {
    let once = Once::new("deleteProject", key, &id)?;
    let work = async {
        let seen = get(call, id).await?;
        let permit = permit_place(call, &seen).await?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let mut row = still(&change, id)?;
        // Orders take the tenant's lock as well, so none comes between.
        let filter = Filter { projects: Some(vec![id]), ..Filter::default() };
        let living = instance::list(&change.tx, &filter, &Page::largest()).await?;
        let living = living.items.into_iter().map(|row| Blocker {
            kind: "instance",
            id: row.id.to_string(),
            name: row.name,
        });
        empty("project", living)?;
        row.deleted_at = Some(change.at);
        control_plane_store::binding::delete_at(&change.tx, &row.id.to_string()).await?;
        control_plane_store::approval_rule::delete_at(&change.tx, &row.id.to_string()).await?;
        change.tell(Step::Project(TreeEventKind::Deleted, &row)).await?;
        let above = row.organization_id;
        let event = change.event("project_deleted", above);
        project::update(&change.tx, row).await?;
        let gone = planned_move::end::gone(&change, Movable::Project(id), above).await?;
        once.keep(call, &change.tx, &id).await?;
        budget::forget(&change.tx, Node::Project(id)).await?;
        quota::forget(&change.tx, Node::Project(id)).await?;
        let audit = audit::of_call(call, once.mutation(), Some(&id));
        change.commit_with(vec![event], audit, gone).await?;
        Ok(id)
    };
    once.own(call, work).await
}
