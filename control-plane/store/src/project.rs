//! Projects: the containers of resources below an organization.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::{OrganizationId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{Cursor, Sorted};
use crate::table::{Row, insert_all as insert_rows, replace, table};
use crate::tenant::next_tree_revision;
use crate::tx::{
    Connected, InFleet, InTenant, TenantTx, admit, admit_organization, admit_project, of_projects,
    of_tenant,
};

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
        /// The revision of the tenant's tree that it was changed with last; set when it is written.
        revision: i64,
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

/// A tree is kept as a whole, and cut to what somebody reaches in memory.
fn own_whole_tenant(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

/// One of them. Whether it is in reach is looked up in memory: a scope can name more projects than
/// a statement may have parameters.
fn own_one(tx: &dyn InTenant, id: ProjectId) -> Result<Select<Entity>> {
    admit_project(tx, tx.tenant(), id).map_err(|_| StoreError::NotFound)?;
    let one = of_tenant(tx, Column::TenantId).add(Column::Id.eq(id));
    Ok(Entity::find().filter(one))
}

fn own_update(tx: &TenantTx, id: ProjectId) -> Result<UpdateMany<Entity>> {
    admit_project(tx, tx.tenant(), id).map_err(|_| StoreError::NotFound)?;
    let one = of_tenant(tx, Column::TenantId).add(Column::Id.eq(id));
    Ok(Entity::update_many().filter(one))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds a project below an organization in reach.
pub async fn insert(tx: &TenantTx, row: Project) -> Result<()> {
    insert_all(tx, vec![row]).await
}

/// Adds many at once, each below an organization in reach.
pub async fn insert_all(tx: &TenantTx, mut rows: Vec<Project>) -> Result<()> {
    let revision = next_tree_revision(&tx.db(), tx.tenant()).await?;
    for row in &mut rows {
        admit_organization(tx, row.tenant_id, row.organization_id)?;
        row.revision = revision;
    }
    insert_rows(&tx.db(), rows).await
}

/// Changes a project.
pub async fn update(tx: &TenantTx, mut row: Project) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx, row.id)?;
    row.revision = next_tree_revision(&tx.db(), tx.tenant()).await?;
    replace(&tx.db(), update, row).await
}

/// By id; deleted ones too.
pub async fn find(tx: &dyn InTenant, id: ProjectId) -> Result<Option<Project>> {
    let Ok(one) = own_one(tx, id) else { return Ok(None) };
    Ok(one.one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn InTenant, id: ProjectId) -> Result<Project> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: ProjectId) -> Result<Option<Project>> {
    let Ok(one) = own_one(tx, id) else { return Ok(None) };
    Ok(one.lock_exclusive().one(&tx.db()).await?)
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

/// Those of the whole tenant that live, or that were changed behind a revision of the tree, deleted
/// ones too.
pub async fn changed(tx: &dyn InTenant, behind: Option<i64>) -> Result<Vec<Project>> {
    let which = match behind {
        None => Column::DeletedAt.is_null(),
        Some(revision) => Column::Revision.gt(revision),
    };
    let rows = own_whole_tenant(tx).filter(which).into_model::<Row<Project>>();
    Ok(rows.all(&tx.db()).await?.into_iter().map(|row| row.0).collect())
}

/// All projects of all tenants with one statement, deleted ones too.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Project>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
