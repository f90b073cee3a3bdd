//! What a move in the tree does to limits: what is used there counts above its new place from then
//! on, and above its old one no more.

use std::collections::HashSet;

use control_plane_store::{outbox, quota};
use policies::role::Node;
use types::id::OrganizationId;
use types::quota::Amounts;

use super::change::is_within;
use super::{Limit, Row, admit, chain, limits_at, texts, total};
use crate::error::{Error, Result};
use crate::tree::TenantTree;
use crate::tree::change::TreeChange;

/// Counts a move that is about to be committed, or refuses it: if the limits above the new place do
/// not leave enough, and if a limit that moves along allows more than they do.
pub(crate) async fn relocate(
    change: &TreeChange<'_>,
    node: Node,
    to: OrganizationId,
) -> Result<()> {
    // Cells report deletions without the tenant's lock, and take their place in line, too.
    outbox::hold(&change.tx).await?;
    let Some(weighed) = weigh(change, node, to).await? else { return Ok(()) };
    quota::add(&change.tx, &nodes(&weighed.left), &weighed.moved.negated()).await?;
    Ok(quota::add(&change.tx, &nodes(&weighed.entered), &weighed.moved).await?)
}

/// Refuses what [`relocate`] would refuse as things are, and counts nothing.
pub(crate) async fn judge(change: &TreeChange<'_>, node: Node, to: OrganizationId) -> Result<()> {
    weigh(change, node, to).await.map(drop)
}

/// What counts no more above the old place, and what does above the new one.
struct Weighed {
    left: Vec<Limit>,
    entered: Vec<Limit>,
    moved: Amounts,
}

/// None if there are no limits at either place.
async fn weigh(change: &TreeChange<'_>, node: Node, to: OrganizationId) -> Result<Option<Weighed>> {
    // The tree as it was: the move is only in the transaction yet.
    let (tree, tx) = (&change.tree, &change.tx);
    let rows = quota::list(tx).await?;
    let Steps { left, entered } = steps(tree, node, to);
    let entered = limits_at(tree, &entered, &rows);
    let left = limits_at(tree, &left, &rows);
    if entered.is_empty() && left.is_empty() {
        return Ok(None);
    }
    nested(tree, node, &entered, &rows)?;
    let moved = total(tree, node, &quota::recount(tx).await?);
    admit(&entered, &moved)?;
    Ok(Some(Weighed { left, entered, moved }))
}

fn nodes(limits: &[Limit]) -> Vec<String> {
    let nodes: HashSet<_> = limits.iter().map(|limit| limit.node).collect();
    texts(&nodes.into_iter().collect::<Vec<_>>())
}

/// What is above only the old place, and what is above only the new one.
pub(crate) struct Steps {
    pub left: Vec<Node>,
    pub entered: Vec<Node>,
}

/// What a move leaves and enters, before it is in the tree.
pub(crate) fn steps(tree: &TenantTree, node: Node, to: OrganizationId) -> Steps {
    let mut before = chain(tree, node).unwrap_or_default();
    before.pop();
    let after = chain(tree, Node::Organization(to)).unwrap_or_default();
    let common = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    Steps { left: before.split_off(common), entered: after[common..].to_vec() }
}

/// Refuses to take a limit along that allows more than one above its new place.
fn nested(tree: &TenantTree, node: Node, entered: &[Limit], rows: &[Row]) -> Result<()> {
    for row in rows {
        let Ok(at) = row.node.parse() else { continue };
        let above =
            entered.iter().find(|limit| limit.meter == row.meter && limit.limit < row.ceiling);
        let Some(above) = above.filter(|_| is_within(tree, at, node)) else { continue };
        let message = format!(
            "{} is allowed {} {} and {} above the new place {}; lower the one or raise the other \
             first",
            super::place(tree, at),
            row.ceiling,
            row.meter,
            above.place,
            above.limit,
        );
        return Err(Error::Conflict { why: "above_ancestor", message });
    }
    Ok(())
}
