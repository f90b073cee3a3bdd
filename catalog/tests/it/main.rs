//! The catalogue through its public surface: packages, forms, recipes, and real products.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what tests share")]

mod connect;
mod fixture;
mod form;
mod form_change;
mod list;
mod origin;
mod package;
mod pem;
mod real;
mod real_memcached;
mod real_nginx;
mod real_redis;
mod recipe;
mod template;
