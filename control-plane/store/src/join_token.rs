//! Join tokens: what a new agent enrols with.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};
use types::id::CellId;
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx};

table! {
    /// A one-time token that lets an agent enrol.
    JoinToken = "join_token" {
        /// Lower-case hex SHA-256 of what was given out; the secret itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// The cell it enrols.
        cell_id: CellId,
        /// When it was made.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was used up.
        used_at: Option<Instant>,
    }
}

fn own_anywhere(_: &FleetTx) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Adds one.
pub async fn insert(tx: &FleetTx, row: JoinToken) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Uses it up and tells which cell it enrols. None if it is unknown, expired or used: which of them,
/// nobody is told. Of any number of tries at once, one gets it.
pub async fn use_up(tx: &FleetTx, hash: &str, now: Instant) -> Result<Option<CellId>> {
    let fresh = own_update_anywhere(tx)
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Hash.eq(hash))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    if fresh.exec(&tx.db()).await?.rows_affected != 1 {
        return Ok(None);
    }
    let row = own_anywhere(tx).filter(Column::Hash.eq(hash)).one(&tx.db()).await?;
    Ok(row.map(|row| row.cell_id))
}

/// Removes those that expired before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let expired = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
    Ok(expired.exec(&tx.db()).await?.rows_affected)
}
