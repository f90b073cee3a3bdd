//! What people change of organizations.
//!
//! A name is a name among siblings, and a place is a place below a parent, so whoever names, moves
//! or deletes an organization acts on its parent and needs the right there; the root's parent is
//! the tenant. A title is the organization's own.

use control_plane_store::{TreeEventKind, organization};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::OrganizationId;
use types::name::{Name, Title};

use super::{Organization, add, free, get};
use crate::audit;
use crate::call::Call;
use crate::error::{Blocker, Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::planned_move;
use crate::tree::change::{Step, TreeChange};
use crate::tree::relocate::{self, Movable};
use crate::{budget, quota};

/// The most that is told of what stands in the way.
pub(crate) const TOLD: usize = 20;

/// Another name, another title, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Renaming {
    /// For addresses and commands.
    pub name: Option<String>,
    /// For people.
    pub title: Option<String>,
}

impl Renaming {
    /// What was asked for, as far as it can be accepted.
    pub(crate) fn parse(&self) -> Result<(Option<Name>, Option<Title>)> {
        if self.name.is_none() && self.title.is_none() {
            let message = "give another name, another title, or both";
            return Err(Error::invalid("name", "required", message));
        }
        let name = self.name.as_deref().map(str::parse).transpose();
        let title = self.title.as_deref().map(str::parse).transpose();
        both(name, title)
    }
}

/// A name and a title, or what is wrong with each.
pub(crate) fn both<N, T>(
    name: Result<N, types::name::NameError>,
    title: Result<T, types::name::NameError>,
) -> Result<(N, T)> {
    let problem = |field: &str, error: types::name::NameError| FieldProblem {
        field: field.to_owned(),
        problem: "malformed".to_owned(),
        message: error.to_string(),
    };
    match (name, title) {
        (Ok(name), Ok(title)) => Ok((name, title)),
        (name, title) => {
            let name = name.err().map(|error| problem("name", error));
            let title = title.err().map(|error| problem("title", error));
            Err(Error::Invalid(name.into_iter().chain(title).collect()))
        }
    }
}

/// The right to what is directly below an organization.
pub(crate) async fn permit_below(call: &Call, id: OrganizationId) -> Result<Permit> {
    call.permit(Action::ManageTree, Node::Organization(id), "organization").await
}

/// The right to an organization's place and name. Who may see it and not what is above it may not
/// do it, and is told so.
pub(crate) async fn permit_place(call: &Call, row: &Organization) -> Result<Permit> {
    permit_below(call, row.id).await?;
    let above = row.parent_id.map_or(Node::Tenant(row.tenant_id), Node::Organization);
    let permit = call.permit(Action::ManageTree, above, "organization").await;
    permit.map_err(|error| match error {
        Error::NotFound { .. } => Error::Forbidden { action: Action::ManageTree },
        other => other,
    })
}

/// Makes an organization below another.
pub async fn create(
    call: &Call,
    parent: OrganizationId,
    name: &str,
    title: &str,
    key: &str,
) -> Result<OrganizationId> {
    let once = Once::new("createOrganization", key, &(parent, name, title))?;
    let work = async {
        let permit = permit_below(call, parent).await?;
        let (name, title) = both(name.parse::<Name>(), title.parse::<Title>())?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let made = add(&change, parent, &name, &title).await?;
        let event = change.event("organization_created", made.id);
        once.keep(call, &change.tx, &made.id).await?;
        change.commit(vec![event], audit::of_call(call, once.mutation(), Some(&made.id))).await?;
        Ok(made.id)
    };
    once.own(call, work).await
}

/// Gives an organization another name, another title, or both.
pub async fn rename(
    call: &Call,
    id: OrganizationId,
    renaming: &Renaming,
    key: &str,
) -> Result<OrganizationId> {
    let once = Once::new("renameOrganization", key, &(id, renaming))?;
    let work = async {
        let seen = get(call, id).await?;
        let permit = match &renaming.name {
            None => permit_below(call, id).await?,
            Some(_) => permit_place(call, &seen).await?,
        };
        let (name, title) = renaming.parse()?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let mut row = change.organization(id)?;
        let name = name.filter(|name| name.as_str() != row.name);
        if let Some(name) = name {
            if let Some(parent) = row.parent_id {
                free(&change.tree, parent, name.as_str())?;
            }
            row.name = name.into();
            // The history tells where a node is, and under which name.
            change.tell(Step::Organization(TreeEventKind::Moved, &row)).await?;
        }
        row.title = title.map_or(row.title, String::from);
        organization::update(&change.tx, row).await?;
        let event = change.event("organization_renamed", id);
        once.keep(call, &change.tx, &id).await?;
        change.commit(vec![event], audit::of_call(call, once.mutation(), Some(&id))).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Moves an organization with all below it. From this moment on its charges go to the bills of its
/// new parent.
pub async fn relocate(
    call: &Call,
    id: OrganizationId,
    parent: OrganizationId,
    key: &str,
) -> Result<OrganizationId> {
    let once = Once::new("moveOrganization", key, &(id, parent))?;
    once.own(call, relocate::now(call, &once, (Movable::Organization(id), id), parent)).await
}

/// Deletes an organization that nothing is in.
pub async fn delete(call: &Call, id: OrganizationId, key: &str) -> Result<OrganizationId> {
    let once = Once::new("deleteOrganization", key, &id)?;
    let work = async {
        let seen = get(call, id).await?;
        let permit = permit_place(call, &seen).await?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let mut row = change.organization(id)?;
        let parent = row.parent_id.ok_or_else(root)?;
        let children = change.tree.children(id, None).map(|row| Blocker {
            kind: "organization",
            id: row.id.to_string(),
            name: row.name.clone(),
        });
        let projects = change.tree.projects_in(id, None).map(|row| Blocker {
            kind: "project",
            id: row.id.to_string(),
            name: row.name.clone(),
        });
        let applications =
            control_plane_store::application::of_organization(&change.tx, id).await?;
        let applications = applications.into_iter().map(|row| Blocker {
            kind: "application",
            id: row.id.to_string(),
            name: row.name,
        });
        empty("organization", children.chain(projects).chain(applications))?;
        row.deleted_at = Some(change.at);
        control_plane_store::binding::delete_at(&change.tx, &row.id.to_string()).await?;
        control_plane_store::approval_rule::delete_at(&change.tx, &row.id.to_string()).await?;
        change.tell(Step::Organization(TreeEventKind::Deleted, &row)).await?;
        organization::update(&change.tx, row).await?;
        let event = change.event("organization_deleted", parent);
        let gone = planned_move::end::gone(&change, Movable::Organization(id), parent).await?;
        once.keep(call, &change.tx, &id).await?;
        budget::forget(&change.tx, Node::Organization(id)).await?;
        quota::forget(&change.tx, Node::Organization(id)).await?;
        let audit = audit::of_call(call, once.mutation(), Some(&id));
        change.commit_with(vec![event], audit, gone).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Refuses to delete what something is in.
pub(crate) fn empty(what: &'static str, inside: impl Iterator<Item = Blocker>) -> Result<()> {
    let mut inside = inside.peekable();
    if inside.peek().is_none() {
        return Ok(());
    }
    let blockers: Vec<_> = inside.by_ref().take(TOLD).collect();
    Err(Error::InTheWay { what, blockers, more: inside.count() })
}

/// The refusal of a move to where something is.
pub(crate) fn there_already(what: &'static str) -> Error {
    let message = format!("the {what} is there already; nothing was changed");
    Error::Conflict { why: "there_already", message }
}

/// The refusal of what cannot be done to the root.
pub(crate) fn root() -> Error {
    let message = "the root organization holds all others of the tenant; it cannot be moved or \
                   deleted";
    Error::Conflict { why: "root", message: message.to_owned() }
}
