//! Billing periods: which months of a tenant are open, closing, closed.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany};
use types::id::TenantId;
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InTenant, TenantTx, admit, of_tenant};
use crate::words::PeriodState;

table! {
    /// A month of a tenant.
    BillingPeriod = "billing_period" {
        /// Whose.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Like `2026-03`.
        #[sea_orm(primary_key, auto_increment = false)]
        period: String,
        /// Where it stands.
        state: PeriodState,
        /// When its closing began.
        closed_at: Option<Instant>,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId)).order_by_asc(Column::Period)
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

/// Adds a period.
pub async fn insert(tx: &TenantTx, row: BillingPeriod) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes a period.
pub async fn update(tx: &TenantTx, row: BillingPeriod) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Period.eq(row.period.as_str()));
    replace(&tx.db(), update, row).await
}

/// By its name.
pub async fn find(tx: &dyn InTenant, period: &str) -> Result<Option<BillingPeriod>> {
    Ok(own(tx).filter(Column::Period.eq(period)).one(&tx.db()).await?)
}

/// By its name, held until the end: of two that close it, one waits.
pub async fn lock(tx: &TenantTx, period: &str) -> Result<Option<BillingPeriod>> {
    Ok(own(tx).filter(Column::Period.eq(period)).lock_exclusive().one(&tx.db()).await?)
}

/// All periods that have a row, in order.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<BillingPeriod>> {
    Ok(own(tx).all(&tx.db()).await?)
}
