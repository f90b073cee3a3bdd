//! What in an application needs what.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, Condition, DeleteMany, EntityTrait, QueryFilter, QueryOrder as _, Select,
};
use types::id::{ApplicationId, InstanceId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{CellTx, Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// A part of an application that needs another one.
    ApplicationDependency = "application_dependency" {
        /// Which application.
        #[sea_orm(primary_key, auto_increment = false)]
        application_id: ApplicationId,
        /// What needs.
        #[sea_orm(primary_key, auto_increment = false)]
        instance_id: InstanceId,
        /// What is needed.
        #[sea_orm(primary_key, auto_increment = false)]
        needs_id: InstanceId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Since when.
        added_at: Instant,
    }
}

/// Who sees an instance is decided where it is looked up.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete_in_cell(_: &CellTx, id: InstanceId) -> DeleteMany<Entity> {
    Entity::delete_many().filter(names(id))
}

/// Those that name the instance on either side.
fn names(id: InstanceId) -> Condition {
    Condition::any().add(Column::InstanceId.eq(id)).add(Column::NeedsId.eq(id))
}

/// Adds one; [`StoreError::Conflict`] if it is there.
pub async fn insert(tx: &TenantTx, row: ApplicationDependency) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Removes one; [`StoreError::NotFound`] if there is none.
pub async fn delete(
    tx: &TenantTx,
    id: ApplicationId,
    instance: InstanceId,
    needs: InstanceId,
) -> Result<()> {
    let one = own_delete(tx)
        .filter(Column::ApplicationId.eq(id))
        .filter(Column::InstanceId.eq(instance))
        .filter(Column::NeedsId.eq(needs));
    let deleted = one.exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Removes all that a part of an application needs or is needed for.
pub async fn delete_of(tx: &TenantTx, id: ApplicationId, instance: InstanceId) -> Result<()> {
    let of = own_delete(tx).filter(Column::ApplicationId.eq(id)).filter(names(instance));
    of.exec(&tx.db()).await?;
    Ok(())
}

/// Removes all of an application.
pub async fn delete_all(tx: &TenantTx, id: ApplicationId) -> Result<()> {
    own_delete(tx).filter(Column::ApplicationId.eq(id)).exec(&tx.db()).await?;
    Ok(())
}

/// Removes all that one of the cell's instances, which is gone, needed or was needed for.
pub async fn delete_in_cell(tx: &CellTx, id: InstanceId) -> Result<()> {
    own_delete_in_cell(tx, id).exec(&tx.db()).await?;
    Ok(())
}

/// All of an application.
pub async fn of_application(
    tx: &dyn InTenant,
    id: ApplicationId,
) -> Result<Vec<ApplicationDependency>> {
    Ok(own(tx).filter(Column::ApplicationId.eq(id)).all(&tx.db()).await?)
}

/// What some instances need in some applications, in order of what is needed.
pub async fn of_parts(
    tx: &dyn InTenant,
    ids: &BTreeSet<ApplicationId>,
    instances: &BTreeSet<InstanceId>,
) -> Result<Vec<ApplicationDependency>> {
    let of = own(tx)
        .filter(Column::ApplicationId.is_in(ids.iter().copied()))
        .filter(Column::InstanceId.is_in(instances.iter().copied()));
    Ok(of.order_by_asc(Column::NeedsId).all(&tx.db()).await?)
}
