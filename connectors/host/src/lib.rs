//! Members as processes of this host, each with a user, a directory, a port and a keeper of its own.
//!
//! The keeper is the program of `connectors-host-shim`; it outlives the agent. Here is what decides
//! where a member is and what its process looks like, and what brings the product's files here.

mod command;
mod config;
mod exchange;
pub mod fact;
mod failure;
mod file;
mod media;
mod place;
mod preflight;
mod runtime;
mod shim;

pub use config::HostConfig;
pub use connectors_host_shim::record::RestartRule;
pub use runtime::HostRuntime;
