//! Groups of subjects, and who is in them.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, Order, QueryFilter, Select, UpdateMany};
use types::id::{GroupId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::standing;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// Subjects that are given roles together.
    Group = "subject_group" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: GroupId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Unique name within the tenant.
        name: String,
        /// Name for people.
        title: String,
        /// When it was made.
        created_at: Instant,
    }
}

impl Sorted for Group {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.name)
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
pub async fn insert(tx: &TenantTx, row: Group) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes its names.
pub async fn update(tx: &TenantTx, row: Group) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Removes one that nobody is in; [`StoreError::NotFound`] if there is none.
pub async fn delete(tx: &TenantTx, id: GroupId) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: GroupId) -> Result<Option<Group>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[GroupId]) -> Result<Vec<Group>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Those that have one of the names.
pub async fn by_names(tx: &dyn InTenant, names: &BTreeSet<String>) -> Result<Vec<Group>> {
    Ok(own(tx).filter(Column::Name.is_in(names.iter().cloned())).all(&tx.db()).await?)
}

/// The tenant's groups by name.
pub async fn list(tx: &dyn InTenant, page: &Page) -> Result<Paged<Group>> {
    page::fetch(own(tx), Column::Name, Order::Asc, page, &tx.db()).await
}
