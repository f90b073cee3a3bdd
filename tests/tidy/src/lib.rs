//! Checks over the source tree: who imports whom, sizes, words, and bans that no compiler knows.
//!
//! Each check is a pure function from text to findings, with a planted fault beside it that it must
//! see. `tests/tidy.rs` runs them over the tree. What clippy can check is left to clippy.

pub mod attribute;
pub mod ban;
pub mod exception;
pub mod finding;
pub mod graph;
pub mod import;
pub mod licence;
pub mod lock;
pub mod manifest;
pub mod mask;
pub mod name;
pub mod place;
pub mod schema;
pub mod size;
pub mod source;
pub mod table;
pub mod tree;
pub mod version;
