//! The program in the middle: transport and wiring. Decisions are in `core`, bills in `billing`.
//!
//! Start reading at [`wiring`].

pub mod agent_api;
pub mod ca;
pub mod command;
pub mod config;
pub mod doctor;
pub mod home;
pub mod http;
pub mod listener;
pub mod log;
pub mod metrics;
pub mod nudge;
pub mod openid;
pub mod tls;
pub mod wiring;
