//! The plane from outside: real sockets, real TLS, a real database, a clock that is turned by hand.

mod agents;
mod api;
mod command;
mod demo;
mod doctor;
mod headers;
mod renewal;
mod sign_in;
mod sockets;
mod start;
mod support;
mod usage;
