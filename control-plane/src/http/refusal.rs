//! Errors outside of GraphQL: `{"error": {"code", "message", "requestId"}}` with a fitting status.

use std::error::Error as _;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use control_plane_core::error::{Error, ErrorCode};
use serde_json::json;
use types::id::RequestId;

/// Why a request was refused before it reached a resolver.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    /// A code of the documented list.
    pub code: &'static str,
    message: String,
    why: Option<&'static str>,
    retry_after_s: Option<u64>,
}

impl Refusal {
    /// A refusal with what was wrong and what to do.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), why: None, retry_after_s: None }
    }

    /// Says why in a stable word besides.
    #[must_use]
    pub fn why(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    /// Too many requests; another try is welcome after some seconds.
    pub fn too_many(wait_s: u64) -> Self {
        let message = format!("too many requests; try again in {wait_s} s");
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY", message);
        Self { retry_after_s: Some(wait_s), ..refusal }
    }

    /// The answer itself, told apart by the request's id.
    pub fn render(self, request: RequestId) -> Response {
        let Self { status, code, message, why, retry_after_s } = self;
        let mut error = json!({ "code": code, "message": message, "requestId": request });
        if let Some(why) = why {
            error["why"] = json!(why);
        }
        if let Some(wait) = retry_after_s {
            error["retryAfter"] = json!(wait);
        }
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

impl IntoResponse for Refusal {
    /// Carries the refusal to [`super::observe`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = error.code();
        let status = match code {
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        if let Error::Internal { context, .. } = &error {
            tracing::error!(context, error = error.source(), "request failed");
            let message = "a defect of ours stopped this request; tell the operator the request id";
            return Self::new(status, code.as_str(), message);
        }
        let why = match &error {
            Error::Unavailable { why, .. } | Error::Limited { why, .. } => Some(*why),
            _ => None,
        };
        Self { why, ..Self::new(status, code.as_str(), error.to_string()) }
    }
}
