//! Quotas: how much of what may be used at an organization or project and below it.
//!
//! A limit holds for everything below, whoever set it and whether or not it can be seen from there:
//! who is stopped by one is told which. What is used is counted from the order on until the
//! deletion is reported; see [`crate::reservation`]. Setting limits is in [`change`], what a move
//! does to them in [`relocate`].

use std::collections::{BTreeMap, HashMap};

pub use control_plane_store::quota::Quota as Row;
use control_plane_store::{TenantTx, outbox, quota};
use policies::role::Node;
use policies::tree::Tree as _;
use types::id::ProjectId;
use types::quota::{Amounts, QuotaMeter};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::limits;
use crate::tree::TenantTree;

pub mod change;
pub(crate) mod relocate;

/// A limit that holds for a node, set there or above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Where it is set.
    pub node: Node,
    /// How people call that place, e.g. `organization rnd`.
    pub place: String,
    /// What it counts.
    pub meter: QuotaMeter,
    /// How much may be used there and below.
    pub limit: i64,
    /// How much is.
    pub used: i64,
}

impl Limit {
    /// What may still be used.
    pub fn free(&self) -> i64 {
        self.limit.saturating_sub(self.used)
    }

    /// The refusal of so much more.
    fn reached(&self, added: i64) -> Error {
        Error::QuotaReached {
            node: self.node.to_string(),
            place: self.place.clone(),
            meter: self.meter,
            limit: self.limit,
            used: self.used,
            added,
        }
    }
}

/// How a node stands with one meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The meter.
    pub meter: QuotaMeter,
    /// The node's own limit.
    pub limit: Option<i64>,
    /// What is used at the node and below.
    pub used: i64,
    /// Of all limits that hold for the node, the one that leaves least.
    pub tightest: Option<Limit>,
}

/// What an order takes of a meter that is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What it takes.
    pub added: i64,
    /// Of all limits that hold for its project, the one that leaves least.
    pub tightest: Limit,
}

/// The nodes whose limits hold for this one, from the root down to itself.
pub(crate) fn chain(tree: &TenantTree, node: Node) -> Option<Vec<Node>> {
    let path = tree.path(node)?;
    Some(path.into_iter().filter(|node| !matches!(node, Node::Tenant(_))).collect())
}

/// Nodes as rows name them.
pub(crate) fn texts(nodes: &[Node]) -> Vec<String> {
    nodes.iter().map(ToString::to_string).collect()
}

/// How people call a node.
pub(crate) fn place(tree: &TenantTree, node: Node) -> String {
    let name = match node {
        Node::Organization(id) => tree.organization(id).map(|row| ("organization", &row.name)),
        Node::Project(id) => tree.project(id).map(|row| ("project", &row.name)),
        Node::Installation | Node::Tenant(_) | Node::Application(_) => None,
    };
    name.map_or_else(|| node.to_string(), |(kind, name)| format!("{kind} {name}"))
}

/// What rows say of the nodes, in the order of the nodes.
pub(crate) fn limits_at(tree: &TenantTree, nodes: &[Node], rows: &[Row]) -> Vec<Limit> {
    let mut known: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in rows {
        known.entry(row.node.as_str()).or_default().push(row);
    }
    let mut found = Vec::new();
    for node in nodes {
        for row in known.get(node.to_string().as_str()).into_iter().flatten() {
            found.push(Limit {
                node: *node,
                place: place(tree, *node),
                meter: row.meter,
                limit: row.ceiling,
                used: row.used,
            });
        }
    }
    found
}

/// Refuses what would pass one of the limits; of several the first one is told.
pub(crate) fn admit(limits: &[Limit], added: &Amounts) -> Result<()> {
    let passed = |limit: &&Limit| {
        let added = added.of(limit.meter);
        added > 0 && added > limit.free()
    };
    match limits.iter().find(passed) {
        Some(limit) => Err(limit.reached(added.of(limit.meter))),
        None => Ok(()),
    }
}

/// Of the limits of one meter, the one that leaves least.
fn tightest(limits: &[Limit], meter: QuotaMeter) -> Option<&Limit> {
    limits.iter().filter(|limit| limit.meter == meter).min_by_key(|limit| limit.free())
}

/// What is used at a node and below.
pub(crate) fn total(
    tree: &TenantTree,
    node: Node,
    counts: &BTreeMap<ProjectId, Amounts>,
) -> Amounts {
    let (_, projects) = limits::below(node, tree);
    let each = projects.iter().filter_map(|project| counts.get(project));
    each.fold(Amounts::default(), |sum, amounts| sum.plus(*amounts))
}

/// Limits and use of nodes that the caller may see, of each meter.
pub async fn of_nodes(call: &Call, nodes: &[Node]) -> Result<Vec<(Node, Vec<Level>)>> {
    let standing = call.standing().await?;
    let (tree, reader) = (&standing.tree, call.reader().await?);
    let rows = quota::list(&reader).await?;
    let counts = quota::recount(&reader).await?;
    let mut found = Vec::new();
    for node in nodes {
        let Some(path) = chain(tree, *node) else { continue };
        let limits = limits_at(tree, &path, &rows);
        let used = total(tree, *node, &counts);
        let level = |meter: QuotaMeter| {
            let own = limits.iter().find(|limit| limit.node == *node && limit.meter == meter);
            Level {
                meter,
                limit: own.map(|own| own.limit),
                used: own.map_or_else(|| used.of(meter), |own| own.used),
                tightest: tightest(&limits, meter).cloned(),
            }
        };
        found.push((*node, QuotaMeter::ALL.iter().copied().map(level).collect()));
    }
    Ok(found)
}

/// What an order in the project would take of every meter that is limited.
pub(crate) async fn effects(
    call: &Call,
    project: ProjectId,
    added: &Amounts,
) -> Result<Vec<Effect>> {
    let standing = call.standing().await?;
    let missing = Error::NotFound { what: "project" };
    let path = chain(&standing.tree, Node::Project(project)).ok_or(missing)?;
    let rows = quota::at(&call.reader().await?, &texts(&path)).await?;
    let limits = limits_at(&standing.tree, &path, &rows);
    let effect = |meter: &QuotaMeter| {
        let tightest = tightest(&limits, *meter)?.clone();
        Some(Effect { added: added.of(*meter), tightest })
    };
    Ok(QuotaMeter::ALL.iter().filter_map(effect).collect())
}

/// Removes the limits of a node that is going, which nothing is in any more.
pub(crate) async fn forget(tx: &TenantTx, node: Node) -> Result<()> {
    outbox::hold(tx).await?;
    Ok(quota::delete_at(tx, &node.to_string()).await?)
}

#[cfg(test)]
mod tests {
    use types::id::{OrganizationId, SystemIds};
    use types::size::Size;

    use super::*;

    fn limit(meter: QuotaMeter, limit: i64, used: i64) -> Limit {
        let node = Node::Organization(OrganizationId::next(&SystemIds));
        Limit { node, place: format!("at {limit}"), meter, limit, used }
    }

    #[track_caller]
    fn check(limits: &[(QuotaMeter, i64, i64)], refused_by: Option<&str>) {
        let limits: Vec<_> =
            limits.iter().map(|(meter, most, used)| limit(*meter, *most, *used)).collect();
        let size = Size { millivcpu: 500, memory_mib: 100, storage_mib: 0 };
        let refused = match admit(&limits, &Amounts::new(1, 2, size)) {
            Ok(()) => None,
            Err(Error::QuotaReached { place, .. }) => Some(place),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(refused.as_deref(), refused_by);
    }

    #[test]
    fn what_fits_exactly_passes_and_one_more_does_not() {
        use QuotaMeter::{Instances, Members, Millivcpu, StorageMib};
        check(&[], None);
        check(&[(Instances, 1, 0), (Members, 5, 3), (Millivcpu, 1_000, 0)], None);
        check(&[(Instances, 1, 0), (Members, 5, 4)], Some("at 5"));
        check(&[(Millivcpu, 1_000, 1)], Some("at 1000"));
        // What takes nothing passes where nothing is left.
        check(&[(StorageMib, 0, 0)], None);
        check(&[(Members, 9, i64::MAX)], Some("at 9"));
    }

    #[test]
    fn of_several_limits_the_uppermost_is_told_and_the_one_that_leaves_least_is_tightest() {
        use QuotaMeter::{Instances, Members};
        check(&[(Members, 7, 6), (Members, 3, 3)], Some("at 7"));
        let limits = [limit(Members, 9, 2), limit(Instances, 1, 1), limit(Members, 8, 5)];
        assert_eq!(tightest(&limits, Members), Some(&limits[2]));
        assert_eq!(tightest(&limits, QuotaMeter::MemoryMib), None);
    }
}
