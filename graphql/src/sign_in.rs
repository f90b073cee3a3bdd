//! Codes for another sign-in of the same subject, and the end of a session.

use async_graphql::{InputObject, SimpleObject};

use crate::scalar::DateTime;

/// A code that was just made; it is shown once.
#[derive(SimpleObject)]
pub struct SignInCode {
    /// For `cellplane sign-in`; good once
    pub code: String,
    /// When it ends unused
    pub expires_at: DateTime,
}

/// Asks for a code
#[derive(InputObject)]
pub struct CreateSignInCodeInput {
    /// New for each request
    pub idempotency_key: String,
}
