//! Whether the history of a tree ends with the tree that the tables hold.

use std::collections::BTreeMap;

use control_plane_store::tree_event::TreeEvent;
use control_plane_store::{InTenant, TreeEventKind, organization, project, tree_event};

use crate::error::Result;
use crate::verify::Tally;

/// What is above a living node; none above the root.
type Above = Option<String>;

/// Looks at one tenant.
pub(super) async fn look(reader: &dyn InTenant, tally: &mut Tally) -> Result<()> {
    let told = fold(&tree_event::all(reader).await?);
    let mut living: BTreeMap<String, Above> = BTreeMap::new();
    for row in organization::tree(reader).await? {
        if row.deleted_at.is_none() {
            living.insert(row.id.to_string(), row.parent_id.map(|id| id.to_string()));
        }
    }
    for row in project::tree(reader).await? {
        if row.deleted_at.is_none() {
            living.insert(row.id.to_string(), Some(row.organization_id.to_string()));
        }
    }
    let nodes = living.iter().filter(|(node, above)| told.get(*node) != Some(*above));
    let gone = told.keys().filter(|node| !living.contains_key(*node));
    for node in nodes.map(|(node, _)| node).chain(gone) {
        tally.note("tree_history", node);
    }
    Ok(())
}

/// The living nodes that a history ends with.
fn fold(events: &[TreeEvent]) -> BTreeMap<String, Above> {
    let mut living = BTreeMap::new();
    for event in events {
        match event.event {
            TreeEventKind::Created | TreeEventKind::Moved => {
                living.insert(event.node.clone(), event.parent.clone());
            }
            TreeEventKind::Deleted => {
                living.remove(&event.node);
            }
        }
    }
    living
}
