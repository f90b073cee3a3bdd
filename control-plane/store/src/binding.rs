//! Bindings: roles given to subjects at a node, for all below it.

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select};
use types::id::{BindingId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant as in_tenant};

table! {
    /// A role given to a subject at a node.
    Binding = "binding" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: BindingId,
        /// Whose node; none for the installation.
        tenant_id: Option<TenantId>,
        /// Who has the role.
        subject_id: SubjectId,
        /// The role's name.
        role: String,
        /// Text form of the node's id, or `installation`.
        node: String,
        /// When it was given.
        created_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(in_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(in_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Gives a role in the tenant.
pub async fn insert(tx: &TenantTx, row: Binding) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    insert_row(&tx.db(), row).await
}

/// Gives a role anywhere.
pub async fn insert_anywhere(tx: &FleetTx, row: Binding) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Takes a role away; [`StoreError::NotFound`] if it was not given.
pub async fn delete(tx: &TenantTx, id: BindingId) -> Result<()> {
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Takes a role away anywhere; [`StoreError::NotFound`] if it was not given.
pub async fn delete_anywhere(tx: &FleetTx, id: BindingId) -> Result<()> {
    let deleted = own_delete_anywhere(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: BindingId) -> Result<Option<Binding>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// The tenant's bindings.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<Binding>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// All bindings at nodes of a tenant.
pub async fn of_tenant(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).filter(Column::TenantId.eq(tenant)).all(&tx.db()).await?)
}

/// All bindings at the installation.
pub async fn of_installation(tx: &dyn InFleet) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).filter(Column::TenantId.is_null()).all(&tx.db()).await?)
}

/// All bindings of a subject.
pub async fn of_subject(tx: &dyn InFleet, subject: SubjectId) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).filter(Column::SubjectId.eq(subject)).all(&tx.db()).await?)
}

/// All bindings.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
