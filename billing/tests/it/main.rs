//! Billing on a real database: usage in, months closed, bills read, exports recomputed.

mod bills;
mod closing;
mod ingest;
mod oracle;
mod world;
