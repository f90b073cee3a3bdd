//! Cells: joining, proving who they are, opening the conversation.

use std::time::Duration;

use control_plane_store::cell;
pub use control_plane_store::cell::Cell;
use control_plane_store::challenge;
use control_plane_store::join_token::{self, JoinToken};
use policies::permit::{FleetPermit, Task};
use types::cell::CellState;
use types::generation::Revision;
use types::id::{AgentSessionId, CellId};
use types::name::{Name, Title};
use types::secret::Secret;

use crate::audit;
use crate::error::{Error, Result};
use crate::nudge::Topic;
use crate::plane::Plane;
use crate::token;

pub mod alarm;
mod session;
pub mod signature;
pub mod view;

pub use session::{Opening, open_session};
use signature::is_signed;

/// How long a join token is good.
pub const JOIN_TOKEN_LIFE: Duration = Duration::from_secs(600);
/// How long after its last session an agent may still renew its certificate by signature.
const RENEWAL_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why an agent was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The join token is unknown, used or over.
    JoinToken,
    /// Unknown, revoked, or not renewed for too long.
    NotEnrolled,
    /// The challenge or its signature is wrong.
    Challenge,
    /// A copy or a rolled-back disk; an alarm stands on the cell now.
    Clone,
    /// Another session was opened later.
    Superseded,
}

/// Ends either in an answer, in a refusal the agent understands, or in an error of ours.
pub type Answer<T> = Result<std::result::Result<T, Refused>>;

/// Makes a cell that waits for its agent.
pub async fn create(
    plane: &Plane,
    permit: &FleetPermit,
    name: &Name,
    title: &Title,
) -> Result<CellId> {
    let id = CellId::next(&*plane.ids);
    let row = Cell {
        id,
        name: name.to_string(),
        title: title.to_string(),
        state: CellState::Awaited,
        created_at: plane.clock.now(),
        public_key: None,
        boot_id: None,
        agent_version: None,
        session_id: None,
        session_opened_at: None,
        last_report_at: None,
        clock_difference_us: None,
        taken_revision: Revision::default(),
        spooled: 0,
        watermark: None,
        acknowledged_sequence: 0,
        highest_sequence: 0,
        alarm: None,
        capabilities: None,
        protocol: None,
        session_count: None,
        report_number: None,
        certificate_expires_at: None,
        agent_condition: None,
        agent_process: None,
        agent_process_before: None,
        restored_at: None,
        loss_checked_at: None,
    };
    let tx = plane.store.fleet(permit).await?;
    let taken = |error| crate::organization::taken(error, "cell", name.as_str());
    cell::insert(&tx, row).await.map_err(taken)?;
    audit::fleet(&tx, plane, "createCell", &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes the secret of a join token: good once and for ten minutes.
pub async fn create_join_token(
    plane: &Plane,
    permit: &FleetPermit,
    cell: CellId,
) -> Result<Secret> {
    let secret = token::draw("cpj", &*plane.random);
    let now = plane.clock.now();
    let row = JoinToken {
        hash: token::hash(secret.reveal()),
        cell_id: cell,
        created_at: now,
        expires_at: now.plus(JOIN_TOKEN_LIFE),
        used_at: None,
    };
    let tx = plane.store.fleet(permit).await?;
    join_token::insert(&tx, row).await?;
    audit::fleet(&tx, plane, "createJoinToken", &cell).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Uses a join token up: the key becomes the cell's, and nothing of an earlier agent holds any more.
pub async fn enrol(
    plane: &Plane,
    secret: &str,
    public_key: &[u8; 32],
    agent_version: &str,
    boot_id: &str,
) -> Answer<Cell> {
    let tx = plane.store.fleet(&FleetPermit::task(Task::Enrol)).await?;
    let Some(id) = join_token::use_up(&tx, &token::hash(secret), plane.clock.now()).await? else {
        return Ok(Err(Refused::JoinToken));
    };
    let Some(mut row) = cell::find(&tx, id).await? else { return Ok(Err(Refused::JoinToken)) };
    row.state = CellState::Enrolled;
    row.public_key = Some(token::hex(public_key));
    row.boot_id = Some(boot_id.to_owned());
    row.agent_version = Some(agent_version.to_owned());
    row.session_id = None;
    row.session_count = None;
    row.certificate_expires_at = None;
    row.agent_condition = None;
    row.alarm = None;
    (row.agent_process, row.agent_process_before) = (None, None);
    cell::update(&tx, row.clone()).await?;
    audit::fleet(&tx, plane, "enrolCell", &id).await?;
    tx.commit().await?;
    Ok(Ok(row))
}

/// Checks the signature over a challenge with the enrolled key.
pub async fn renew(
    plane: &Plane,
    id: CellId,
    challenge: &str,
    text: &str,
    signature: &str,
) -> Answer<Cell> {
    let now = plane.clock.now();
    let tx = plane.store.fleet(&FleetPermit::task(Task::Enrol)).await?;
    let used = challenge::use_up(&tx, &token::hash(challenge), now).await?;
    let found = cell::find(&tx, id).await?;
    tx.commit().await?;
    let Some(cell) = found.filter(|cell| cell.state == CellState::Enrolled) else {
        return Ok(Err(Refused::NotEnrolled));
    };
    let heard = cell.session_opened_at.max(cell.last_report_at).unwrap_or(cell.created_at);
    if now.since(heard) > RENEWAL_LIFE {
        return Ok(Err(Refused::NotEnrolled));
    }
    let key = cell.public_key.as_deref().unwrap_or_default();
    let good = used == Some(id) && is_signed(key, text, signature);
    Ok(if good { Ok(cell) } else { Err(Refused::Challenge) })
}

/// Makes sure that the session is the cell's present one.
pub fn check_session(row: Cell, session: AgentSessionId) -> std::result::Result<Cell, Refused> {
    if row.state != CellState::Enrolled {
        return Err(Refused::NotEnrolled);
    }
    if row.session_id == Some(session) { Ok(row) } else { Err(Refused::Superseded) }
}

/// Ends the alarms of a restored plane and of lost usage: an operator has looked at what they mean
/// for a cell.
pub async fn accept_loss(plane: &Plane, permit: &FleetPermit, name: &str) -> Result<()> {
    let tx = plane.store.fleet(permit).await?;
    let found = cell::find_by_name(&tx, name).await?.map(|row| row.id);
    let id = found.ok_or(Error::NotFound { what: "cell" })?;
    let mut row = cell::lock(&tx, id).await?.ok_or(Error::NotFound { what: "cell" })?;
    row.loss_checked_at = Some(plane.clock.now());
    cell::update(&tx, row).await?;
    audit::fleet(&tx, plane, "acceptLoss", &id).await?;
    Ok(tx.commit().await?)
}

/// Takes an agent's identity away. Its open long polls end at once.
pub async fn revoke(plane: &Plane, permit: &FleetPermit, name: &str) -> Result<()> {
    let tx = plane.store.fleet(permit).await?;
    let found = cell::find_by_name(&tx, name).await?;
    let mut row = found.ok_or(Error::NotFound { what: "cell" })?;
    let id = row.id;
    row.state = CellState::Revoked;
    row.session_id = None;
    row.public_key = None;
    cell::update(&tx, row).await?;
    audit::fleet(&tx, plane, "revokeCell", &id).await?;
    tx.commit().await?;
    plane.nudges.send(Topic::Cell(id));
    Ok(())
}
