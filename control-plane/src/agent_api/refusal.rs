//! Refusals as agents understand them.

use std::error::Error as _;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use control_plane_core::cell::Refused;
use control_plane_core::error::Error;
use tower_governor::GovernorError;

use crate::http::limit::wait_s;

/// An answer that is not 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(AgentError);

impl Refusal {
    /// With what was wrong and what to do.
    pub fn new(code: AgentErrorCode, message: impl Into<String>) -> Self {
        Self(AgentError { code, message: message.into() })
    }

    /// The message cannot be read, or is beyond a limit.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(AgentErrorCode::Malformed, message)
    }

    /// Whoever calls is not, or no longer, the agent of a cell.
    pub fn not_enrolled() -> Self {
        let message = "this agent is not enrolled or was revoked; ask an operator for a join token";
        Self::new(AgentErrorCode::NotEnrolled, message)
    }

    /// A challenge or its signature is wrong.
    pub fn challenge() -> Self {
        let message = "the challenge or its signature is wrong or too old; ask for a new challenge";
        Self::new(AgentErrorCode::ChallengeFailed, message)
    }

    /// Something the plane needs does not answer.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(AgentErrorCode::Unavailable, message)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::JoinToken => {
                let message =
                    "the join token is unknown, used or over; ask an operator for another";
                Self::new(AgentErrorCode::JoinTokenInvalid, message)
            }
            Refused::NotEnrolled => Self::not_enrolled(),
            Refused::Challenge => Self::challenge(),
            Refused::Clone => {
                let message = "another disk spoke for this cell, or this one was rolled back; \
                               an operator has to enrol one of them again";
                Self::new(AgentErrorCode::CloneSuspected, message)
            }
            Refused::Superseded => {
                let message = "another session of this cell was opened later";
                Self::new(AgentErrorCode::SessionSuperseded, message)
            }
        }
    }
}

impl From<Error> for Refusal {
    /// Agents cannot act on defects of ours but by trying again.
    fn from(error: Error) -> Self {
        match &error {
            Error::Unavailable { message, .. } => Self::unavailable(message.clone()),
            Error::Invalid(_) => Self::malformed(error.to_string()),
            Error::Internal { context, .. } => {
                tracing::error!(context, error = error.source(), "request of an agent failed");
                Self::unavailable("a defect of ours stopped this request; it is in the plane's log")
            }
            other => {
                tracing::error!(
                    error = other as &dyn std::error::Error,
                    "request of an agent failed"
                );
                Self::unavailable("the plane could not take this; it is in the plane's log")
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.0.code;
        let status = match code {
            AgentErrorCode::JoinTokenInvalid | AgentErrorCode::ChallengeFailed => {
                StatusCode::UNAUTHORIZED
            }
            AgentErrorCode::NotEnrolled => StatusCode::FORBIDDEN,
            AgentErrorCode::CloneSuspected | AgentErrorCode::SessionSuperseded => {
                StatusCode::CONFLICT
            }
            AgentErrorCode::VersionUnsupported | AgentErrorCode::Malformed => {
                StatusCode::BAD_REQUEST
            }
            AgentErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = (status, Json(self.0)).into_response();
        response.extensions_mut().insert(code);
        response
    }
}

/// The answer to strangers beyond their limit.
pub fn too_many(error: GovernorError) -> Response {
    let wait = wait_s(&error);
    let message = format!("too many requests; try again in {wait} s");
    let mut response = Refusal::unavailable(message).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
    response
}
