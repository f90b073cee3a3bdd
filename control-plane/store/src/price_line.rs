//! Lines of price books.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::{PlanId, PriceLineId, PriceVersionId, TenantId};
use types::meter::Meter;

use crate::error::{Result, StoreError};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};
use crate::words::PriceModel;

table! {
    /// A price. Never changed: bills refer to it.
    PriceLine = "price_line" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: PriceLineId,
        /// The version it stands in.
        version_id: PriceVersionId,
        /// The book's tenant; none for the global one.
        tenant_id: Option<TenantId>,
        /// Place within the version.
        ordinal: i32,
        /// Only for this plan.
        plan_id: Option<PlanId>,
        /// What is paid for.
        meter: Meter,
        /// How a quantity becomes an amount.
        model: PriceModel,
        /// A decimal in text form; none if tiered.
        unit_price: Option<String>,
        /// How many units the price is for; none for `flat_month` and `one_off`.
        per: Option<i64>,
        /// Code of the currency.
        currency: String,
        /// Whether it also holds for stopped and detached members.
        stopped: bool,
        /// The tiers, as a JSON list; none unless tiered.
        tiers: Option<String>,
    }
}

/// The tenant's own and the installation's.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let readable =
        Condition::any().add(of_tenant(tx, Column::TenantId)).add(Column::TenantId.is_null());
    Entity::find().filter(readable).order_by_asc(Column::VersionId).order_by_asc(Column::Ordinal)
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find().order_by_asc(Column::VersionId).order_by_asc(Column::Ordinal)
}

/// Adds the lines of a new version of a book of the tenant.
pub async fn insert_all(tx: &TenantTx, rows: Vec<PriceLine>) -> Result<()> {
    for row in &rows {
        admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// Adds the lines of a new version of any book.
pub async fn insert_all_anywhere(tx: &FleetTx, rows: Vec<PriceLine>) -> Result<()> {
    insert_rows(&tx.db(), rows).await
}

/// All lines of all books that the tenant can be rated from.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<PriceLine>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[PriceLineId]) -> Result<Vec<PriceLine>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The lines of these versions, in their order.
pub async fn of_versions(tx: &dyn InTenant, versions: &[PriceVersionId]) -> Result<Vec<PriceLine>> {
    let versions = versions.iter().copied();
    Ok(own(tx).filter(Column::VersionId.is_in(versions)).all(&tx.db()).await?)
}

/// The lines of these versions of any book, in their order.
pub async fn of_versions_anywhere(
    tx: &dyn InFleet,
    versions: &[PriceVersionId],
) -> Result<Vec<PriceLine>> {
    let versions = versions.iter().copied();
    Ok(own_anywhere(tx).filter(Column::VersionId.is_in(versions)).all(&tx.db()).await?)
}
