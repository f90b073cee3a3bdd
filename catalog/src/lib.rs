//! Middleware packages: their format and their content. A package is data; adding one changes no
//! Rust.
//!
//! Everything here is pure: forms are checked, recipes rendered and connections described from
//! values alone. Running what was rendered is left to the connectors, keeping it to the plane.

pub mod amount;
pub mod connect;
pub mod embedded;
pub mod form;
pub mod manifest;
pub mod package;
pub mod parameter;
pub mod pem;
pub mod recipe;
pub mod secret;
mod template;
pub mod text;
pub mod topology;

pub use embedded::{Catalog, CatalogError};
pub use package::{Package, PackageError};
