//! One-time sign-in codes, of links and of OpenID Connect round trips.

use types::id::SubjectId;
use types::instant::Instant;

use crate::single_use::single_use;
use crate::table::table;

table! {
    /// A one-time code to sign in with.
    SignInCode = "sign_in_code" {
        /// Lower-case hex SHA-256 of what was given out; the secret itself is nowhere.
        #[sea_orm(primary_key, auto_increment = false)]
        hash: String,
        /// Whom it signs in.
        subject_id: SubjectId,
        /// What asked for it; none for a link of the installation.
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
