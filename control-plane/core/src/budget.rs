//! Budgets: how much what is ordered at an organization or project and below may cost in a month.
//!
//! Committed is the price of every instance there, from its order until its deletion is reported,
//! for 30 × 24 hours at the prices in force: the sum of what previews say, by the same function. It
//! is counted whenever it is asked for, behind the tenant's lock where something depends on it; so
//! there is no counter that a price, a move or a deletion could make wrong. Setting budgets is in
//! [`change`], what a move may do in [`relocate`].

use std::collections::{BTreeMap, HashMap};

pub use control_plane_store::budget::Budget as Row;
use control_plane_store::budget::{self, Living};
use control_plane_store::tenant::Tenant;
use control_plane_store::{InTenant, TenantTx};
use policies::role::Node;
use types::budget::BudgetAction;
use types::id::{OrganizationId, ProjectId};
use types::instant::Instant;
use types::money::Decimal;

use crate::call::Call;
use crate::error::{BudgetReached, Error, Result};
use crate::limits;
use crate::price_book::{Pricing, Rated};
use crate::quota::{chain, place, texts};
use crate::tree::TenantTree;

pub mod change;
pub(crate) mod relocate;

/// Of more projects than this the whole tenant is counted, rather than each of them named.
const NAMED_MAX: usize = 500;

/// A budget that holds for a node, set there or above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Where it is set.
    pub node: Node,
    /// How people call that place, e.g. `organization rnd`.
    pub place: String,
    /// What becomes of what would pass it.
    pub action: BudgetAction,
    /// What everything there and below may cost in a month.
    pub amount: Decimal,
    /// What it does.
    pub committed: Decimal,
}

impl Budget {
    /// What is left; below zero if prices rose or the budget was set below what is committed.
    pub fn free(&self) -> Decimal {
        minus(&self.amount, &self.committed)
    }

    /// Refuses so much more if that would pass it. What costs nothing passes always.
    fn admit(&self, currency: &str, added: &Decimal) -> Result<()> {
        let is_blocking = self.action == BudgetAction::Block;
        if !is_blocking || *added <= Decimal::zero() || *added <= self.free() {
            return Ok(());
        }
        Err(Error::BudgetReached(Box::new(BudgetReached {
            node: self.node.to_string(),
            place: self.place.clone(),
            currency: currency.to_owned(),
            amount: self.amount.clone(),
            committed: self.committed.clone(),
            added: added.canonical(),
        })))
    }
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The code of the tenant's currency.
    pub currency: String,
    /// What is committed at the node and below.
    pub committed: Decimal,
    /// The budgets that hold for it, from the root down to its own.
    pub budgets: Vec<Budget>,
}

/// What an order takes of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The budget as it is before the order.
    pub budget: Budget,
    /// What the order takes.
    pub added: Decimal,
}

impl Effect {
    /// What is left afterwards; below zero: a budget that blocks will refuse the order.
    pub fn remains(&self) -> Decimal {
        minus(&self.budget.free(), &self.added)
    }
}

fn plus(one: &Decimal, other: &Decimal) -> Decimal {
    Decimal::from(one.number() + other.number()).canonical()
}

fn minus(one: &Decimal, other: &Decimal) -> Decimal {
    Decimal::from(one.number() - other.number()).canonical()
}

/// What is committed in each project.
pub(crate) struct Commitments(BTreeMap<ProjectId, Decimal>);

impl Commitments {
    /// Counts and prices what is there, with the way that each project's organizations go up.
    fn of(
        living: &[Living],
        rated: &Rated<'_>,
        at: Instant,
        way: impl Fn(ProjectId) -> Option<Vec<OrganizationId>>,
    ) -> Result<Self> {
        let mut ways = HashMap::new();
        let mut found: BTreeMap<ProjectId, Decimal> = BTreeMap::new();
        for same in living {
            let way = ways.entry(same.project).or_insert_with(|| way(same.project));
            let Some(way) = way else { continue };
            let each = rated.estimate(way, same.plan, same.size, same.members, at)?.per_month;
            let all = Decimal::from(each.number() * same.instances);
            let sum = found.entry(same.project).or_insert_with(Decimal::zero);
            *sum = plus(sum, &all);
        }
        Ok(Self(found))
    }

    /// What is committed at a node and below.
    fn total(&self, tree: &TenantTree, node: Node) -> Decimal {
        let (_, projects) = limits::below(node, tree);
        self.sum(projects.iter())
    }

    /// What is committed in these projects.
    fn sum<'p>(&self, projects: impl Iterator<Item = &'p ProjectId>) -> Decimal {
        let each = projects.filter_map(|project| self.0.get(project));
        each.fold(Decimal::zero(), |sum, one| plus(&sum, one))
    }
}

/// The organizations from a project's own up to the root.
fn way(tree: &TenantTree, project: ProjectId) -> Option<Vec<OrganizationId>> {
    let mut way = tree.ancestry(tree.project(project)?.organization_id)?;
    way.reverse();
    Some(way)
}

/// What is committed at a node and below; none: in the whole tenant.
async fn count(
    tx: &dyn InTenant,
    tree: &TenantTree,
    pricing: &Pricing,
    top: Option<Node>,
    at: Instant,
) -> Result<Commitments> {
    let projects = top.map(|top| limits::below(top, tree).1.into_iter().collect::<Vec<_>>());
    let named = projects.as_deref().filter(|projects| projects.len() <= NAMED_MAX);
    let living = budget::living(tx, named).await?;
    Commitments::of(&living, &pricing.rated()?, at, |project| way(tree, project))
}

/// What rows say of the nodes, in the order of the nodes.
fn budgets_at(
    tree: &TenantTree,
    nodes: &[Node],
    rows: &[Row],
    commitments: &Commitments,
) -> Result<Vec<Budget>> {
    let mut found = Vec::new();
    for node in nodes {
        let text = node.to_string();
        let Some(row) = rows.iter().find(|row| row.node == text) else { continue };
        let amount = row.amount.parse::<Decimal>();
        found.push(Budget {
            node: *node,
            place: place(tree, *node),
            action: row.action,
            amount: amount.map_err(|error| Error::internal("read a budget", error))?,
            committed: commitments.total(tree, *node),
        });
    }
    Ok(found)
}

/// What an order is going to cost, and by which prices.
pub(crate) struct Cost<'p> {
    pub pricing: &'p Pricing,
    pub per_month: &'p Decimal,
}

/// Refuses an order that would pass a budget above its project, behind the tenant's lock. Nothing
/// is looked at if the tenant has no budgets, nothing counted if none of them blocks here.
pub(crate) async fn admit(
    tx: &TenantTx,
    held: &Tenant,
    (tree, path): (&TenantTree, &[Node]),
    cost: &Cost<'_>,
    at: Instant,
) -> Result<()> {
    if held.budgets == 0 {
        return Ok(());
    }
    let mut rows = budget::at(tx, &texts(path)).await?;
    rows.retain(|row| row.action == BudgetAction::Block);
    let is_set = |node: &&Node| rows.iter().any(|row| row.node == node.to_string());
    let Some(top) = path.iter().find(is_set) else { return Ok(()) };
    let commitments = count(tx, tree, cost.pricing, Some(*top), at).await?;
    for budget in budgets_at(tree, path, &rows, &commitments)? {
        budget.admit(&held.currency, cost.per_month)?;
    }
    Ok(())
}

/// Budgets of nodes that the caller may see, and what is committed there.
pub async fn of_nodes(call: &Call, nodes: &[Node]) -> Result<Vec<(Node, Level)>> {
    let standing = call.standing().await?;
    let (tree, reader) = (&standing.tree, call.reader().await?);
    let pricing = Pricing::read(call).await?;
    let rows = budget::list(&reader).await?;
    let commitments = count(&reader, tree, &pricing, None, call.now()).await?;
    let mut found = Vec::new();
    for node in nodes {
        let Some(path) = chain(tree, *node) else { continue };
        let level = Level {
            currency: pricing.currency().to_owned(),
            committed: commitments.total(tree, *node),
            budgets: budgets_at(tree, &path, &rows, &commitments)?,
        };
        found.push((*node, level));
    }
    Ok(found)
}

/// What an order in the project would take of every budget above it.
pub(crate) async fn effects(
    call: &Call,
    project: ProjectId,
    cost: &Cost<'_>,
) -> Result<Vec<Effect>> {
    if cost.pricing.has_budgets() {
        let standing = call.standing().await?;
        let missing = Error::NotFound { what: "project" };
        let path = chain(&standing.tree, Node::Project(project)).ok_or(missing)?;
        let reader = call.reader().await?;
        let rows = budget::at(&reader, &texts(&path)).await?;
        let is_set = |node: &&Node| rows.iter().any(|row| row.node == node.to_string());
        if let Some(top) = path.iter().find(is_set) {
            let at = call.now();
            let found = count(&reader, &standing.tree, cost.pricing, Some(*top), at).await?;
            let budgets = budgets_at(&standing.tree, &path, &rows, &found)?;
            let effect = |budget| Effect { budget, added: cost.per_month.clone() };
            return Ok(budgets.into_iter().map(effect).collect());
        }
    }
    Ok(Vec::new())
}

/// Removes the budget of a node that is going, which nothing is in any more.
pub(crate) async fn forget(tx: &TenantTx, node: Node) -> Result<()> {
    match budget::delete(tx, &node.to_string()).await {
        Ok(()) | Err(control_plane_store::StoreError::NotFound) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use types::id::SystemIds;

    use super::*;

    #[track_caller]
    fn check(action: BudgetAction, (amount, committed): (&str, &str), added: &str, passes: bool) {
        let decimal = |text: &str| text.parse::<Decimal>().expect("a decimal");
        let node = Node::Organization(OrganizationId::next(&SystemIds));
        let (amount, committed) = (decimal(amount), decimal(committed));
        let budget = Budget { node, place: String::new(), action, amount, committed };
        assert_eq!(budget.admit("CNY", &decimal(added)).is_ok(), passes, "{added}");
    }

    #[test]
    fn what_fits_exactly_passes_and_the_smallest_part_more_does_not() {
        use BudgetAction::{Block, Note};
        check(Block, ("100", "64.00"), "36.0", true);
        check(Block, ("100", "64.00"), "36.0000000001", false);
        check(Note, ("100", "64"), "36.01", true);
        check(Block, ("0", "0"), "0.01", false);
        // What costs nothing passes where nothing is left.
        check(Block, ("0", "64"), "0", true);
    }
}
