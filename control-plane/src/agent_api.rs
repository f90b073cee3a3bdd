//! The port of agents: `POST /agent/v1/<name>` over mutual TLS.
//!
//! Here a certificate becomes an identity and messages become what `core` understands; what a cell
//! may do and what its words mean is decided there.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use cell_agent_protocol::VERSION;
use cell_agent_protocol::error::AgentErrorCode;
use control_plane_core::plane::SharedPlane;
use control_plane_store::cell;
use policies::permit::CellIdentity;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;
use types::cell::CellState;
use types::id::RequestId;

use crate::agent_api::refusal::Refusal;
use crate::ca::{Authority, CellCertificate};
use crate::http::limit::{Limiter, by_peer};
use crate::http::patience;
use crate::listener::Ends;
use crate::metrics::Metrics;

pub mod desired;
pub mod enrol;
pub mod observed;
pub mod refusal;
pub mod session;
pub mod usage;

/// Bytes of a message of usage or of a report.
pub const LARGE_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of any other message.
pub const SMALL_MAX_BYTES: usize = 64 * 1024;

/// What the answers of this port are made from.
pub struct AgentParts {
    /// The plane.
    pub plane: SharedPlane,
    /// Signs certificates of cells.
    pub authority: Arc<Authority>,
    /// No request takes longer, but for the time that an agent wants to wait for news.
    pub patience: Duration,
    /// How long they are good.
    pub certificate_life: Duration,
    /// Counts requests.
    pub metrics: Arc<Metrics>,
    /// When everything ends.
    pub ends: Ends,
}

/// The parts, shared by all requests.
pub type AgentApi = Arc<AgentParts>;

/// The routes of this port. `strangers` limits who has no certificate.
pub fn router(api: AgentApi, strangers: &Limiter) -> Router {
    let known = Router::new()
        .route("/agent/v1/session", post(session::open))
        .route("/agent/v1/desired", post(desired::poll))
        .route("/agent/v1/observed", post(observed::take))
        .route("/agent/v1/usage", post(usage::take))
        .layer(from_fn_with_state(api.clone(), identify));
    let unknown = Router::new()
        .route("/agent/v1/enrol", post(enrol::enrol))
        .route("/agent/v1/challenge", post(enrol::challenge))
        .route("/agent/v1/renew", post(enrol::renew))
        .layer(strangers.layer(refusal::too_many))
        .layer(from_fn(by_peer));
    Router::new()
        .merge(known)
        .merge(unknown)
        .fallback(elsewhere)
        .method_not_allowed_fallback(elsewhere)
        .layer(from_fn_with_state(api.patience + desired::WAIT_MAX, patience::of_agents))
        .layer(from_fn_with_state(api.clone(), observe))
        .with_state(api)
}

async fn elsewhere() -> Refusal {
    let message = format!(
        "this plane speaks version {VERSION} of the agents' protocol: POST to /agent/v{VERSION}/<name>"
    );
    Refusal::new(AgentErrorCode::VersionUnsupported, message)
}

/// Which cell calls: by its certificate, and only while the key in it is the enrolled one.
async fn identify(
    State(api): State<AgentApi>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let shown = request.extensions().get::<CellCertificate>();
    let shown = shown.ok_or_else(Refusal::not_enrolled)?;
    let identity = CellIdentity::proved(shown.cell);
    let found = cell::find(&api.plane.store.cell_read(&identity), shown.cell).await;
    let row =
        found.map_err(|error| Refusal::from(control_plane_core::error::Error::from(error)))?;
    let enrolled = row.filter(|row| row.state == CellState::Enrolled);
    let enrolled = enrolled.filter(|row| row.public_key.as_deref() == Some(&*shown.public_key));
    if enrolled.is_none() {
        return Err(Refusal::not_enrolled());
    }
    request.extensions_mut().insert(identity);
    Ok(next.run(request).await)
}

/// One span and one count per request.
async fn observe(State(api): State<AgentApi>, request: Request, next: Next) -> Response {
    let kind = match request.uri().path() {
        "/agent/v1/session" => "agent_session",
        "/agent/v1/desired" => "agent_desired",
        "/agent/v1/observed" => "agent_observed",
        "/agent/v1/usage" => "agent_usage",
        "/agent/v1/enrol" => "agent_enrol",
        "/agent/v1/challenge" => "agent_challenge",
        "/agent/v1/renew" => "agent_renew",
        _ => "agent_other",
    };
    let id = RequestId::next(&*api.plane.ids);
    let cell = request.extensions().get::<CellCertificate>().map(|shown| shown.cell);
    let span = tracing::info_span!("agent", request.id = %id, kind, cell.id = cell.map(tracing::field::display));
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let code = response.extensions().get::<AgentErrorCode>().map_or("OK", |code| code.as_str());
    let took = began.elapsed();
    api.metrics.answered(kind, code, took);
    tracing::debug!(parent: &span, code, ?took, "answered");
    response
}

/// Reads a message of at most so many bytes.
async fn read<T: DeserializeOwned>(body: Body, max: usize) -> Result<T, Refusal> {
    let bytes = to_bytes(body, max).await.map_err(|_| {
        Refusal::malformed(format!("the message is longer than {max} bytes or broke off"))
    })?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::malformed(error.to_string()))
}

/// Writes an answer.
fn answer(message: &impl Serialize) -> Response {
    Json(message).into_response()
}
