//! The arithmetic of bills: from prices, histories and usage records to charges and bills.
//!
//! Pure functions only: no I/O, no clock, no randomness. The plane's core asks it for the price in
//! a preview, `billing` closes months with it, and the recomputation of an export replays a whole
//! tenant with it; all three go through [`rate::pieces`] or its resolution of prices, so that a
//! preview, a bill and its recomputation cannot differ. The rules in plain words are in
//! `docs/money.md`.
//!
//! What is left to others: storing anything, deciding when a month may close, and asking the
//! database for the facts that [`acceptance::decide`] wants.

pub mod acceptance;
pub mod amount;
pub mod bill;
pub mod calendar;
pub mod charge;
pub mod closing;
pub mod correction;
pub mod credit;
pub mod error;
pub mod explain;
pub mod files;
pub mod gap;
pub mod ground;
pub mod knowledge;
pub mod lifecycle;
pub mod meter;
pub mod piece;
pub mod preview;
pub mod price;
pub mod rate;
pub mod rates;
mod reading;
pub mod tenant;
mod tier;
pub mod timeline;
pub mod tree;
pub mod usage;
pub mod world;
