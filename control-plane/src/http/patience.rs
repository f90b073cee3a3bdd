//! No request hangs for ever, whatever the database does: beyond the limit it is dropped, which
//! rolls back what it had begun.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use control_plane_core::error::too_late;

use crate::agent_api;
use crate::http::refusal::Refusal;

/// Ends a person's request that takes longer.
pub async fn of_people(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let answer = in_time(limit, next.run(request)).await;
    answer.unwrap_or_else(|| Refusal::from(too_late()).into_response())
}

/// Ends an agent's request that takes longer.
pub async fn of_agents(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let answer = in_time(limit, next.run(request)).await;
    answer.unwrap_or_else(|| agent_api::refusal::Refusal::from(too_late()).into_response())
}

/// By the machine's time, as everything that waits for a socket.
async fn in_time(limit: Duration, answer: impl Future<Output = Response>) -> Option<Response> {
    let answer = tokio::time::timeout(limit, answer).await.ok();
    if answer.is_none() {
        tracing::warn!(?limit, "a request took too long and was dropped");
    }
    answer
}
