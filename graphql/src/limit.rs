//! Limits on queries, and codes for errors that the library makes by itself.
//!
//! A query is measured in the order in which it costs: its text before it is parsed
//! ([`mod@text`]), its shape before anything goes through its fragments ([`shape`]), its variables,
//! and what it would answer with ([`cost`]). Whatever is refused here was not executed in any part.
//! The library's own limits go through all that fragments unfold to, so they come too late.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ErrorExtensionValues, Response, ServerError, ServerResult, Value, Variables};
use control_plane_core::call::Call;
use control_plane_core::error::ErrorCode;

pub use cost::Lists;

mod cost;
mod shape;
mod text;

/// Deepest nesting; the standard introspection query needs 13.
pub const DEPTH_MAX: usize = 15;
/// Most objects, pages counted by their rows.
pub const COMPLEXITY_MAX: usize = 1_000;
/// Most aliases in one document.
pub const ALIASES_MAX: usize = 15;
/// Most fields at the root, also through fragments.
pub const ROOT_FIELDS_MAX: usize = 20;
/// Most tokens in one document: names, numbers, texts and punctuation.
pub const TOKENS_MAX: usize = 1_000;
/// Most directives in one document.
pub const DIRECTIVES_MAX: usize = 15;
/// Deepest nesting of lists and objects in the variables.
pub const VARIABLES_DEPTH_MAX: usize = 15;
/// Most subscriptions at once over one connection.
pub const SUBSCRIPTIONS_MAX: usize = 20;
/// Most errors that one wrong query is told.
const ERRORS_MAX: usize = 10;
/// Deepest nesting of brackets of any kind in a document: fields, and what is given to the last.
const BRACKETS_MAX: usize = 32;

/// Why a query was refused before any of it was executed: `extensions.why`, a stable word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Fields, or brackets, in each other.
    Deep,
    /// Fields in all.
    Complex,
    /// Aliases.
    Aliases,
    /// Fields at the root.
    RootFields,
    /// Tokens.
    Tokens,
    /// Directives.
    Directives,
    /// The same answer twice in one selection.
    Duplicate,
    /// A fragment that contains itself.
    Cycle,
    /// Variables in each other.
    Variables,
    /// Subscriptions over one connection.
    Subscriptions,
    /// A query or mutation where only subscriptions are taken.
    NoSubscription,
    /// No GraphQL.
    Syntax,
    /// Not of this schema.
    NotValid,
}

impl Excess {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deep => "too_deep",
            Self::Complex => "too_complex",
            Self::Aliases => "too_many_aliases",
            Self::RootFields => "too_many_root_fields",
            Self::Tokens => "too_many_tokens",
            Self::Directives => "too_many_directives",
            Self::Duplicate => "duplicate_field",
            Self::Cycle => "fragment_cycle",
            Self::Variables => "variables_too_deep",
            Self::Subscriptions => "too_many_subscriptions",
            Self::NoSubscription => "not_a_subscription",
            Self::Syntax => "syntax",
            Self::NotValid => "not_valid",
        }
    }

    fn message(self) -> String {
        let at_most = |count: usize, what: &str| format!("at most {count} {what}; ask in parts");
        match self {
            Self::Deep => at_most(DEPTH_MAX, "fields in each other"),
            Self::Complex => at_most(
                COMPLEXITY_MAX,
                "objects, pages counted by their rows and no list in itself",
            ),
            Self::Aliases => at_most(ALIASES_MAX, "aliases"),
            Self::RootFields => at_most(ROOT_FIELDS_MAX, "fields at the root"),
            Self::Tokens => at_most(TOKENS_MAX, "tokens in one query"),
            Self::Directives => at_most(DIRECTIVES_MAX, "directives"),
            Self::Duplicate => "ask for each field once in a selection".to_owned(),
            Self::Cycle => "a fragment contains itself; take it out".to_owned(),
            Self::Variables => {
                at_most(VARIABLES_DEPTH_MAX, "lists and objects in each other in the variables")
            }
            Self::Subscriptions => {
                format!("at most {SUBSCRIPTIONS_MAX} subscriptions over one connection; end others")
            }
            Self::NoSubscription => "send queries and mutations with POST to /graphql".to_owned(),
            // These two are told by the library, which knows where it was.
            Self::Syntax | Self::NotValid => "mend the query".to_owned(),
        }
    }

    /// The refusal, in words of our own.
    pub fn refuse(self) -> ServerError {
        self.mark(ServerError::new(self.message(), None))
    }

    /// The same refusal in the words that it has.
    pub fn mark(self, mut error: ServerError) -> ServerError {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", ErrorCode::BadQuery.as_str());
        extensions.set("why", self.as_str());
        error
    }
}

/// Refuses texts that are too long to be parsed.
pub fn admit_text(query: &str) -> ServerResult<()> {
    text::measure(query).map_err(Excess::refuse)
}

/// Refuses documents that would make more work than they look like.
pub fn admit(document: &ExecutableDocument) -> ServerResult<()> {
    shape::measure(document).map_err(Excess::refuse)
}

/// Refuses what would answer with too much.
pub fn admit_cost(
    lists: &Lists,
    document: &ExecutableDocument,
    variables: &Variables,
) -> ServerResult<()> {
    lists.measure(document, variables).map_err(Excess::refuse)
}

/// Refuses variables that are nested too deep.
pub fn admit_variables(variables: &Variables) -> ServerResult<()> {
    // Without recursion: how deep they are, is what is looked for.
    let mut waiting: Vec<(&Value, usize)> = variables.values().map(|value| (value, 1)).collect();
    while let Some((value, depth)) = waiting.pop() {
        if depth > VARIABLES_DEPTH_MAX + 1 {
            return Err(Excess::Variables.refuse());
        }
        match value {
            Value::List(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => {
                waiting.extend(fields.values().map(|field| (field, depth + 1)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The refusal of somebody who asks too often where there is no HTTP status to tell it.
pub fn too_many(wait_s: u64) -> ServerError {
    let mut error = ServerError::new(format!("too many requests; try again in {wait_s} s"), None);
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", ErrorCode::TooMany.as_str());
    extensions.set("retryAfter", wait_s);
    error
}

/// Gives every error a code and the request's id.
pub fn give_codes(response: &mut Response, call: Option<&Call>) {
    let request = call.map(|call| call.request().to_string());
    if !response.errors.iter().any(is_coded) {
        // One wrong query can have an error per token; the first ones tell what to mend.
        response.errors.truncate(ERRORS_MAX);
    }
    for error in &mut response.errors {
        if !is_coded(error) {
            *error = of_library(error.clone());
        }
        if let Some(request) = &request {
            let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
            extensions.set("requestId", request.as_str());
        }
    }
}

fn is_coded(error: &ServerError) -> bool {
    error.extensions.as_ref().is_some_and(|known| known.get("code").is_some())
}

/// Errors of the library carry no code: they are about the query itself.
fn of_library(mut error: ServerError) -> ServerError {
    // The library adds what it would have understood; strangers need not learn names.
    if let Some((message, _)) = error.message.split_once(" Did you mean") {
        error.message = message.to_owned();
    }
    Excess::NotValid.mark(error)
}

#[cfg(test)]
mod tests;
