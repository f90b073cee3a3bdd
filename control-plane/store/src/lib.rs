//! The database: one file per table, and the only ways to a row.
//!
//! **Ways in.** [`Store::begin`] (a [`Permit`](policies::permit::Permit) → [`TenantTx`]), [`Store::read`]
//! (a [`Scope`](policies::permit::Scope) → [`TenantRead`]), [`Store::cell`] and [`Store::cell_read`]
//! ([`CellTx`], [`CellRead`]), [`Store::fleet`] and [`Store::fleet_read`] ([`FleetTx`],
//! [`FleetRead`]). Reads take `&dyn InTenant`, `&dyn InCell`, `&dyn InFleet` or, for what belongs
//! to nobody, `&dyn Reader`; writes take the transaction.
//!
//! **Verbs**, the same in each table file: `insert` and `update` take a whole record (`update`
//! answers [`StoreError::NotFound`] out of reach); `find` → `Option`, `get` → or `NotFound`;
//! `lock` = `find` that holds the row until the end of the transaction; `by_ids` loads a batch;
//! `list` takes a [`Page`]. A function whose name ends in `_in_cell` serves a cell, one that ends
//! in `_anywhere` the fleet; `of_…` names what the rows belong to.
//!
//! **Events and audit** are written by [`outbox`] as the last statements before the commit.
//!
//! What may be done, and when, is decided in `core` and `billing`. No text leaves this crate to a
//! client.

#[cfg(all(feature = "mutant", not(debug_assertions)))]
compile_error!("the feature `mutant` takes the first wall between tenants away; it is for tests");

mod error;
mod executor;
mod lane;
mod migration;
#[cfg(feature = "mutant")]
pub mod mutant;
mod page;
mod store;
mod table;
mod tx;
mod words;

pub mod access_token;
pub mod application;
pub mod application_dependency;
pub mod application_part;
pub mod approval;
pub mod approval_entry;
pub mod approval_need;
pub mod approval_rule;
pub mod asset;
pub mod audit;
pub mod bill;
pub mod billing_period;
pub mod binding;
pub mod budget;
pub mod cell;
pub mod cell_head;
pub mod challenge;
pub mod charge;
pub mod configuration;
pub mod event;
pub mod examination;
pub mod external_identity;
pub mod external_session;
pub mod group;
pub mod group_member;
mod head;
pub mod idempotency;
pub mod identity_provider;
pub mod instance;
pub mod join_token;
pub mod licence;
pub mod lifecycle;
pub mod member;
pub mod offer;
pub mod offering;
pub mod operation;
pub mod operation_log;
pub mod organization;
pub mod outbox;
pub mod pending_sign_in;
pub mod plan;
pub mod planned_move;
pub mod price_book;
pub mod price_line;
pub mod price_version;
pub mod project;
pub mod quota;
pub mod role;
pub mod service_account;
pub mod session;
pub mod sign_in_code;
mod single_use;
pub mod standing;
pub mod subject;
pub mod task_lock;
pub mod tenant;
pub mod tree_event;
pub mod usage_flag;
pub mod usage_hour;
pub mod usage_loss;
pub mod usage_record;
pub mod verify;
pub mod wall;

pub use error::{BoxError, Result, StoreError};
pub use page::{Cursor, FIRST_MAX, Page, PageError, Paged, Sorted};
pub use store::{Engine, Store, StoreSettings};
pub use tx::{
    CellRead, CellTx, FleetRead, FleetTx, InCell, InFleet, InTenant, Reader, TenantRead, TenantTx,
    TenantWithin,
};
pub use words::{
    ApprovalEntryKind, ApprovalState, Audience, AuditOutcome, Covered, FlagKind, HolderKind,
    IdentityProviderState, NodeKind, PeriodState, PlannedMoveState, PriceModel, PriceScope,
    SubjectKind, SubjectState, TenantState, TreeEventKind, UsageStatus,
};
