//! Price books: one each for the installation, a tenant, an organization.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::{OrganizationId, PriceBookId, TenantId};

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};
use crate::words::PriceScope;

table! {
    /// A list of prices.
    PriceBook = "price_book" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: PriceBookId,
        /// Whom it is for.
        scope: PriceScope,
        /// The tenant; none for the global one.
        tenant_id: Option<TenantId>,
        /// The organization, for one of an organization.
        organization_id: Option<OrganizationId>,
    }
}

/// The tenant's own and the installation's.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let readable =
        Condition::any().add(of_tenant(tx, Column::TenantId)).add(Column::TenantId.is_null());
    Entity::find().filter(readable).order_by_asc(Column::Id)
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find().order_by_asc(Column::Id)
}

/// Adds a book of the tenant or of one of its organizations.
pub async fn insert(tx: &TenantTx, row: PriceBook) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    insert_row(&tx.db(), row).await
}

/// Adds any book.
pub async fn insert_anywhere(tx: &FleetTx, row: PriceBook) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: PriceBookId) -> Result<Option<PriceBook>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// All books that the tenant can be rated from.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<PriceBook>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The global book.
pub async fn find_global(tx: &dyn InFleet) -> Result<Option<PriceBook>> {
    let global = own_anywhere(tx).filter(Column::Scope.eq(PriceScope::Global));
    Ok(global.one(&tx.db()).await?)
}
