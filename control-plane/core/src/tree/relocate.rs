//! Moves of organizations and projects: who may make them, what forbids them, what is written.
//!
//! A move is made from now on by [`now`], or entered for an instant to come in
//! [`crate::planned_move`], where the same questions are asked twice.

use control_plane_store::outbox::NewEvent;
use control_plane_store::{TreeEventKind, organization as organizations, project as projects};
use policies::permit::{Permit, Scope};
use policies::role::Node;
use serde::Serialize;
use types::id::{OrganizationId, ProjectId};
use uuid::Uuid;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::change::{permit_below, there_already};
use crate::tree::change::{Step, TreeChange};
use crate::{application, audit, budget, organization, project, quota};

/// A node of the tree that can have another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movable {
    /// An organization, with all below it.
    Organization(OrganizationId),
    /// A project, with all in it.
    Project(ProjectId),
}

impl Movable {
    /// The same among all nodes.
    pub fn node(self) -> Node {
        match self {
            Self::Organization(id) => Node::Organization(id),
            Self::Project(id) => Node::Project(id),
        }
    }

    /// The id inside.
    pub(crate) fn uuid(self) -> Uuid {
        match self {
            Self::Organization(id) => id.uuid(),
            Self::Project(id) => id.uuid(),
        }
    }

    /// What people call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Project(_) => "project",
        }
    }

    /// The mutation that moves it.
    pub(crate) fn mutation(self) -> &'static str {
        match self {
            Self::Organization(_) => "moveOrganization",
            Self::Project(_) => "moveProject",
        }
    }
}

/// The right to take a node from where it is and to put it below an organization.
pub(crate) async fn permit(call: &Call, what: Movable, to: OrganizationId) -> Result<Permit> {
    let permit = match what {
        Movable::Organization(id) => {
            let seen = organization::get(call, id).await?;
            organization::get(call, to).await?;
            organization::change::permit_place(call, &seen).await?
        }
        Movable::Project(id) => {
            let seen = project::get(call, id).await?;
            organization::get(call, to).await?;
            project::change::permit_place(call, &seen).await?
        }
    };
    permit_below(call, to).await?;
    Ok(permit)
}

/// Refuses what the tree, its names, applications or budgets forbid. Quotas are asked where they
/// are counted. Parts of applications are named as far as `told` reaches.
pub(crate) async fn judge(
    change: &TreeChange<'_>,
    what: Movable,
    to: OrganizationId,
    told: &Scope,
) -> Result<()> {
    match what {
        Movable::Organization(id) => {
            let row = change.organization(id)?;
            let before = row.parent_id.ok_or_else(organization::change::root)?;
            change.organization(to)?;
            if before == to {
                return Err(there_already(what.word()));
            }
            if change.tree.is_within(to, id) {
                return Err(Error::Cycle);
            }
            organization::free(&change.tree, to, &row.name)?;
        }
        Movable::Project(id) => {
            let row = project::change::still(change, id)?;
            change.organization(to)?;
            if row.organization_id == to {
                return Err(there_already(what.word()));
            }
            project::free(&change.tree, to, &row.name)?;
        }
    }
    application::relocate::keep(change, what.node(), to, told).await?;
    budget::relocate::keep(change, what.node(), to).await
}

/// A node's name, and the organization that it is in.
pub(crate) fn place(change: &TreeChange<'_>, what: Movable) -> Result<(String, OrganizationId)> {
    match what {
        Movable::Organization(id) => {
            let row = change.organization(id)?;
            Ok((row.name, row.parent_id.ok_or_else(organization::change::root)?))
        }
        Movable::Project(id) => {
            let row = project::change::still(change, id)?;
            Ok((row.name, row.organization_id))
        }
    }
}

/// Writes a move that was judged and tells what happened: those who saw the node where it was may
/// not see it any more, and hear of it all the same.
pub(crate) async fn write(
    change: &TreeChange<'_>,
    what: Movable,
    to: OrganizationId,
) -> Result<Vec<NewEvent>> {
    match what {
        Movable::Organization(id) => {
            let mut row = change.organization(id)?;
            let before = row.parent_id.replace(to).ok_or_else(organization::change::root)?;
            change.tell(Step::Organization(TreeEventKind::Moved, &row)).await?;
            organizations::update(&change.tx, row).await?;
            let word = "organization_moved";
            Ok(vec![change.event(word, before), change.event(word, id)])
        }
        Movable::Project(id) => {
            let mut row = project::change::still(change, id)?;
            let before = std::mem::replace(&mut row.organization_id, to);
            change.tell(Step::Project(TreeEventKind::Moved, &row)).await?;
            let word = "project_moved";
            let events = vec![change.event(word, before), change.event_of(word, &row)];
            projects::update(&change.tx, row).await?;
            Ok(events)
        }
    }
}

/// Moves a node from this moment on, and answers with its id.
pub(crate) async fn now<T>(
    call: &Call,
    once: &Once,
    (what, id): (Movable, T),
    to: OrganizationId,
) -> Result<T>
where
    T: Serialize + std::fmt::Display + Sync,
{
    let permit = permit(call, what, to).await?;
    let told = call.scope(policies::action::Action::View).await?;
    let change = TreeChange::begin(call.shared(), &permit).await?;
    judge(&change, what, to, &told).await?;
    let events = write(&change, what, to).await?;
    once.keep(call, &change.tx, &id).await?;
    quota::relocate::relocate(&change, what.node(), to).await?;
    change.commit(events, audit::of_call(call, once.mutation(), Some(&id))).await?;
    Ok(id)
}
