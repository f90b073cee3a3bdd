//! Reports of what a cell saw.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use control_plane_core::instance::observe::{self, Report};
use policies::permit::CellIdentity;

use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, LARGE_MAX_BYTES, answer, read};

/// `POST /agent/v1/observed`.
pub async fn take(
    State(api): State<AgentApi>,
    Extension(identity): Extension<CellIdentity>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: ObservedRequest = read(body, LARGE_MAX_BYTES).await?;
    let report = Report {
        number: request.number,
        revision: request.revision,
        instances: request.instances,
        changes: request.changes,
        operations: request.operations,
        logs: request.logs,
        spooled: request.spooled.max(0),
        condition: request.condition,
    };
    let settled = observe::take(&api.plane, &identity, request.session, report).await??;
    api.metrics.agent_reports.inc();
    let plane_time = Some(api.plane.clock.now());
    Ok(answer(&ObservedAnswer { settled, plane_time }))
}
