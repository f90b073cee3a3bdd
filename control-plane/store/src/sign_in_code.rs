//! One-time sign-in codes, of links and of OpenID Connect round trips.

use sea_orm::{ColumnTrait as _, QueryFilter as _};
use types::id::SubjectId;
use types::instant::Instant;

use crate::error::Result;
use crate::single_use::single_use;
use crate::table::table;
use crate::tx::{Connected as _, FleetTx};

table! {
    /// A one-time code to sign in with.
    SignInCode = "sign_in_code" {
        /// Lower-case hex SHA-256 of what was given out; the secret itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// Whom it signs in.
        subject_id: SubjectId,
        /// The session that it opens, by its id; none if it opens one of its own.
        client: Option<String>,
        /// When it was made.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was used up.
        used_at: Option<Instant>,
    }
}

single_use!(SignInCode for subject_id: SubjectId);

/// What the code of a hash opens, whether it was used or not.
pub async fn client_of(tx: &FleetTx, hash: &str) -> Result<Option<String>> {
    let row = own_anywhere(tx).filter(Column::Hash.eq(hash)).one(&tx.db()).await?;
    Ok(row.and_then(|row| row.client))
}
