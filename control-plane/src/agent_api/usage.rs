//! Usage records on their way to the bill.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cell_agent_protocol::usage::UsageRequest;
use policies::permit::CellIdentity;

use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, LARGE_MAX_BYTES, read};

/// Most records in one message.
const RECORDS_MAX: usize = 5_000;

/// `POST /agent/v1/usage`: answers only after the records are committed.
pub async fn take(
    State(_api): State<AgentApi>,
    Extension(_identity): Extension<CellIdentity>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: UsageRequest = read(body, LARGE_MAX_BYTES).await?;
    if request.records.len() > RECORDS_MAX {
        return Err(Refusal::malformed(format!("at most {RECORDS_MAX} records at once")));
    }
    // The agent keeps its spool until they can be taken.
    Err(Refusal::unavailable("this plane cannot take usage yet; keep the records and try again"))
}
