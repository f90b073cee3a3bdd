//! The history of a tenant's tree, from which bills know who owned what when.

use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::id::TenantId;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::table::{insert as insert_row, insert_all as insert_rows, table};
use crate::tx::{Connected, FleetTx, InTenant, TenantTx, admit, of_tenant};
use crate::words::{NodeKind, TreeEventKind};

table! {
    /// What happened to a node of the tree.
    TreeEvent = "tree_event" {
        /// Version 7, so that entries sort as they were entered.
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        /// Whose tree.
        tenant_id: TenantId,
        /// What the node is.
        kind: NodeKind,
        /// Text form of the node's id.
        node: String,
        /// The node's name then.
        name: String,
        /// What happened.
        event: TreeEventKind,
        /// Text form of the organization above from then on; none for the root and when deleted.
        parent: Option<String>,
        /// From when on it holds.
        effective_at: Instant,
        /// When it was entered, not after it holds.
        entered_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

/// Adds an entry.
pub async fn insert(tx: &TenantTx, row: TreeEvent) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Adds many entries at once.
pub async fn insert_all(tx: &TenantTx, rows: Vec<TreeEvent>) -> Result<()> {
    rows.iter().try_for_each(|row| admit(tx, row.tenant_id))?;
    insert_rows(&tx.db(), rows).await
}

/// Adds an entry for an operator: the root of a new tenant.
pub async fn insert_anywhere(tx: &FleetTx, row: TreeEvent) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// From when on the last entry holds.
pub async fn newest(tx: &dyn InTenant) -> Result<Option<Instant>> {
    let column = own(tx).order_by_desc(Column::EffectiveAt).select_only();
    Ok(column.column(Column::EffectiveAt).limit(1).into_tuple().one(&tx.db()).await?)
}

/// The whole history of the tenant, in the order in which entries hold.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<TreeEvent>> {
    let ordered = own(tx).order_by_asc(Column::EffectiveAt).order_by_asc(Column::Id);
    Ok(ordered.all(&tx.db()).await?)
}
