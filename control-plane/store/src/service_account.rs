//! Service accounts: programs that can be given roles, each of one organization.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, UpdateMany};
use types::id::{OrganizationId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InTenant, TenantTx, admit_organization, of_organizations};

table! {
    /// A program that can be given roles.
    ServiceAccount = "service_account" {
        /// The subject that it is.
        #[sea_orm(primary_key, auto_increment = false)]
        subject_id: SubjectId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The organization that looks after it.
        organization_id: OrganizationId,
        /// The subject's name.
        name: String,
        /// Name for people.
        title: String,
        /// Name of who made it.
        created_by: String,
        /// When it was made.
        created_at: Instant,
        /// When it was deleted.
        deleted_at: Option<Instant>,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find()
        .filter(of_organizations(tx, Column::TenantId, Column::OrganizationId))
        .filter(Column::DeletedAt.is_null())
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_organizations(tx, Column::TenantId, Column::OrganizationId))
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: ServiceAccount) -> Result<()> {
    admit_organization(tx, row.tenant_id, row.organization_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes one.
pub async fn update(tx: &TenantTx, row: ServiceAccount) -> Result<()> {
    let update = own_update(tx).filter(Column::SubjectId.eq(row.subject_id));
    replace(&tx.db(), update, row).await
}

/// By the subject's id, unless it was deleted.
pub async fn find(tx: &dyn InTenant, id: SubjectId) -> Result<Option<ServiceAccount>> {
    Ok(own(tx).filter(Column::SubjectId.eq(id)).one(&tx.db()).await?)
}

/// All in reach, by name.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<ServiceAccount>> {
    Ok(own(tx).order_by_asc(Column::Name).all(&tx.db()).await?)
}
