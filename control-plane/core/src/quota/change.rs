//! Setting and removing limits.
//!
//! A limit is imposed from above, so whoever sets one needs the right at what is above the node as
//! well; above the root is the tenant. Limits are nested: none allows more than one above it. None
//! is below what is in use.

use std::collections::BTreeMap;

use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{InTenant as _, StoreError, TenantTx, quota, tenant};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use policies::tree::Tree as _;
use serde_json::json;
use types::quota::QuotaMeter;

use super::{Limit, Row, chain, limits_at, place, total};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::tree::TenantTree;

/// The largest limit: more than anybody has, and small enough for every sum.
pub const LIMIT_MAX: i64 = 1_000_000_000_000_000;

/// The right to limit a node.
pub(crate) async fn permit(call: &Call, node: Node) -> Result<Permit> {
    if !matches!(node, Node::Organization(_) | Node::Project(_)) {
        return Err(Error::NotFound { what: "node" });
    }
    let own = call.permit(Action::ManageLimits, node, "node").await?;
    let standing = call.standing().await?;
    let path = standing.tree.path(node).unwrap_or_default();
    let above = path.iter().rev().nth(1).ok_or(Error::NotFound { what: "node" })?;
    match call.permit(Action::ManageLimits, *above, "node").await {
        Ok(_) => Ok(own),
        // Who sees the node and not what is above it may not limit it, and is told so.
        Err(Error::NotFound { .. }) => Err(Error::Forbidden { action: Action::ManageLimits }),
        Err(other) => Err(other),
    }
}

/// Sets the limit of a meter at a node.
pub async fn set(call: &Call, node: Node, meter: QuotaMeter, limit: i64, key: &str) -> Result<()> {
    let once = Once::new("setQuota", key, &(node.to_string(), meter, limit))?;
    let work = async {
        let permit = permit(call, node).await?;
        if !(0..=LIMIT_MAX).contains(&limit) {
            let message = format!("use a whole number from 0 to {LIMIT_MAX}");
            return Err(Error::invalid("limit", "out_of_range", message));
        }
        let change = Change::begin(call, &permit, node, meter).await?;
        change.admit(limit)?;
        let row = Row {
            tenant_id: change.tx.tenant(),
            node: node.to_string(),
            meter,
            ceiling: limit,
            used: change.used(limit).await?,
            set_at: call.now(),
            set_by: call.caller().subject,
        };
        match change.own() {
            Some(_) => quota::update(&change.tx, row).await?,
            None => quota::insert(&change.tx, row).await?,
        }
        change.commit(call, &once, "quota_set", Some(limit)).await
    };
    once.own(call, work).await
}

/// Removes the limit of a meter at a node; those above still hold.
pub async fn remove(call: &Call, node: Node, meter: QuotaMeter, key: &str) -> Result<()> {
    let once = Once::new("removeQuota", key, &(node.to_string(), meter))?;
    let work = async {
        let permit = permit(call, node).await?;
        let change = Change::begin(call, &permit, node, meter).await?;
        let removed = quota::delete(&change.tx, &node.to_string(), meter).await;
        removed.map_err(|error| match error {
            StoreError::NotFound => Error::NotFound { what: "quota" },
            other => other.into(),
        })?;
        change.commit(call, &once, "quota_removed", None).await
    };
    once.own(call, work).await
}

/// A change that is not committed yet. Nobody orders, moves or deletes in the tenant meanwhile.
struct Change {
    tx: TenantTx,
    tree: TenantTree,
    node: Node,
    meter: QuotaMeter,
    /// Of the meter, in the whole tenant.
    rows: Vec<Row>,
}

impl Change {
    async fn begin(call: &Call, permit: &Permit, node: Node, meter: QuotaMeter) -> Result<Self> {
        let plane = call.plane();
        let tx = plane.store.begin(permit).await?;
        let held = tenant::lock(&tx).await?;
        crate::tenant::in_use(held.state)?;
        let tree = plane.rights.tree_at(&tx, held.tree_revision, call.now()).await?;
        // Cells report deletions without the tenant's lock.
        outbox::hold(&tx).await?;
        let mut rows = quota::list(&tx).await?;
        rows.retain(|row| row.meter == meter);
        chain(&tree, node).ok_or(Error::NotFound { what: "node" })?;
        Ok(Self { tx, tree, node, meter, rows })
    }

    fn own(&self) -> Option<&Row> {
        let node = self.node.to_string();
        self.rows.iter().find(|row| row.node == node)
    }

    /// Refuses a limit that is not between those below and those above.
    fn admit(&self, limit: i64) -> Result<()> {
        let path = chain(&self.tree, self.node).unwrap_or_default();
        let above = limits_at(&self.tree, &path, &self.rows);
        let above = above.iter().filter(|other| other.node != self.node);
        let nodes: Vec<Node> = self.rows.iter().filter_map(|row| row.node.parse().ok()).collect();
        let is_below =
            |other: &Node| *other != self.node && is_within(&self.tree, *other, self.node);
        let below: Vec<_> = nodes.into_iter().filter(is_below).collect();
        let below = limits_at(&self.tree, &below, &self.rows);
        nested(above.min_by_key(|other| other.limit), limit, Side::Above)?;
        nested(below.iter().max_by_key(|other| other.limit), limit, Side::Below)
    }

    /// What is used already, if the limit leaves it room.
    async fn used(&self, limit: i64) -> Result<i64> {
        let used = match self.own() {
            Some(own) => own.used,
            None => total(&self.tree, self.node, &quota::recount(&self.tx).await?).of(self.meter),
        };
        if used <= limit {
            return Ok(used);
        }
        let (meter, place) = (self.meter, place(&self.tree, self.node));
        let message = format!(
            "{used} {meter} are in use at {place} and below, more than {limit}; delete some first, \
             or set a higher limit"
        );
        Err(Error::Conflict { why: "in_use", message })
    }

    async fn commit(self, call: &Call, once: &Once, event: &str, limit: Option<i64>) -> Result<()> {
        let before = self.own().map(|row| row.ceiling);
        let mut told = NewEvent::new(event, call.now());
        match self.node {
            Node::Organization(id) => told.organization_id = Some(id),
            Node::Project(id) => told.project_id = Some(id),
            Node::Installation | Node::Tenant(_) | Node::Application(_) => {}
        }
        let mut audit = audit::of_call(call, once.mutation(), Some(&self.node));
        let content = [("meter", json!(self.meter)), ("limit", json!(limit))];
        for (name, value) in content.into_iter().chain([("before", json!(before))]) {
            audit::detail(&mut audit, name, value);
        }
        once.keep(call, &self.tx, &()).await?;
        outbox::record(&self.tx, vec![told], vec![audit]).await?;
        let tenant = self.tx.tenant();
        self.tx.commit().await?;
        call.plane().nudges.send(Topic::Tenant(tenant));
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

/// Refuses a limit that another one does not go with.
fn nested(other: Option<&Limit>, limit: i64, side: Side) -> Result<()> {
    let Some(other) = other else { return Ok(()) };
    let Limit { place, meter, limit: theirs, .. } = other;
    let (why, message) = match side {
        Side::Above if limit > *theirs => (
            "above_ancestor",
            format!(
                "{place} above allows {theirs} {meter}; set at most as much, or raise it first"
            ),
        ),
        Side::Below if limit < *theirs => (
            "below_descendant",
            format!(
                "{place} below is allowed {theirs} {meter}; set at least as much, or lower it first"
            ),
        ),
        _ => return Ok(()),
    };
    Err(Error::Conflict { why, message })
}

/// Whether a node is this one or below it.
pub(super) fn is_within(tree: &TenantTree, node: Node, above: Node) -> bool {
    tree.path(node).is_some_and(|path| path.contains(&above))
}

/// What all rows should say together: limits that allow more than one above them.
pub(crate) fn unnested<'r>(tree: &TenantTree, rows: &'r [Row]) -> Vec<&'r Row> {
    let mut known: BTreeMap<(&str, QuotaMeter), i64> = BTreeMap::new();
    for row in rows {
        known.insert((&row.node, row.meter), row.ceiling);
    }
    let is_wrong = |row: &&Row| {
        let node = row.node.parse().ok();
        let path = node.and_then(|node| chain(tree, node)).unwrap_or_default();
        let above = path.iter().map(ToString::to_string);
        above.into_iter().any(|node| {
            known.get(&(node.as_str(), row.meter)).is_some_and(|limit| *limit < row.ceiling)
        })
    };
    rows.iter().filter(is_wrong).collect()
}
