//! The deterministic simulation: the plane's ports, core, billing and store, two agents with their
//! ledgers, and people, on one thread and a turned clock, with a network and machines that fail by
//! seed. The same seed gives the same run, event by event.
//!
//! Start reading at [`run`]; `docs/faults.md` says what it proves and what it leaves out.

pub mod carrier;
pub mod cell;
pub mod chance;
pub mod clock;
pub mod fault;
pub mod intent;
pub mod invariant;
pub mod lockstep;
pub mod machine;
pub mod middle;
pub mod people;
pub mod plane;
pub mod planted;
pub mod process;
pub mod run;
pub mod swarm;
pub mod template;
pub mod trace;
pub mod wire;
pub mod world;
