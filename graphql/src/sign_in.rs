//! Codes for another sign-in of the same subject, and the end of a session.

use async_graphql::{InputObject, SimpleObject};
use control_plane_core::sign_in::FreshCode;

use crate::scalar::DateTime;

/// A code that was just made; it is shown once.
#[derive(SimpleObject)]
pub struct SignInCode {
    /// For `cellplane sign-in`; good once
    pub code: String,
    /// When it ends unused
    pub expires_at: DateTime,
}

impl From<FreshCode> for SignInCode {
    fn from(fresh: FreshCode) -> Self {
        Self { code: fresh.code.reveal().to_owned(), expires_at: DateTime(fresh.expires_at) }
    }
}

/// Asks for a code
#[derive(InputObject)]
pub struct CreateSignInCodeInput {
    /// New for each request
    pub idempotency_key: String,
}
