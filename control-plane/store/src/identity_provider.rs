//! OpenID providers that people of a tenant sign in through.

use sea_orm::{
    ColumnTrait, DeleteMany, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany,
};
use types::id::{IdentityProviderId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};
use crate::words::IdentityProviderState;

table! {
    /// An OpenID provider of a tenant.
    IdentityProvider = "identity_provider" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: IdentityProviderId,
        /// Whose people sign in through it.
        tenant_id: TenantId,
        /// Unique name within the tenant.
        name: String,
        /// Name for people, on the sign-in page.
        title: String,
        /// Its issuer identifier, an https address.
        issuer: String,
        /// Who we are there.
        client_id: String,
        /// What we show to it, sealed; none for a public client.
        client_secret: Option<String>,
        /// What is asked for, separated by spaces.
        scopes: String,
        /// The claim that a new subject's name is taken from.
        name_claim: String,
        /// The claim that lists groups.
        groups_claim: Option<String>,
        /// JSON: our group by the claim's value.
        group_mapping: String,
        /// Whether someone unknown becomes a subject at the first sign-in.
        creates_people: bool,
        /// Whether someone unknown is taken for the subject of the same name.
        links_by_name: bool,
        /// Whether it is known to check S256 although it does not announce it.
        assumes_s256: bool,
        /// Whether people can sign in through it.
        state: IdentityProviderState,
        /// When it was made.
        created_at: Instant,
        /// When it was changed last.
        changed_at: Instant,
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

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: IdentityProvider) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes one.
pub async fn update(tx: &TenantTx, row: IdentityProvider) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Removes one; [`StoreError::NotFound`] if it is not there.
pub async fn delete(tx: &TenantTx, id: IdentityProviderId) -> Result<()> {
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: IdentityProviderId) -> Result<Option<IdentityProvider>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: IdentityProviderId) -> Result<Option<IdentityProvider>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// The tenant's providers by name; there are few of them.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<IdentityProvider>> {
    Ok(own(tx).order_by_asc(Column::Name).all(&tx.db()).await?)
}

/// By id, of any tenant.
pub async fn find_anywhere(
    tx: &dyn InFleet,
    id: IdentityProviderId,
) -> Result<Option<IdentityProvider>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// The same, kept as it is until the end: nobody removes or disables it meanwhile.
pub async fn hold_anywhere(
    tx: &FleetTx,
    id: IdentityProviderId,
) -> Result<Option<IdentityProvider>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).lock_shared().one(&tx.db()).await?)
}

/// Those of a tenant that people can sign in through, by name.
pub async fn active_anywhere(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<IdentityProvider>> {
    let active = own_anywhere(tx)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::State.eq(IdentityProviderState::Active))
        .order_by_asc(Column::Name);
    Ok(active.all(&tx.db()).await?)
}
