//! One row per tenant, and one for the installation, with the last numbers of the feed and of the
//! audit chain, and how many members live.
//!
//! Whoever writes events takes this row last and keeps it until the commit, so numbers are
//! committed in their order and a resumed feed misses nothing. The sequences of the engines cannot
//! promise that.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::TenantId;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet};

table! {
    /// The last numbers given.
    Head = "head" {
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        event_number: i64,
        audit_number: i64,
        audit_hash: String,
        members: i64,
    }
}

/// Stands for the installation where a tenant's id is part of a key.
pub(crate) fn installation() -> TenantId {
    TenantId::from(Uuid::nil())
}

fn own(tenant: TenantId) -> Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(tenant))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update(tenant: TenantId) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::TenantId.eq(tenant))
}

/// The hash before the first row of a chain.
pub(crate) fn first_hash() -> String {
    "0".repeat(64)
}

/// Begins the feed and the chain of a tenant.
pub(crate) async fn insert(tx: &FleetTx, tenant: TenantId) -> Result<()> {
    let row = Head {
        tenant_id: tenant,
        event_number: 0,
        audit_number: 0,
        audit_hash: first_hash(),
        members: 0,
    };
    insert_row(&tx.db(), row).await
}

/// Takes the row until the end of the transaction. The caller has decided which tenant.
pub(crate) async fn lock(db: &Executor<'_>, tenant: TenantId) -> Result<Head> {
    own(tenant).lock_exclusive().one(db).await?.ok_or(StoreError::NotFound)
}

/// The last event's number, without waiting for those who write.
pub(crate) async fn find(db: &Executor<'_>, tenant: TenantId) -> Result<Option<Head>> {
    Ok(own(tenant).one(db).await?)
}

/// The last events' numbers of several tenants, without waiting for those who write.
pub(crate) async fn event_numbers(
    tx: &dyn InFleet,
    tenants: &[TenantId],
) -> Result<Vec<(TenantId, i64)>> {
    let rows = own_anywhere(tx)
        .filter(Column::TenantId.is_in(tenants.iter().copied()))
        .select_only()
        .columns([Column::TenantId, Column::EventNumber]);
    Ok(rows.into_tuple().all(&tx.db()).await?)
}

/// Keeps the new numbers; the last statement of its transaction.
pub(crate) async fn update(db: &Executor<'_>, row: Head) -> Result<()> {
    replace(db, own_update(row.tenant_id), row).await
}
