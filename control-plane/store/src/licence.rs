//! Installed licence files.

use sea_orm::{ColumnTrait, Condition, DeleteMany, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::TenantId;
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, of_tenant};

table! {
    /// A licence file that was checked and installed.
    Licence = "licence" {
        /// The id in the file.
        #[sea_orm(primary_key, auto_increment = false)]
        id: String,
        /// Whose; none for all tenants.
        tenant_id: Option<TenantId>,
        /// The file as it came, with its signature.
        content: String,
        /// What it counts: `member` or `instance`.
        unit: String,
        /// The packages as canonical JSON: a list or `"*"`.
        packages: String,
        /// How many units.
        count: i64,
        /// From when on it holds.
        not_before: Instant,
        /// Until when; none for ever.
        not_after: Option<Instant>,
        /// When it was installed.
        installed_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    let holds =
        Condition::any().add(of_tenant(tx, Column::TenantId)).add(Column::TenantId.is_null());
    Entity::find().filter(holds).order_by_asc(Column::Id)
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find().order_by_asc(Column::Id)
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Installs a licence; [`StoreError::Conflict`] if its id is installed.
pub async fn insert(tx: &FleetTx, row: Licence) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Removes a licence.
pub async fn delete(tx: &FleetTx, id: &str) -> Result<()> {
    let deleted = own_delete_anywhere(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// All that may hold units of the tenant, also those for all tenants.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<Licence>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// All installed.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Licence>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
