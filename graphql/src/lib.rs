//! Translation between GraphQL and the decisions: one file per noun. No rule lives here and no SQL
//! can be written here.

pub mod access;
pub mod access_token;
pub mod asset;
pub mod audit;
pub mod batch;
pub mod bill;
pub mod binding;
pub mod cell;
pub mod comparison;
pub mod configuration;
pub mod context;
pub mod document;
pub mod error;
pub mod event;
pub mod group;
pub mod identity_provider;
pub mod impersonation;
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
pub mod quota;
pub mod refusal;
pub mod role;
pub mod scalar;
pub mod schema;
pub mod service_account;
pub mod session;
pub mod sign_in;
pub mod subject;
pub mod subscription;
pub mod tenant;
pub mod tree;
pub mod viewer;
pub mod waiting;

pub use schema::{Schema, schema};
