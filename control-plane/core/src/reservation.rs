//! Reserving what an order takes: of the licence and of every quota and budget above its project, in
//! the order's own transaction. What is reserved is in use until its deletion is reported; a transaction
//! that fails leaves nothing of it.
//!
//! Two orders at once see each other, since both hold the tenant's lock. Cells give back without
//! it, behind the tenant's head row, which is why counters are changed behind that.

use std::collections::BTreeMap;

use control_plane_store::outbox::{self, NewAudit, NewEvent};
use control_plane_store::{CellTx, TenantTx, quota, tenant};
use policies::permit::{Task, task_scope};
use policies::role::Node;
use types::id::{ProjectId, TenantId};
use types::quota::{Amounts, QuotaMeter};

use crate::budget::{self, Cost};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::licence;
use crate::plane::Plane;
use crate::quota::{admit, chain, limits_at, texts};

/// What is going to be counted when the order is written.
#[derive(Debug)]
#[must_use = "what is not counted passes the next check, too"]
pub(crate) struct Reservation {
    nodes: Vec<String>,
    added: Amounts,
    licensed: i64,
}

/// Takes the tenant's lock and makes sure that there is room at every quota and budget above the
/// project. A budget has no counter: what the order writes is what it takes. The project is still
/// there then, and stays. The licence is held against when it is counted.
pub(crate) async fn make(
    call: &Call,
    tx: &TenantTx,
    project: ProjectId,
    added: Amounts,
    cost: &Cost<'_>,
) -> Result<Reservation> {
    let held = tenant::lock(tx).await?;
    crate::tenant::in_use(held.state)?;
    let licensed = licence::limit(tx, call.now()).await?;
    let tree = call.plane().rights.tree_at(tx, held.tree_revision, call.now()).await?;
    let missing = Error::NotFound { what: "project" };
    let path = chain(&tree, Node::Project(project)).ok_or(missing)?;
    let rows = quota::at(tx, &texts(&path)).await?;
    let limits = limits_at(&tree, &path, &rows);
    // Counters that others give back to meanwhile may be smaller than they look here, never larger.
    admit(&limits, &added)?;
    budget::admit(tx, &held, (&tree, &path), cost, call.now()).await?;
    let mut nodes: Vec<_> = rows.into_iter().map(|row| row.node).collect();
    nodes.dedup();
    Ok(Reservation { nodes, added, licensed })
}

impl Reservation {
    /// Counts it, with what is told of it, if the licence allows: behind [`outbox::record_order`]
    /// everybody waits who counts, and how many members live is read there anyway.
    pub async fn count(self, tx: &TenantTx, event: NewEvent, audit: NewAudit) -> Result<()> {
        let members = self.added.of(QuotaMeter::Members);
        let live = outbox::record_order(tx, vec![event], vec![audit], members).await?;
        licence::admit(self.licensed, live, members)?;
        Ok(quota::add(tx, &self.nodes, &self.added).await?)
    }
}

/// What instances took whose end a cell reported, by tenant and project.
pub(crate) type Released = BTreeMap<TenantId, BTreeMap<ProjectId, Amounts>>;

/// How many members a report ended in a tenant.
pub(crate) fn gone(released: &Released, tenant: TenantId) -> i64 {
    let projects = released.get(&tenant).into_iter().flat_map(BTreeMap::values);
    projects.map(|amounts| amounts.of(QuotaMeter::Members)).sum()
}

/// Gives back to quotas what a report ended; right behind [`outbox::record_in_cell`] for all of the
/// tenants.
pub(crate) async fn release(plane: &Plane, tx: &CellTx, released: &Released) -> Result<()> {
    for (tenant, projects) in released {
        // Where the projects are now: whoever moves one takes the same place in line.
        let reader = tx.in_tenant(&task_scope(Task::Observe, *tenant));
        let tree = plane.rights.tree(&reader, plane.clock.now()).await?;
        for (project, amounts) in projects {
            let path = chain(&tree, Node::Project(*project)).unwrap_or_default();
            quota::add_in_cell(tx, *tenant, &texts(&path), &amounts.negated()).await?;
        }
    }
    Ok(())
}
