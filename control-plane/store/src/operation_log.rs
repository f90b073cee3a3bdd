//! The lines that operations write while they run.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use types::id::{OperationId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::operation;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{chunks, table};
use crate::tx::{CellTx, Connected, InTenant, of_projects, of_tenant};

table! {
    /// A line of an operation's log. Never holds a secret.
    OperationLog = "operation_log" {
        /// The operation.
        #[sea_orm(primary_key, auto_increment = false)]
        operation_id: OperationId,
        /// Counts from 1 within the operation.
        #[sea_orm(primary_key, auto_increment = false)]
        number: i64,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// The step it belongs to.
        step: i32,
        /// When it was written.
        at: Instant,
        /// The text, one line.
        text: String,
    }
}

impl Sorted for OperationLog {
    fn cursor(&self) -> Cursor {
        Cursor::number(self.number)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(in_reach(tx))
}

/// By the project and, where applications matter, by the operation, which names its instance.
fn in_reach(tx: &dyn InTenant) -> Condition {
    if tx.scope().parts().is_none() {
        return of_projects(tx, Column::TenantId, Column::ProjectId);
    }
    let operations = Column::OperationId.in_subquery(operation::in_reach(tx));
    of_tenant(tx, Column::TenantId).add(operations)
}

/// Adds lines of operations that [`crate::operation::lock_in_cell`] found; lines that are there
/// already stay as they are.
pub async fn insert_new_in_cell(tx: &CellTx, rows: Vec<OperationLog>) -> Result<()> {
    for rows in chunks(rows) {
        let mut key = OnConflict::columns([Column::OperationId, Column::Number]);
        key.do_nothing_on([Column::OperationId]);
        let insert = sea_orm::Insert::many(rows).on_conflict(key);
        insert.exec_without_returning(&tx.db()).await?;
    }
    Ok(())
}

/// The lines of an operation in their order.
pub async fn list(
    tx: &dyn InTenant,
    operation: OperationId,
    page: &Page,
) -> Result<Paged<OperationLog>> {
    let lines = own(tx).filter(Column::OperationId.eq(operation));
    page::fetch(lines, Column::Number, Order::Asc, page, &tx.db()).await
}

/// Lines behind a number, oldest first.
pub async fn after(
    tx: &dyn InTenant,
    operation: OperationId,
    number: i64,
    limit: u64,
) -> Result<Vec<OperationLog>> {
    let lines = own(tx)
        .filter(Column::OperationId.eq(operation))
        .filter(Column::Number.gt(number))
        .order_by_asc(Column::Number)
        .limit(limit);
    Ok(lines.all(&tx.db()).await?)
}
