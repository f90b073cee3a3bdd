//! Limits on queries, and codes for errors that the library makes by itself.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{ErrorExtensionValues, Response, ServerError, ServerResult};
use control_plane_core::call::Call;
use control_plane_core::error::ErrorCode;

/// Deepest nesting; the standard introspection query needs 13.
pub const DEPTH_MAX: usize = 15;
/// Most fields, lists counted by their rows.
pub const COMPLEXITY_MAX: usize = 4_000;
/// Most aliases in one document.
const ALIASES_MAX: usize = 15;
/// Most fields at the root.
const ROOT_FIELDS_MAX: usize = 20;

/// Refuses documents with too many aliases or root fields.
pub fn admit(document: &ExecutableDocument) -> ServerResult<()> {
    for (_, operation) in document.operations.iter() {
        let set = &operation.node.selection_set.node;
        if set.items.len() > ROOT_FIELDS_MAX {
            let message =
                format!("at most {ROOT_FIELDS_MAX} fields at the root; send several requests");
            return Err(ServerError::new(message, None));
        }
    }
    if aliases(document) > ALIASES_MAX {
        let message = format!("at most {ALIASES_MAX} aliases; send several requests");
        return Err(ServerError::new(message, None));
    }
    Ok(())
}

/// Gives every error a code and the request's id.
pub fn give_codes(response: &mut Response, call: Option<&Call>) {
    let request = call.map(|call| call.request().to_string());
    response.errors.iter_mut().for_each(|error| give_code(error, request.as_deref()));
}

/// Without recursion: how deep the document is, is looked at later.
fn aliases(document: &ExecutableDocument) -> usize {
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let operations = document.operations.iter().map(|(_, it)| &it.node.selection_set.node);
    let mut waiting: Vec<&SelectionSet> = operations.chain(fragments).collect();
    let mut count = 0;
    while let Some(set) = waiting.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    count += usize::from(field.node.alias.is_some());
                    waiting.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    waiting.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    count
}

/// Errors of the library carry no code: they are about the query itself.
fn give_code(error: &mut ServerError, request: Option<&str>) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", ErrorCode::BadQuery.as_str());
        // The library adds what it would have understood; strangers need not learn names.
        if let Some((message, _)) = error.message.split_once(". Did you mean") {
            error.message = format!("{message}.");
        }
    }
    if let Some(request) = request {
        extensions.set("requestId", request);
    }
}
