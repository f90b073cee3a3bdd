//! What is asked of the GraphQL API in Rust: documents with their variables and answers, and what
//! takes many of them. There is no transport here: the command line asks over HTTP, and the plane
//! asks itself.

pub mod ask;
pub mod page;
#[expect(missing_docs, reason = "fields are those of the schema, which says what they mean")]
pub mod query;
pub mod structure;
