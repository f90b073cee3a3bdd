//! What is needed to sign out at the provider as well, of sessions that came through one.

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select};
use types::id::{IdentityProviderId, SessionId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, of_tenant};

table! {
    /// A session that came through a provider.
    ExternalSession = "external_session" {
        /// The session.
        #[sea_orm(primary_key, auto_increment = false)]
        session_id: SessionId,
        /// The provider.
        provider_id: IdentityProviderId,
        /// Its tenant.
        tenant_id: TenantId,
        /// The id token, sealed; a hint for the provider whom to sign out.
        id_token: String,
        /// When the session ends.
        expires_at: Instant,
    }
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

/// Adds one.
pub async fn insert_anywhere(tx: &FleetTx, row: ExternalSession) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Of a session, if it came through a provider.
pub async fn find_anywhere(
    tx: &dyn InFleet,
    session: SessionId,
) -> Result<Option<ExternalSession>> {
    Ok(own_anywhere(tx).filter(Column::SessionId.eq(session)).one(&tx.db()).await?)
}

/// Sessions of the tenant that came through a provider.
pub async fn of_provider(
    tx: &dyn InTenant,
    provider: IdentityProviderId,
) -> Result<Vec<ExternalSession>> {
    Ok(own(tx).filter(Column::ProviderId.eq(provider)).all(&tx.db()).await?)
}

/// Forgets one that was ended.
pub async fn delete_anywhere(tx: &FleetTx, session: SessionId) -> Result<()> {
    own_delete_anywhere(tx).filter(Column::SessionId.eq(session)).exec(&tx.db()).await?;
    Ok(())
}

/// Forgets all that came through a provider.
pub async fn delete_of_provider(tx: &TenantTx, provider: IdentityProviderId) -> Result<()> {
    own_delete(tx).filter(Column::ProviderId.eq(provider)).exec(&tx.db()).await?;
    Ok(())
}

/// Removes those whose session ended before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let over = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
    Ok(over.exec(&tx.db()).await?.rows_affected)
}
