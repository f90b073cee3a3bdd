//! Who may do what: Casbin and nothing else.
//!
//! Rules and bindings come in as values; what is kept where is the store's affair, and the tree is
//! asked through [`tree::Tree`]. Only this crate can make a [`permit::Permit`] or a
//! [`permit::Scope`], so holding one proves that the question was asked.

pub mod action;
pub mod permit;
pub mod rights;
pub mod role;
pub mod tree;

mod index;

pub use action::Action;
pub use permit::{CellIdentity, FleetPermit, Permit, Reach, Scope, Task};
pub use rights::{Denied, Rights};
pub use role::{AnyRole, Binding, Effect, Holder, Membership, Node, OwnRole, Part, Role, Rules};
