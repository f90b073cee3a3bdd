//! How much each cell has to do, counted over all tenants with five statements however many cells
//! there are.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};
use types::generation::Revision;
use types::id::CellId;
use types::instance::State;
use types::instant::Instant;
use types::operation::{KEEPS_ENDING, OperationState};

use crate::cell_head;
use crate::error::Result;
use crate::tx::InFleet;

/// What a cell has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Number of the last change of what is desired of it.
    pub revision: Revision,
    /// Instances that were not deleted.
    pub instances: i64,
    /// Members that were not deleted.
    pub members: i64,
    /// Members that ended too often and wait for somebody to start them again.
    pub given_up: i64,
    /// Operations that have not ended.
    pub open_operations: i64,
    /// When the oldest of them was asked for.
    pub oldest_open_at: Option<Instant>,
    /// The lowest revision of an instance with such an operation: what is before it was made true.
    pub lowest_open_revision: Option<Revision>,
}

/// The loads of all cells.
pub async fn all(tx: &dyn InFleet) -> Result<BTreeMap<CellId, Load>> {
    let mut loads: BTreeMap<CellId, Load> = BTreeMap::new();
    let mut instances = counted("instance");
    instances.and_where(Expr::col(("instance", "deleted_at")).is_null());
    let mut members = counted("member");
    members.and_where(Expr::col(("member", "state")).ne(State::Deleted.as_str()));
    let mut given_up = counted("member");
    given_up
        .and_where(Expr::col(("member", "state")).eq(State::Failed.as_str()))
        .and_where(Expr::col(("member", "problem")).like(format!("{KEEPS_ENDING}:%")));
    let open = [OperationState::Pending, OperationState::Running].map(OperationState::as_str);
    let mut operations = counted("operation");
    operations
        .expr_as(Expr::col(("operation", "created_at")).min(), "oldest")
        .expr_as(Expr::col(("instance", "revision")).min(), "lowest")
        .inner_join("instance", Expr::col(("instance", "id")).equals(("operation", "instance_id")))
        .and_where(Expr::col(("operation", "state")).is_in(open));
    for row in tx.db().query_all(&instances).await? {
        loads.entry(cell(&row)?).or_default().instances = row.try_get("", "units")?;
    }
    for row in tx.db().query_all(&members).await? {
        loads.entry(cell(&row)?).or_default().members = row.try_get("", "units")?;
    }
    for row in tx.db().query_all(&given_up).await? {
        loads.entry(cell(&row)?).or_default().given_up = row.try_get("", "units")?;
    }
    for row in tx.db().query_all(&operations).await? {
        let load = loads.entry(cell(&row)?).or_default();
        load.open_operations = row.try_get("", "units")?;
        load.oldest_open_at = Some(Instant::from_micros(row.try_get("", "oldest")?));
        load.lowest_open_revision = Some(Revision(row.try_get("", "lowest")?));
    }
    for (cell, revision) in cell_head::all(tx).await? {
        loads.entry(cell).or_default().revision = revision;
    }
    Ok(loads)
}

fn counted(table: &'static str) -> SelectStatement {
    let mut count = Query::select();
    count
        .column((table, "cell_id"))
        .expr_as(Expr::col((table, "id")).count(), "units")
        .from(table)
        .group_by_col((table, "cell_id"));
    count
}

fn cell(row: &QueryResult) -> Result<CellId> {
    Ok(row.try_get("", "cell_id")?)
}
