//! Counted usage per clock hour, kept in the transaction that counts.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Select,
};
use types::id::{ProjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::table::{chunks, table};
use crate::tx::{CellTx, Connected, InTenant, of_projects};

table! {
    /// What a resource used in a clock hour.
    UsageHour = "usage_hour" {
        /// Whose it is.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Text form of the resource's id.
        #[sea_orm(primary_key, auto_increment = false)]
        resource: String,
        /// Text form of the meter.
        #[sea_orm(primary_key, auto_increment = false)]
        meter: String,
        /// Beginning of the hour (UTC).
        #[sea_orm(primary_key, auto_increment = false)]
        hour: Instant,
        /// Where the resource belongs.
        project_id: ProjectId,
        /// Sum in the meter's unit.
        quantity: i64,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find()
        .filter(of_projects(tx, Column::TenantId, Column::ProjectId))
        .order_by_asc(Column::Hour)
        .order_by_asc(Column::Resource)
        .order_by_asc(Column::Meter)
}

/// Adds quantities to their hours; rows of one key are summed first.
pub async fn add_in_cell(tx: &CellTx, rows: Vec<UsageHour>) -> Result<()> {
    let mut sums: BTreeMap<_, UsageHour> = BTreeMap::new();
    for row in rows {
        let key = (row.tenant_id, row.resource.clone(), row.meter.clone(), row.hour);
        match sums.get_mut(&key) {
            Some(sum) => sum.quantity += row.quantity,
            None => {
                sums.insert(key, row);
            }
        }
    }
    let db = tx.db();
    let sum = match db.get_database_backend() {
        DbBackend::MySql => Expr::cust("`quantity` + VALUES(`quantity`)"),
        _ => Expr::cust("\"usage_hour\".\"quantity\" + \"excluded\".\"quantity\""),
    };
    let key = [Column::TenantId, Column::Resource, Column::Meter, Column::Hour];
    for rows in chunks(sums.into_values().collect()) {
        let add = OnConflict::columns(key).value(Column::Quantity, sum.clone()).to_owned();
        sea_orm::Insert::many(rows).on_conflict(add).exec_without_returning(&db).await?;
    }
    Ok(())
}

/// All hours that begin from `from` on and before `to`, in their order.
pub async fn between(tx: &dyn InTenant, from: Instant, to: Instant) -> Result<Vec<UsageHour>> {
    let part = own(tx).filter(Column::Hour.gte(from)).filter(Column::Hour.lt(to));
    Ok(part.all(&tx.db()).await?)
}

/// As [`between`], of these resources only.
pub async fn of_resources(
    tx: &dyn InTenant,
    resources: &[String],
    from: Instant,
    to: Instant,
) -> Result<Vec<UsageHour>> {
    let part = own(tx)
        .filter(Column::Resource.is_in(resources))
        .filter(Column::Hour.gte(from))
        .filter(Column::Hour.lt(to));
    Ok(part.all(&tx.db()).await?)
}
