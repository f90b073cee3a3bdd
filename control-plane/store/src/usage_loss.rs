//! Sequences of usage records that will never come: declared, so that they do not hold up what comes
//! after them. The time that they told of shows as a gap on the bill.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::CellId;
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{CellTx, Connected, InCell, InFleet, admit_cell};

table! {
    /// A range of lost sequences.
    UsageLoss = "usage_loss" {
        /// Whose.
        #[sea_orm(primary_key, auto_increment = false)]
        cell_id: CellId,
        /// The first lost one.
        #[sea_orm(primary_key, auto_increment = false)]
        first_sequence: i64,
        /// The last lost one.
        last_sequence: i64,
        /// When it was seen that nobody has them.
        declared_at: Instant,
    }
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Declares ranges as lost.
pub async fn insert_all_in_cell(tx: &CellTx, rows: Vec<UsageLoss>) -> Result<()> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The cell's, in order.
pub async fn all_in_cell(tx: &dyn InCell) -> Result<Vec<UsageLoss>> {
    Ok(own_in_cell(tx).order_by_asc(Column::FirstSequence).all(&tx.db()).await?)
}

/// All, by cell and in order.
pub async fn all_anywhere(tx: &dyn InFleet) -> Result<Vec<UsageLoss>> {
    let ordered = own_anywhere(tx).order_by_asc(Column::CellId);
    Ok(ordered.order_by_asc(Column::FirstSequence).all(&tx.db()).await?)
}
