//! The opening of the conversation.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cell_agent_protocol::VERSION;
use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::session::{OpenSession, Session};
use control_plane_core::cell::{self, Opening};
use policies::permit::CellIdentity;

use crate::agent_api::enrol::short;
use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, SMALL_MAX_BYTES, answer, read};
use crate::ca::CellCertificate;

/// Most capabilities an agent can name.
const CAPABILITIES_MAX: usize = 50;
/// Far more than any cell counts to, and far from where counting on would overflow.
const NUMBER_MAX: i64 = 1 << 48;

/// `POST /agent/v1/session`.
pub async fn open(
    State(api): State<AgentApi>,
    Extension(identity): Extension<CellIdentity>,
    Extension(shown): Extension<CellCertificate>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: OpenSession = read(body, SMALL_MAX_BYTES).await?;
    if request.protocol != VERSION {
        let told = request.protocol;
        let message = format!("this plane speaks version {VERSION} of the protocol, not {told}");
        return Err(Refusal::new(AgentErrorCode::VersionUnsupported, message));
    }
    short(&request.agent_version)?;
    short(&request.boot_id)?;
    if request.last_sequence < 0 {
        return Err(Refusal::malformed("last_sequence is never negative"));
    }
    if request.capabilities.len() > CAPABILITIES_MAX {
        return Err(Refusal::malformed(format!("at most {CAPABILITIES_MAX} capabilities")));
    }
    request.capabilities.iter().try_for_each(|capability| short(capability))?;
    request.process.iter().try_for_each(|process| short(process))?;
    let numbers = [request.kept_from, request.revision.map(|revision| revision.0)];
    if numbers.into_iter().flatten().any(|number| !(0..=NUMBER_MAX).contains(&number)) {
        return Err(Refusal::malformed(format!("numbers are between 0 and {NUMBER_MAX}")));
    }
    let opening = Opening {
        agent_version: request.agent_version,
        boot_id: request.boot_id,
        last_sequence: request.last_sequence,
        sent_at: request.sent_at,
        capabilities: request.capabilities,
        protocol: request.protocol,
        certificate_expires_at: Some(shown.expires_at),
        process: request.process,
        kept_from: request.kept_from,
        revision: request.revision,
    };
    let (session, row) = cell::open_session(&api.plane, &identity, opening).await??;
    api.metrics.agent_sessions.inc();
    let interval = api.plane.settings.report_interval.as_secs();
    Ok(answer(&Session {
        session,
        plane_time: api.plane.clock.now(),
        acknowledged_sequence: row.acknowledged_sequence,
        report_interval_s: u32::try_from(interval).unwrap_or(u32::MAX),
        complete_to: row.watermark,
    }))
}
