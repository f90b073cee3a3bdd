//! Translation between GraphQL and the decisions: one file per noun. No rule lives here and no SQL
//! can be written here.

pub mod asset;
pub mod audit;
pub mod batch;
pub mod bill;
pub mod cell;
pub mod comparison;
pub mod configuration;
pub mod context;
pub mod document;
pub mod error;
pub mod event;
pub mod instance;
pub mod limit;
pub mod loader;
pub mod mutation;
pub mod node;
pub mod offering;
pub mod operation;
pub mod order;
pub mod organization;
pub mod page;
pub mod project;
pub mod query;
pub mod refusal;
pub mod scalar;
pub mod schema;
pub mod sign_in;
pub mod subscription;
pub mod tenant;
pub mod tree;
pub mod viewer;
pub mod waiting;

pub use schema::{Schema, schema};
