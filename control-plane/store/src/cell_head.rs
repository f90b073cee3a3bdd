//! One row per cell, with the number of the last change of what is desired of it.
//!
//! It stands beside the cell's row, since a cell's reports hold that from their first statement to
//! their last, and an order need not wait for them: nobody reports of what is being ordered. What
//! changes an instance that is there waits for reports, see [`crate::cell::next_revision`].

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, QueryFilter, QuerySelect as _, Select,
    UpdateMany,
};
use types::generation::Revision;
use types::id::CellId;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::table::{insert as insert_row, table};
use crate::tx::{CellTx, Connected, FleetTx, InCell, InFleet, TenantTx};

table! {
    /// The last number given.
    CellHead = "cell_head" {
        #[sea_orm(primary_key, auto_increment = false)]
        /// Whose.
        cell_id: CellId,
        /// Grows with every change of what is desired of the cell.
        revision: Revision,
    }
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// The caller has decided which cell.
fn own_row(id: CellId) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(id))
}

fn own_row_update(id: CellId) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::CellId.eq(id))
}

/// Begins to count for a new cell.
pub(crate) async fn insert(tx: &FleetTx, id: CellId) -> Result<()> {
    insert_row(&tx.db(), CellHead { cell_id: id, revision: Revision::default() }).await
}

/// The next revision, for what is new in a cell. The row is held until the end, so that revisions
/// are committed in their order and no agent misses one.
pub async fn next(tx: &TenantTx, id: CellId) -> Result<Revision> {
    grow(&tx.db(), id).await
}

/// The next revision, for what the cell's own reports change.
pub async fn next_in_cell(tx: &CellTx) -> Result<Revision> {
    grow(&tx.db(), tx.cell()).await
}

async fn grow(db: &Executor<'_>, id: CellId) -> Result<Revision> {
    let next = Expr::col(Column::Revision).add(1_i64);
    let update = own_row_update(id).col_expr(Column::Revision, next);
    if db.support_returning() {
        let row = update.exec_with_returning(db).await?.pop();
        return row.map(|row| row.revision).ok_or(StoreError::NotFound);
    }
    update.exec(db).await?;
    let column = own_row(id).select_only().column(Column::Revision);
    let found: Option<Revision> = column.into_tuple().one(db).await?;
    found.ok_or(StoreError::NotFound)
}

/// Counts on from a revision that the cell knows and this database does not.
pub async fn raise_in_cell(tx: &CellTx, to: Revision) -> Result<()> {
    let raise = own_row_update(tx.cell()).col_expr(Column::Revision, Expr::value(to));
    raise.filter(Column::Revision.lt(to)).exec(&tx.db()).await?;
    Ok(())
}

/// The last revision of the cell itself, without waiting for those who count on.
pub async fn get_in_cell(tx: &dyn InCell) -> Result<Revision> {
    let column = own_in_cell(tx).select_only().column(Column::Revision);
    let found: Option<Revision> = column.into_tuple().one(&tx.db()).await?;
    found.ok_or(StoreError::NotFound)
}

/// The last revisions of all cells.
pub(crate) async fn all(tx: &dyn InFleet) -> Result<BTreeMap<CellId, Revision>> {
    let rows = own_anywhere(tx).all(&tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.cell_id, row.revision)).collect())
}
