//! Decisions of the plane: one file per noun. No web, no GraphQL, no SQL.
//!
//! Every function that serves someone takes a [`call::Call`]; what it may touch follows from the
//! permit that the call gets.

mod absent;
mod access;

pub mod access_token;
pub mod address_range;
pub mod application;
pub mod approval;
pub mod approval_rule;
pub mod asset;
pub mod audit;
pub mod batch;
pub mod binding;
pub mod budget;
pub mod call;
pub mod cell;
pub mod comparison;
pub mod configuration;
pub mod desired;
pub mod error;
pub mod external_identity;
pub mod feed;
pub mod group;
pub mod idempotency;
pub mod identity_provider;
pub mod impersonation;
pub mod instance;
pub mod key;
pub mod licence;
pub mod limits;
pub mod nudge;
pub mod offering;
pub mod operation;
pub mod order;
pub mod organization;
pub mod page;
pub mod pending_sign_in;
pub mod placement;
pub mod plane;
pub mod planned_move;
pub mod preview;
pub mod price_book;
pub mod project;
pub mod quota;
pub mod recent;
mod reservation;
pub mod rights;
pub mod role;
pub mod selection;
pub mod service_account;
pub mod session;
pub mod sign_in;
pub mod structure;
pub mod subject;
pub mod task;
pub mod tenant;
pub mod token;
pub mod tree;
pub mod verify;
