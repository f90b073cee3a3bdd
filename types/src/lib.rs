//! Plain data that crosses a boundary: ids, time, money, specifications and states.
//!
//! No I/O and no runtime here; what reads a database, a clock or a socket lives elsewhere. The one
//! exception is [`clock::SystemClock`], the single place that asks the machine for the time.

pub mod backoff;
pub mod budget;
pub mod cell;
pub mod clock;
pub mod generation;
pub mod id;
pub mod instance;
pub mod instant;
pub mod interval;
pub mod meter;
pub mod money;
pub mod name;
pub mod operation;
pub mod quota;
pub mod random;
pub mod secret;
pub mod size;
pub mod text_enum;

#[cfg(feature = "db")]
#[doc(hidden)]
pub use sea_orm;

#[doc(hidden)]
pub use serde;
