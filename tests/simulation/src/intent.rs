//! What people tried to change, and what they know about it.

use serde_json::Value;

/// What a person knows of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// No answer came yet.
    Nothing,
    /// It was done, for this instance.
    Done {
        /// The instance's id.
        instance: String,
    },
    /// It was refused, so nothing changed.
    Refused(String),
}

/// A change that somebody wants.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The mutation's name.
    pub mutation: &'static str,
    /// The query around it.
    pub query: &'static str,
    /// Its input but for the key.
    pub input: Value,
    /// The key, the same in every repetition.
    pub key: String,
    /// Of an order: the name and how many members it has.
    pub order: Option<(String, usize)>,
    /// What is known about it.
    pub known: Known,
}
