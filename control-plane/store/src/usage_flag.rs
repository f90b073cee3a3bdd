//! What is odd about usage records, with their content, for people to look at.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, Select};
use types::id::{CellId, TenantId};
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{CellTx, Connected, InCell, InFleet, InTenant, admit_cell, of_whole_tenant};
use crate::words::FlagKind;

table! {
    /// A usage record that did not simply count.
    UsageFlag = "usage_flag" {
        /// Version 7, so that entries sort as they were made.
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        /// Who sent the record.
        cell_id: CellId,
        /// The record's sequence.
        sequence: i64,
        /// What is odd.
        kind: FlagKind,
        /// Why it was rejected.
        reason: Option<String>,
        /// The record as it came, as canonical JSON.
        content: String,
        /// When it came.
        at: Instant,
        /// Whose resource, if that is known.
        tenant_id: Option<TenantId>,
    }
}

impl Sorted for UsageFlag {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_whole_tenant(tx, Column::TenantId))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds entries.
pub async fn insert_all_in_cell(tx: &CellTx, rows: Vec<UsageFlag>) -> Result<()> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The cell's entries of one kind for these sequences.
pub async fn of_sequences_in_cell(
    tx: &dyn InCell,
    kind: FlagKind,
    sequences: &[i64],
) -> Result<Vec<UsageFlag>> {
    let entries = own_in_cell(tx)
        .filter(Column::Kind.eq(kind))
        .filter(Column::Sequence.is_in(sequences.iter().copied()));
    Ok(entries.all(&tx.db()).await?)
}

/// The tenant's entries of one kind, in the order they were made, for those who reach the whole
/// tenant.
pub async fn of_kind(tx: &dyn InTenant, kind: FlagKind) -> Result<Vec<UsageFlag>> {
    let entries = own(tx).filter(Column::Kind.eq(kind)).order_by_asc(Column::Id);
    Ok(entries.all(&tx.db()).await?)
}

/// The tenant's, the newest first, for those who reach the whole tenant.
pub async fn list(tx: &dyn InTenant, page: &Page) -> Result<Paged<UsageFlag>> {
    page::fetch(own(tx), Column::Id, Order::Desc, page, &tx.db()).await
}

/// All, the newest first; of one cell if it is given.
pub async fn list_anywhere(
    tx: &dyn InFleet,
    cell: Option<CellId>,
    page: &Page,
) -> Result<Paged<UsageFlag>> {
    let mut query = own_anywhere(tx);
    if let Some(cell) = cell {
        query = query.filter(Column::CellId.eq(cell));
    }
    page::fetch(query, Column::Id, Order::Desc, page, &tx.db()).await
}
