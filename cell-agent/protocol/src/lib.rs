//! Messages between agent and plane: JSON over HTTPS with mutual TLS, version 1.
//!
//! The agent always calls; every message is a POST to `/agent/v1/<name>`. A field may be added, and
//! what is not known is ignored by the receiver; nothing is renamed or removed within a version.
//! Every message has a golden file that must go on parsing.

pub mod desired;
pub mod enrol;
pub mod error;
pub mod observed;
pub mod session;
pub mod usage;

/// The version of this protocol; stands in the path and in the opening of a session.
pub const VERSION: u32 = 1;
