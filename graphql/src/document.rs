//! Documents that were parsed and admitted lately: programs send the same few again and again.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::ServerResult;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use lru::LruCache;

use crate::limit::{self, Excess};

/// So many are kept.
const DOCUMENTS: NonZeroUsize = NonZeroUsize::new(128).unwrap();
/// Longer ones are parsed each time, so that the memory stays small.
const BYTES_MAX: usize = 4_096;

/// Documents by their text.
pub struct Documents(Mutex<LruCache<String, Arc<ExecutableDocument>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DOCUMENTS)))
    }
}

impl Documents {
    /// The document of the text, if it is one and not too large.
    pub fn read(&self, text: &str) -> ServerResult<Arc<ExecutableDocument>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        limit::admit_text(text)?;
        let document = parse_query(text).map_err(|error| Excess::Syntax.mark(error.into()))?;
        limit::admit(&document)?;
        let document = Arc::new(document);
        if text.len() <= BYTES_MAX {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.put(text.to_owned(), document.clone());
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_is_kept(text: &str, expected: bool) {
        let documents = Documents::default();
        let read = || documents.read(text).expect("it is a document");
        assert_eq!(Arc::ptr_eq(&read(), &read()), expected);
    }

    #[test]
    fn a_document_is_read_once_and_a_long_one_each_time() {
        check_is_kept("{ viewer { __typename } }", true);
        let long = format!("{{ viewer {{ __typename }} }} # {}", "long ".repeat(BYTES_MAX / 5));
        check_is_kept(&long, false);
    }

    #[test]
    fn what_was_refused_is_refused_again() {
        let documents = Documents::default();
        let aliases: String = (0..16).map(|number| format!("a{number}: __typename ")).collect();
        for text in ["{ viewer", &format!("{{ viewer {{ {aliases} }} }}")] {
            for _ in 0..2 {
                documents.read(text).expect_err("it is refused");
            }
        }
    }
}
