//! Stories about the whole product: through GraphQL and the agents' protocol only, with a real
//! database, members in memory and a clock that is turned by hand. `sqlite::` and `postgres::` in
//! a test's name tell the engine.

mod audit;
mod cells;
mod coverage;
mod doctor;
mod error_codes;
mod fault_agent;
mod fault_identity;
mod fault_member;
mod fault_plane;
mod licence;
mod life;
mod preview;
mod repetition;
mod statement;
mod verify;
