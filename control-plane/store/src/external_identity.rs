//! Who the people of an OpenID provider are here.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};
use types::id::{IdentityProviderId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, TenantTx, of_tenant};

table! {
    /// Somebody of a provider and the subject that they are here.
    ExternalIdentity = "external_identity" {
        /// The provider.
        #[sea_orm(primary_key, auto_increment = false)]
        provider_id: IdentityProviderId,
        /// Lower-case hex SHA-256 of the provider's name for them (`sub`), byte for byte.
        #[sea_orm(primary_key, auto_increment = false)]
        external_hash: String,
        /// The provider's name for them.
        external: String,
        /// The provider's tenant.
        tenant_id: TenantId,
        /// Who they are here.
        subject_id: SubjectId,
        /// When they signed in first.
        created_at: Instant,
        /// When they signed in last.
        last_used_at: Instant,
    }
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Adds one.
pub async fn insert_anywhere(tx: &FleetTx, row: ExternalIdentity) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Who somebody of a provider is here.
pub async fn find_anywhere(
    tx: &dyn InFleet,
    provider: IdentityProviderId,
    external_hash: &str,
) -> Result<Option<ExternalIdentity>> {
    let known = own_anywhere(tx)
        .filter(Column::ProviderId.eq(provider))
        .filter(Column::ExternalHash.eq(external_hash));
    Ok(known.one(&tx.db()).await?)
}

/// Notes that somebody signed in.
pub async fn touch_anywhere(
    tx: &FleetTx,
    provider: IdentityProviderId,
    external_hash: &str,
    now: Instant,
) -> Result<()> {
    let touched = own_update_anywhere(tx)
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::ProviderId.eq(provider))
        .filter(Column::ExternalHash.eq(external_hash));
    touched.exec(&tx.db()).await?;
    Ok(())
}

/// Forgets everybody of a provider.
pub async fn delete_of_provider(tx: &TenantTx, provider: IdentityProviderId) -> Result<()> {
    own_delete(tx).filter(Column::ProviderId.eq(provider)).exec(&tx.db()).await?;
    Ok(())
}
