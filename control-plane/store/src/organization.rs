//! Organizations: the nodes of a tenant's tree.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::{OrganizationId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{Cursor, Sorted};
use crate::standing;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{
    Connected, FleetTx, InFleet, InTenant, TenantTx, admit, admit_organization, of_organizations,
};

table! {
    /// A node of a tenant's tree.
    Organization = "organization" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: OrganizationId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The organization above; none for the root.
        parent_id: Option<OrganizationId>,
        /// Name for addresses and commands.
        name: String,
        /// Name for people.
        title: String,
        /// When it was made.
        created_at: Instant,
        /// When it was deleted; its bills still need it.
        deleted_at: Option<Instant>,
    }
}

impl Sorted for Organization {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_organizations(tx, Column::TenantId, Column::Id))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_organizations(tx, Column::TenantId, Column::Id))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds an organization below one in reach.
pub async fn insert(tx: &TenantTx, row: Organization) -> Result<()> {
    standing::changed(&tx.db(), Some(row.tenant_id)).await?;
    match row.parent_id {
        Some(parent) => admit_organization(tx, row.tenant_id, parent)?,
        None => admit(tx, row.tenant_id)?,
    }
    insert_row(&tx.db(), row).await
}

/// Adds an organization for an operator: the root of a new tenant.
pub async fn insert_anywhere(tx: &FleetTx, row: Organization) -> Result<()> {
    standing::changed(&tx.db(), Some(row.tenant_id)).await?;
    insert_row(&tx.db(), row).await
}

/// Changes an organization.
pub async fn update(tx: &TenantTx, row: Organization) -> Result<()> {
    standing::changed(&tx.db(), Some(row.tenant_id)).await?;
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id; deleted ones too.
pub async fn find(tx: &dyn InTenant, id: OrganizationId) -> Result<Option<Organization>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn InTenant, id: OrganizationId) -> Result<Organization> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: OrganizationId) -> Result<Option<Organization>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[OrganizationId]) -> Result<Vec<Organization>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// All organizations in reach with one statement, deleted ones too.
pub async fn tree(tx: &dyn InTenant) -> Result<Vec<Organization>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// All organizations of a tenant with one statement, deleted ones too.
pub async fn of_tenant(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<Organization>> {
    Ok(own_anywhere(tx).filter(Column::TenantId.eq(tenant)).all(&tx.db()).await?)
}

/// All organizations of all tenants with one statement, deleted ones too.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Organization>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
