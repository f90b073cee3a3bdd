//! Roles that tenants make.

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, QueryOrder, Select, UpdateMany};
use types::id::{RoleId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::standing;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// A role that a tenant made.
    Role = "role" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: RoleId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Unique name within the tenant.
        name: String,
        /// Name for people.
        title: String,
        /// What it is made of: JSON, a list of actions and roles.
        parts: String,
        /// When it was made.
        created_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: Role) -> Result<()> {
    admit(tx, row.tenant_id)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    insert_row(&tx.db(), row).await
}

/// Changes one.
pub async fn update(tx: &TenantTx, row: Role) -> Result<()> {
    admit(tx, row.tenant_id)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Removes one; [`StoreError::NotFound`] if there is none.
pub async fn delete(tx: &TenantTx, id: RoleId) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// The tenant's own roles, by name.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<Role>> {
    Ok(own(tx).order_by_asc(Column::Name).all(&tx.db()).await?)
}
