//! Stories about the whole product: through GraphQL and the agents' protocol only, with a real
//! database, members in memory and a clock that is turned by hand. `sqlite::`, `postgres::` and
//! `mariadb::` in a test's name tell the engine.

mod abuse;
mod access;
mod acknowledged;
mod application;
mod approval;
mod assets;
mod audit;
mod audit_chain;
mod batch;
mod cells;
mod configuration;
mod coverage;
mod doctor;
mod error_codes;
mod fault_absence;
mod fault_agent;
mod fault_clock;
mod fault_database;
mod fault_full;
mod fault_identity;
mod fault_member;
mod fault_plane;
mod fault_restore;
mod impersonation;
mod large_tree;
mod licence;
mod life;
mod offering;
mod organization;
mod package;
mod preview;
mod quota;
mod repetition;
mod session;
mod sign_in_provider;
mod sign_in_real;
mod sign_in_refused;
mod statement;
mod tenant;
mod token;
mod two_planes;
mod verify;
mod viewer;
mod wall;
