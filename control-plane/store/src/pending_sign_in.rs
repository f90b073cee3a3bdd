//! Sign-ins through a provider that are on their way: any process of the plane can finish them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use types::id::{IdentityProviderId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::single_use::single_use;
use crate::table::table;
use crate::tx::InFleet;

table! {
    /// A browser that was sent to a provider and has not come back yet.
    PendingSignIn = "pending_sign_in" {
        /// Lower-case hex SHA-256 of the `state`; the state itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// Where it was sent.
        provider_id: IdentityProviderId,
        /// The provider's tenant.
        tenant_id: TenantId,
        /// Hash of the nonce that the id token must have.
        nonce_hash: String,
        /// Hash of the cookie of the browser that began.
        browser_hash: String,
        /// The secret of the code challenge (RFC 7636), sealed.
        verifier: String,
        /// Where in the portal to go then.
        return_path: String,
        /// When it began.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When the browser came back.
        used_at: Option<Instant>,
    }
}

single_use!(PendingSignIn for provider_id: IdentityProviderId);

fn own_seen_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// By hash, whether it is used or over or neither.
pub async fn find(tx: &dyn InFleet, hash: &str) -> Result<Option<PendingSignIn>> {
    Ok(own_seen_anywhere(tx).filter(Column::Hash.eq(hash)).one(&tx.db()).await?)
}
