//! From usage to bills: taking usage records in, closing months, showing and exporting bills.
//!
//! All arithmetic is in `billing-rating`; here is what surrounds it: which rows it needs, when a
//! month may close, and who may see what. The rules in plain words are in `docs/money.md`.

pub mod attribution;
pub mod bill;
pub mod closing;
pub mod completeness;
pub mod cost;
pub mod export;
pub mod ingest;
mod month;
pub mod period;
pub mod recompute;
mod source;
pub mod task;
pub mod verify;
