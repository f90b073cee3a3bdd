//! The catalogue through its public surface: packages, forms, recipes, and a real Redis.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what tests share")]

mod connect;
mod fixture;
mod form;
mod form_change;
mod package;
mod real_redis;
mod recipe;
mod template;
