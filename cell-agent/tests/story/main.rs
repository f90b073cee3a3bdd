//! Stories of an agent: the real one, over real TLS, with a plane by script, members in memory and
//! a clock that is turned by hand.

mod authority;
mod cell;
mod complete;
#[path = "../../../tests/src/disk.rs"]
mod disk;
mod enrolment;
mod full;
mod fuse;
mod killed;
mod late;
mod life;
mod plane;
mod spool;
mod trouble;
mod usage;
