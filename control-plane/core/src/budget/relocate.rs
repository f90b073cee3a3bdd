//! What a move may not do: bring more below a budget that blocks than that has left.

use control_plane_store::budget;
use policies::role::Node;
use types::budget::BudgetAction;
use types::id::{OrganizationId, ProjectId};

use super::{Commitments, budgets_at, way};
use crate::error::Result;
use crate::limits;
use crate::price_book::Pricing;
use crate::quota::relocate::{Steps, steps};
use crate::quota::texts;
use crate::tree::TenantTree;
use crate::tree::change::TreeChange;

/// Refuses a move that is about to be written if what moves, at the prices of its new place, would
/// pass a budget that holds only there.
pub(crate) async fn keep(change: &TreeChange<'_>, node: Node, to: OrganizationId) -> Result<()> {
    if !change.has_budgets {
        return Ok(());
    }
    // The tree as it was: the move is not written yet.
    let (tree, tx) = (&change.tree, &change.tx);
    let Steps { entered, .. } = steps(tree, node, to);
    let mut rows = budget::at(tx, &texts(&entered)).await?;
    rows.retain(|row| row.action == BudgetAction::Block);
    if rows.is_empty() {
        return Ok(());
    }
    let at = change.plane.clock.now();
    // Through the same connection: those who wait for the lock may have all others.
    let pricing = Pricing::of(tx).await?;
    let rated = pricing.rated()?;
    let living = budget::living(tx, None).await?;
    let there = Commitments::of(&living, &rated, at, |project| way(tree, project))?;
    let (_, moved) = limits::below(node, tree);
    let moving: Vec<_> = living.into_iter().filter(|same| moved.contains(&same.project)).collect();
    let moving =
        Commitments::of(&moving, &rated, at, |project| new_way(tree, (node, to), project))?;
    let added = moving.sum(moved.iter());
    for budget in budgets_at(tree, &entered, &rows, &there)? {
        budget.admit(pricing.currency(), &added)?;
    }
    Ok(())
}

/// The organizations from a project's own up to the root, once it or one of them has moved.
fn new_way(
    tree: &TenantTree,
    (node, to): (Node, OrganizationId),
    project: ProjectId,
) -> Option<Vec<OrganizationId>> {
    let mut kept = match node {
        Node::Organization(moved) => {
            let mut before = way(tree, project)?;
            let place = before.iter().position(|organization| *organization == moved)?;
            before.truncate(place + 1);
            before
        }
        _ => Vec::new(),
    };
    let mut above = tree.ancestry(to)?;
    above.reverse();
    kept.extend(above);
    Some(kept)
}
