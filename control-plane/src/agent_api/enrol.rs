//! How an agent becomes its cell and stays it.
//!
//! A challenge is a sealed time: nothing is stored for strangers who only ask. Using one up stores
//! it, so it is good once.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cell_agent_protocol::enrol::{Challenge, EnrolRequest, Identity, RenewRequest};
use control_plane_core::cell as cells;
use control_plane_core::error::Error;
use control_plane_core::token;
use control_plane_store::cell::Cell;
use control_plane_store::{StoreError, challenge};
use data_encoding::HEXLOWER;
use policies::permit::{FleetPermit, Task};
use types::instant::Instant;
use types::secret::Secret;

use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, AgentParts, SMALL_MAX_BYTES, answer, read};

/// How long a challenge is good.
const CHALLENGE_LIFE: Duration = Duration::from_secs(60);
/// What a challenge is sealed for.
const CONTEXT: &str = "challenge of an agent";
/// Longest texts that an agent says of itself, in bytes.
pub const TEXT_MAX_BYTES: usize = 200;

/// `POST /agent/v1/enrol`: uses a join token up.
pub async fn enrol(State(api): State<AgentApi>, body: Body) -> Result<Response, Refusal> {
    let request: EnrolRequest = read(body, SMALL_MAX_BYTES).await?;
    let key = public_key(&request.public_key)
        .ok_or_else(|| Refusal::malformed("the public key is not 32 bytes in lower-case hex"))?;
    short(&request.agent_version)?;
    short(&request.boot_id)?;
    let (secret, version) = (request.secret.reveal(), &request.agent_version);
    let row = cells::enrol(&api.plane, secret, &key, version, &request.boot_id).await??;
    tracing::info!(cell.id = %row.id, cell.name = row.name, "agent enrolled");
    identity(&api, &row)
}

/// `POST /agent/v1/challenge`: something to sign.
pub async fn challenge(State(api): State<AgentApi>) -> Result<Response, Refusal> {
    let now = Secret::new(api.plane.clock.now().micros().to_string());
    let sealed = api.plane.key.seal(CONTEXT, &now, &*api.plane.random);
    let challenge = sealed.map_err(|error| Error::internal("seal a challenge", error))?;
    Ok(answer(&Challenge { challenge }))
}

/// `POST /agent/v1/renew`: a new certificate for a signature with the enrolled key.
pub async fn renew(State(api): State<AgentApi>, body: Body) -> Result<Response, Refusal> {
    let request: RenewRequest = read(body, SMALL_MAX_BYTES).await?;
    use_up(&api, &request).await?;
    let text = RenewRequest::signed_text(request.cell, &request.challenge);
    let (cell, signature) = (request.cell, &request.signature);
    let row = cells::renew(&api.plane, cell, &request.challenge, &text, signature).await??;
    tracing::info!(cell.id = %row.id, "certificate renewed");
    identity(&api, &row)
}

/// Makes sure that the challenge is ours and fresh, and leaves it to be used up once.
async fn use_up(api: &AgentParts, request: &RenewRequest) -> Result<(), Refusal> {
    let plane = &api.plane;
    let opened = plane.key.open(CONTEXT, &request.challenge).map_err(|_| Refusal::challenge())?;
    let micros = opened.reveal().parse().map_err(|_| Refusal::challenge())?;
    let (made_at, now) = (Instant::from_micros(micros), plane.clock.now());
    if made_at > now || now.since(made_at) >= CHALLENGE_LIFE {
        return Err(Refusal::challenge());
    }
    let permit = FleetPermit::task(Task::Enrol);
    let store = |error: StoreError| Refusal::from(Error::from(error));
    let tx = plane.store.fleet(&permit).await.map_err(store)?;
    let known = control_plane_store::cell::find(&tx, request.cell).await.map_err(store)?;
    if known.is_none() {
        return Err(Refusal::not_enrolled());
    }
    let row = challenge::Challenge {
        hash: token::hash(&request.challenge),
        cell_id: request.cell,
        expires_at: made_at.plus(CHALLENGE_LIFE),
        used_at: None,
    };
    match challenge::insert(&tx, row).await {
        Ok(()) => tx.commit().await.map_err(store),
        Err(StoreError::Conflict { .. }) => Err(Refusal::challenge()),
        Err(other) => Err(store(other)),
    }
}

fn identity(api: &AgentParts, row: &Cell) -> Result<Response, Refusal> {
    let key = row.public_key.as_deref().and_then(public_key).ok_or_else(Refusal::not_enrolled)?;
    let (now, random) = (api.plane.clock.now(), &*api.plane.random);
    let (certificate, expires_at) = api
        .authority
        .issue_cell(row.id, &key, now, api.certificate_life, random)
        .map_err(|error| Error::internal("sign a certificate", error))?;
    Ok(answer(&Identity {
        cell: row.id,
        cell_name: row.name.clone(),
        certificate,
        ca_certificate: api.authority.pem().to_owned(),
        expires_at,
        next_sequence: row.highest_sequence.max(row.acknowledged_sequence).saturating_add(1),
    }))
}

fn public_key(hex: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}

/// Refuses texts that no agent sends.
pub fn short(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.len() > TEXT_MAX_BYTES || text.chars().any(char::is_control) {
        let message = format!("versions and ids have 1 to {TEXT_MAX_BYTES} bytes on one line");
        return Err(Refusal::malformed(message));
    }
    Ok(())
}
