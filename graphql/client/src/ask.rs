//! Whoever can be asked.

use crate::query::Document;
use crate::structure::StructureError;

/// Asks the API in somebody's name.
pub trait Ask: Sync {
    /// Why there is no answer.
    type Error: From<StructureError> + Send;

    /// Asks one question.
    fn ask<D: Document>(
        &self,
        variables: &D::Variables,
    ) -> impl Future<Output = Result<D::Answer, Self::Error>> + Send;

    /// The idempotency key of the next change.
    fn new_key(&self) -> String;

    /// How many things of one kind are read at most where all of them are needed.
    fn most(&self) -> u32;
}
