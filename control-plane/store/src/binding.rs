//! Bindings: roles given to subjects and groups at a node, for all below it, and denials.

use sea_orm::{
    ColumnTrait, DeleteMany, EntityTrait, Order, PaginatorTrait as _, QueryFilter, QueryTrait as _,
    Select,
};
use types::id::{BindingId, SubjectId, TenantId};
use types::instant::Instant;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::standing;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant as in_tenant};
use crate::words::HolderKind;

table! {
    /// A role given to a subject or a group at a node, or denied.
    Binding = "binding" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: BindingId,
        /// Whose node; none for the installation.
        tenant_id: Option<TenantId>,
        /// Id of the subject or group.
        holder_id: Uuid,
        /// The role's name; of one that the tenant made, its id.
        role: String,
        /// Text form of the node's id, or `installation`.
        node: String,
        /// When it was given.
        created_at: Instant,
        /// Which of both it is.
        holder_kind: HolderKind,
        /// `allow` or `deny`.
        effect: String,
    }
}

impl Sorted for Binding {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
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

/// Gives a role in the tenant.
pub async fn insert(tx: &TenantTx, row: Binding) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    standing::changed(&tx.db(), row.tenant_id).await?;
    insert_row(&tx.db(), row).await
}

/// Gives a role anywhere.
pub async fn insert_anywhere(tx: &FleetTx, row: Binding) -> Result<()> {
    standing::changed(&tx.db(), row.tenant_id).await?;
    insert_row(&tx.db(), row).await
}

/// Takes a role away; [`StoreError::NotFound`] if it was not given.
pub async fn delete(tx: &TenantTx, id: BindingId) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: BindingId) -> Result<Option<Binding>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// How often a role is bound in the tenant.
pub async fn count_of_role(tx: &dyn InTenant, role: &str) -> Result<u64> {
    Ok(own(tx).filter(Column::Role.eq(role)).count(&tx.db()).await?)
}

/// A page of what is bound at a node, to a holder, or at all.
pub async fn page(
    tx: &dyn InTenant,
    node: Option<&str>,
    holder: Option<Uuid>,
    page: &Page,
) -> Result<Paged<Binding>> {
    let bound = own(tx)
        .apply_if(node, |query, node| query.filter(Column::Node.eq(node)))
        .apply_if(holder, |query, holder| query.filter(Column::HolderId.eq(holder)));
    page::fetch(bound, Column::Id, Order::Asc, page, &tx.db()).await
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

/// All bindings of a subject, without those of its groups.
pub async fn of_subject(tx: &dyn InFleet, subject: SubjectId) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).filter(Column::HolderId.eq(subject.uuid())).all(&tx.db()).await?)
}

/// All bindings.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Binding>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}

/// Takes away all that a group or subject of the tenant holds; says how much that was.
pub async fn delete_of(tx: &TenantTx, holder: Uuid) -> Result<u64> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let deleted = own_delete(tx).filter(Column::HolderId.eq(holder)).exec(&tx.db()).await?;
    Ok(deleted.rows_affected)
}

/// Takes away all that is bound at a node that is gone.
pub async fn delete_at(tx: &TenantTx, node: &str) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    own_delete(tx).filter(Column::Node.eq(node)).exec(&tx.db()).await?;
    Ok(())
}
