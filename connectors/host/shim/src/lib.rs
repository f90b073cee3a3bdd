//! The keeper of one member's process, and the formats of the files it shares with the agent.
//!
//! One small program per member runs in a session of its own, so that an agent may come and go.
//! It starts the process, watches it, starts it again after a crash and writes down when. What
//! runs where and with which files is decided by `connectors-host`.

pub mod claim;
pub mod clean;
pub mod conversation;
pub mod directory;
pub mod durable;
pub mod journal;
pub mod keeper;
pub mod launch;
pub mod log;
pub mod moment;
pub mod process;
pub mod record;
pub mod restart;
