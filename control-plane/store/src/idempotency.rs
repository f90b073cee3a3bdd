//! What repeated mutations are answered from.

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select};
use types::id::{SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::head;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};

table! {
    /// The outcome of a mutation that may be asked for again.
    Idempotency = "idempotency" {
        /// Where it was asked for; [`installation`] for what belongs to no tenant.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Who asked.
        #[sea_orm(primary_key, auto_increment = false)]
        subject_id: SubjectId,
        /// Name of the mutation.
        #[sea_orm(primary_key, auto_increment = false)]
        mutation: String,
        /// The key that the client chose.
        #[sea_orm(primary_key, auto_increment = false)]
        key: String,
        /// Lower-case hex SHA-256 of the input.
        input_hash: String,
        /// The ids that were made, as canonical JSON.
        outcome: String,
        /// When.
        created_at: Instant,
    }
}

/// Stands for a tenant in keys of what belongs to the installation.
pub fn installation() -> TenantId {
    head::installation()
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Keeps an outcome; [`crate::StoreError::Conflict`] if another transaction was first.
pub async fn insert(tx: &TenantTx, row: Idempotency) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Keeps an outcome in the place of what was kept under the key before, if anything was.
pub async fn replace(tx: &TenantTx, row: Idempotency) -> Result<()> {
    let before = own_delete(tx)
        .filter(Column::SubjectId.eq(row.subject_id))
        .filter(Column::Mutation.eq(&row.mutation))
        .filter(Column::Key.eq(&row.key));
    before.exec(&tx.db()).await?;
    insert(tx, row).await
}

/// Keeps an outcome of a tenant or of the installation.
pub async fn insert_anywhere(tx: &FleetTx, row: Idempotency) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// The outcome kept under a key.
pub async fn find(
    tx: &dyn InTenant,
    subject: SubjectId,
    mutation: &str,
    key: &str,
) -> Result<Option<Idempotency>> {
    let kept = own(tx)
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::Mutation.eq(mutation))
        .filter(Column::Key.eq(key));
    Ok(kept.one(&tx.db()).await?)
}

/// The outcome kept under a key at a tenant or at the [`installation`].
pub async fn find_anywhere(
    tx: &dyn InFleet,
    home: TenantId,
    subject: SubjectId,
    mutation: &str,
    key: &str,
) -> Result<Option<Idempotency>> {
    let kept = own_anywhere(tx)
        .filter(Column::TenantId.eq(home))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::Mutation.eq(mutation))
        .filter(Column::Key.eq(key));
    Ok(kept.one(&tx.db()).await?)
}

/// Removes those kept before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let old = own_delete_anywhere(tx).filter(Column::CreatedAt.lt(instant));
    Ok(old.exec(&tx.db()).await?.rows_affected)
}
