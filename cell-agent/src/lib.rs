//! The agent of a cell: takes in what is wanted, makes it true through a runtime, reports what it
//! sees and meters what is used. It goes on without the plane, and it may be killed at any moment.
//!
//! Start reading at [`agent`], then `reconcile` (what is to be done) and `operation` (doing it).

pub mod agent;
pub mod command;
mod condition;
pub mod config;
mod enrol;
#[cfg(feature = "fire")]
mod enter;
mod identity;
mod key;
mod ledger;
mod link;
mod meter;
mod observe;
mod offset;
mod operation;
mod package;
mod plane;
mod probe;
mod reconcile;
mod redact;
mod report;
mod site;
mod spool;
mod state_dir;
mod time;
mod tls;
mod trouble;
pub mod way;
mod worker;
