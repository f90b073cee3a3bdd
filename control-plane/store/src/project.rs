//! Projects: the containers of resources below an organization.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::{OrganizationId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{Cursor, Sorted};
use crate::standing;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InFleet, InTenant, TenantTx, admit, admit_organization, of_projects};

table! {
    /// A container of resources.
    Project = "project" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: ProjectId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The organization that owns it.
        organization_id: OrganizationId,
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

impl Sorted for Project {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_projects(tx, Column::TenantId, Column::Id))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_projects(tx, Column::TenantId, Column::Id))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds a project below an organization in reach.
pub async fn insert(tx: &TenantTx, row: Project) -> Result<()> {
    standing::changed(&tx.db(), Some(row.tenant_id)).await?;
    admit_organization(tx, row.tenant_id, row.organization_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes a project.
pub async fn update(tx: &TenantTx, row: Project) -> Result<()> {
    standing::changed(&tx.db(), Some(row.tenant_id)).await?;
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id; deleted ones too.
pub async fn find(tx: &dyn InTenant, id: ProjectId) -> Result<Option<Project>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn InTenant, id: ProjectId) -> Result<Project> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: ProjectId) -> Result<Option<Project>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// By name; several organizations may use one name. Without deleted ones.
pub async fn by_name(tx: &dyn InTenant, name: &str) -> Result<Vec<Project>> {
    let named = own(tx).filter(Column::Name.eq(name)).filter(Column::DeletedAt.is_null());
    Ok(named.all(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[ProjectId]) -> Result<Vec<Project>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The projects of these organizations, deleted ones too.
pub async fn of_organizations(
    tx: &dyn InTenant,
    organizations: &[OrganizationId],
) -> Result<Vec<Project>> {
    let organizations = organizations.iter().copied();
    Ok(own(tx).filter(Column::OrganizationId.is_in(organizations)).all(&tx.db()).await?)
}

/// All projects in reach with one statement, deleted ones too.
pub async fn tree(tx: &dyn InTenant) -> Result<Vec<Project>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// All projects of a tenant with one statement, deleted ones too.
pub async fn of_tenant(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<Project>> {
    Ok(own_anywhere(tx).filter(Column::TenantId.eq(tenant)).all(&tx.db()).await?)
}

/// All projects of all tenants with one statement, deleted ones too.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Project>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
