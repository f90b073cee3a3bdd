//! Budgets: what becomes of what would pass one.

use crate::text_enum;

text_enum! {
    /// What a budget does.
    BudgetAction {
        /// Orders and moves that would pass it are refused.
        Block = "block",
        /// It is only shown.
        Note = "note",
    }
}
