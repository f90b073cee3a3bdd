//! The way of a refusal to a client. The only type that resolvers may fail with.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Value};
use control_plane_core::error::{Blocker, Error, ErrorCode, FieldProblem, UNWRITTEN};

/// A refusal as a client may see it.
///
/// It has no `Display` on purpose: async-graphql turns whatever has one into an answer, and a
/// database error that slipped through `?` would be read by strangers.
#[derive(Clone, Debug)]
pub struct ApiError(Arc<Error>);

/// What every resolver answers with.
pub type Result<T> = std::result::Result<T, ApiError>;

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(ApiError(error): ApiError) -> Self {
        let code = error.code();
        let message = match &*error {
            Error::Internal { context, source } => {
                tracing::error!(
                    context,
                    error = &**source as &dyn std::error::Error,
                    "request failed"
                );
                "a defect of ours stopped this request; tell the operator the request id".to_owned()
            }
            other => other.to_string(),
        };
        let mut answer = async_graphql::Error::new(message);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.as_str());
        details(&error, &mut extensions);
        answer.extensions = Some(extensions);
        answer
    }
}

/// One `match` without `_`, so that a new refusal must say what it tells.
fn details(error: &Error, extensions: &mut ErrorExtensionValues) {
    match error {
        Error::Unauthenticated
        | Error::NotFound { .. }
        | Error::Outdated
        | Error::Stale { .. }
        | Error::Cycle
        | Error::NeedsItself
        | Error::IdempotencyMismatch
        | Error::Repeated
        | Error::Internal { .. }
        | Error::AlreadyExists { .. } => {}
        Error::Forbidden { action } => extensions.set("action", action.as_str().to_uppercase()),
        Error::Limited { why, action, .. } => {
            extensions.set("why", *why);
            if let Some(action) = action {
                extensions.set("action", action.as_str().to_uppercase());
            }
        }
        Error::Invalid(problems) => {
            if let Some(first) = problems.first() {
                extensions.set("field", first.field.as_str());
                extensions.set("problem", first.problem.as_str());
            }
            extensions.set("problems", problem_list(problems));
        }
        Error::Conflict { why, .. } | Error::Unavailable { why, .. } => {
            extensions.set("why", *why);
        }
        Error::ApprovalNeeded { approval } => extensions.set("approval", approval.to_string()),
        Error::InTheWay { blockers, more, .. } => {
            in_the_way("not_empty", blockers, *more, extensions)
        }
        Error::LeftBehind { blockers, more, .. } => {
            in_the_way("application_left", blockers, *more, extensions);
        }
        Error::LimitReached { at, limit, used, added } => {
            extensions.set("at", at.as_str());
            extensions.set("limit", *limit);
            extensions.set("used", *used);
            extensions.set("added", *added);
        }
        Error::QuotaReached { node, place, meter, limit, used, added } => {
            extensions.set("at", format!("{meter} at {place}"));
            extensions.set("node", node.as_str());
            extensions.set("meter", meter.as_str().to_uppercase());
            extensions.set("limit", *limit);
            extensions.set("used", *used);
            extensions.set("added", *added);
        }
        Error::BudgetReached(budget) => {
            extensions.set("at", format!("budget of {}", budget.place));
            extensions.set("node", budget.node.as_str());
            extensions.set("currency", budget.currency.as_str());
            extensions.set("amount", budget.amount.to_string());
            extensions.set("committed", budget.committed.to_string());
            extensions.set("added", budget.added.to_string());
        }
    }
}

fn in_the_way(
    why: &'static str,
    blockers: &[Blocker],
    more: usize,
    extensions: &mut ErrorExtensionValues,
) {
    extensions.set("why", why);
    // Plain texts always have a GraphQL form.
    extensions.set("blockers", async_graphql::to_value(blockers).unwrap_or_default());
    extensions.set("more", more);
}

fn problem_list(problems: &[FieldProblem]) -> Value {
    // Plain texts always have a GraphQL form.
    async_graphql::to_value(problems).unwrap_or_default()
}

/// The code of an answer's error, if it is one of ours.
pub fn code_of(error: &async_graphql::ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => code.parse().ok(),
        _ => None,
    }
}

/// Whether the database could not do it, so that nothing can be written about it either.
pub fn is_unwritten(error: &async_graphql::ServerError) -> bool {
    let why = error.extensions.as_ref().and_then(|extensions| extensions.get("why"));
    matches!(why, Some(Value::String(why)) if UNWRITTEN.contains(&why.as_str()))
}
