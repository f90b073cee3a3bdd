//! Billing on a real database: usage in, months closed, bills read, exports recomputed.

#[path = "../../../tests/src/engine.rs"]
#[expect(dead_code, reason = "other packages use the rest")]
mod engine;

mod bills;
mod closing;
mod ingest;
mod oracle;
mod world;
