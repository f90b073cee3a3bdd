//! What an agent drives: the traits, the in-memory runtime for stories, and the contract that every
//! runtime passes.

pub mod contract;
pub mod memory;
pub mod preflight;
pub mod runtime;
