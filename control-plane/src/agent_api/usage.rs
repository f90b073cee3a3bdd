//! Usage records on their way to the bill.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use billing::ingest::{self, Batch, Incoming};
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use policies::permit::CellIdentity;

use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, LARGE_MAX_BYTES, answer, read};

/// `POST /agent/v1/usage`: answers only after the records are committed.
pub async fn take(
    State(api): State<AgentApi>,
    Extension(identity): Extension<CellIdentity>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: UsageRequest = read(body, LARGE_MAX_BYTES).await?;
    let count = request.records.len();
    let records = request.records.into_iter().map(incoming).collect();
    let batch = Batch { records, watermark: request.watermark };
    let acknowledged = ingest::take(&api.plane, &identity, request.session, batch).await??;
    api.metrics.usage_records.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    Ok(answer(&UsageAnswer { acknowledged }))
}

/// Billing does not know the wire; every field has its twin.
fn incoming(record: UsageRecord) -> Incoming {
    let UsageRecord { sequence, resource, meter, start, end, quantity, signature } = record;
    Incoming { sequence, resource, meter, start, end, quantity, signature }
}
