//! Challenges: what an agent signs to renew its certificate.

use types::id::CellId;
use types::instant::Instant;

use crate::single_use::single_use;
use crate::table::table;

table! {
    /// A random text for an agent to sign.
    Challenge = "challenge" {
        /// Lower-case hex SHA-256 of what was given out; the secret itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// The cell it was made for.
        cell_id: CellId,

        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was used up.
        used_at: Option<Instant>,
    }
}

single_use!(Challenge for cell_id: CellId);
