//! Middleware packages: their format and their content. A package is data; adding one changes no
//! Rust.

pub mod recipe;
