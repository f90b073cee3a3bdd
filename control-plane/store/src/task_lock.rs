//! Which process does a background task at the moment.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, UpdateMany};
use types::instant::Instant;

use crate::error::Result;
use crate::table::table;
use crate::tx::{Connected, FleetTx};

table! {
    /// A task that one process at a time may do.
    TaskLock = "task_lock" {
        /// The task.
        #[sea_orm(primary_key, auto_increment = false)]
        name: String,
        /// The process.
        holder: String,
        /// Until when, unless it is prolonged.
        until: Instant,
    }
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Takes or prolongs the lock until the instant. False if another process has it.
pub async fn try_lock(
    tx: &FleetTx,
    name: &str,
    holder: &str,
    now: Instant,
    until: Instant,
) -> Result<bool> {
    let free =
        TaskLock { name: name.to_owned(), holder: String::new(), until: Instant::from_micros(0) };
    let mut key = OnConflict::column(Column::Name);
    key.do_nothing_on([Column::Name]);
    let insert = sea_orm::Insert::one(free.into_active_model()).on_conflict(key);
    insert.exec_without_returning(&tx.db()).await?;
    let taken = own_update_anywhere(tx)
        .col_expr(Column::Holder, Expr::value(holder))
        .col_expr(Column::Until, Expr::value(until))
        .filter(Column::Name.eq(name))
        .filter(Column::Holder.eq(holder).or(Column::Until.lte(now)));
    Ok(taken.exec(&tx.db()).await?.rows_affected == 1)
}

/// Gives the lock back, if this process has it.
pub async fn release(tx: &FleetTx, name: &str, holder: &str) -> Result<()> {
    let held = own_update_anywhere(tx)
        .col_expr(Column::Holder, Expr::value(""))
        .col_expr(Column::Until, Expr::value(Instant::from_micros(0)))
        .filter(Column::Name.eq(name))
        .filter(Column::Holder.eq(holder));
    held.exec(&tx.db()).await?;
    Ok(())
}
