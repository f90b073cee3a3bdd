//! Join tokens: what a new agent enrols with.

use types::id::CellId;
use types::instant::Instant;

use crate::single_use::single_use;
use crate::table::table;

table! {
    /// A one-time token that lets an agent enrol.
    JoinToken = "join_token" {
        /// Lower-case hex SHA-256 of what was given out; the secret itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// The cell it enrols.
        cell_id: CellId,
        /// When it was made.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was used up.
        used_at: Option<Instant>,
    }
}

single_use!(JoinToken for cell_id: CellId);
