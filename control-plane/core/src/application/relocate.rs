//! What a move in the tree may not do: take parts of an application out from below its
//! organization.

use std::collections::BTreeSet;

use control_plane_store::{application_part, instance};
use policies::permit::Scope;
use policies::role::Node;
use types::id::OrganizationId;

use crate::error::{Blocker, Error, Result};
use crate::limits;
use crate::organization::change::TOLD;
use crate::quota::relocate::steps;
use crate::tree::change::TreeChange;

/// Refuses a move that is about to be written if parts of applications would leave the organization
/// that those are of. Parts are named as far as `told` reaches, their applications never: those may
/// be of an organization that whoever moves does not see.
pub(crate) async fn keep(
    change: &TreeChange<'_>,
    node: Node,
    to: OrganizationId,
    told: &Scope,
) -> Result<()> {
    let left: Vec<_> = steps(&change.tree, node, to)
        .left
        .into_iter()
        .filter_map(|node| match node {
            Node::Organization(id) => Some(id),
            Node::Installation | Node::Tenant(_) | Node::Project(_) | Node::Application(_) => None,
        })
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    let (_, moved) = limits::below(node, &change.tree);
    let parts = application_part::of_organizations(&change.tx, &left).await?;
    let parts = parts.into_iter().filter(|part| moved.contains(&part.project_id));
    let (seen, hidden): (BTreeSet<_>, BTreeSet<_>) = parts
        .map(|part| (part.instance_id, told.has_project(part.project_id)))
        .partition(|(_, is_seen)| *is_seen);
    if seen.is_empty() && hidden.is_empty() {
        return Ok(());
    }
    let all = seen.len() + hidden.len();
    let named: Vec<_> = seen.into_iter().map(|(id, _)| id).take(TOLD).collect();
    let blockers = instance::by_ids(&change.tx, &named).await?.into_iter().map(|row| Blocker {
        kind: "instance",
        id: row.id.to_string(),
        name: row.name,
    });
    let blockers: Vec<_> = blockers.collect();
    let what = if matches!(node, Node::Project(_)) { "project" } else { "organization" };
    let more = all.saturating_sub(blockers.len());
    Err(Error::LeftBehind { what, blockers, more })
}
