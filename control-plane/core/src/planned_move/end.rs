//! The ends that a planned move can have, apart from being made.

use control_plane_store::outbox::{self, NewAudit, NewEvent};
use control_plane_store::planned_move as store;
use control_plane_store::{AuditOutcome, TenantTx, tenant};
use policies::permit::{Task, task_permit};
use serde_json::json;
use types::id::OrganizationId;
use types::instant::Instant;

use super::{PlannedMove, State, what};
use crate::audit;
use crate::error::{ErrorCode, Result};
use crate::nudge::Topic;
use crate::plane::Plane;
use crate::tree::change::TreeChange;
use crate::tree::relocate::Movable;

/// What the audit calls the making of a planned move.
pub(crate) const MADE: &str = "makePlannedMove";
/// Longest problem that is kept.
const PROBLEM_MAX: usize = 1000;

/// Why a move was not made.
pub(crate) struct Failure {
    pub code: ErrorCode,
    pub problem: String,
}

/// The row once it is over: the node may be planned for again.
pub(crate) fn ended(row: PlannedMove, state: State, now: Instant) -> PlannedMove {
    PlannedMove { state, pending_id: None, ended_at: Some(now), ..row }
}

/// Something that happened to a planned move, for those who see its node.
pub(crate) fn event(kind: &str, row: &PlannedMove, now: Instant) -> NewEvent {
    let mut event = NewEvent::new(kind, now);
    event.organization_id = row.organization_id;
    event.project_id = row.project_id;
    event
}

/// Ends a move that could not be made, unless another process came first.
pub(crate) async fn fail(plane: &Plane, row: &PlannedMove, failure: Failure) -> Result<()> {
    let tx = plane.store.begin(&task_permit(Task::MovePlanned, row.tenant_id)).await?;
    tenant::lock(&tx).await?;
    let held = store::lock(&tx, row.id).await?;
    let Some(held) = held.filter(|held| held.state == State::Planned) else { return Ok(()) };
    let (event, audit) = write(&tx, held, failure, plane.clock.now()).await?;
    outbox::record(&tx, vec![event], vec![audit]).await?;
    tx.commit().await?;
    plane.nudges.send(Topic::Tenant(row.tenant_id));
    tracing::info!(planned_move.id = %row.id, "a planned move could not be made");
    Ok(())
}

/// Ends what was planned of a node that is being deleted, and to it: nothing of it can ever be made.
pub(crate) async fn gone(
    change: &TreeChange<'_>,
    deleted: Movable,
    above: OrganizationId,
) -> Result<Vec<(NewEvent, NewAudit)>> {
    let (tx, now) = (&change.tx, change.plane.clock.now());
    let mut told = Vec::new();
    for row in store::lock_about(tx, deleted.uuid()).await? {
        let is_own = row.pending_id == Some(deleted.uuid());
        let problem = match is_own {
            true => format!("the {} was deleted", deleted.word()),
            false => "the organization that it was to be moved to was deleted".to_owned(),
        };
        let failure = Failure { code: ErrorCode::NotFound, problem };
        let (mut event, audit) = write(tx, row, failure, now).await?;
        if is_own {
            (event.organization_id, event.project_id) = (Some(above), None);
        }
        told.push((event, audit));
    }
    store::leave(tx, deleted.uuid(), above).await?;
    Ok(told)
}

async fn write(
    tx: &TenantTx,
    row: PlannedMove,
    failure: Failure,
    now: Instant,
) -> Result<(NewEvent, NewAudit)> {
    let Failure { code, problem } = failure;
    let problem: String = problem.chars().take(PROBLEM_MAX).collect();
    let node = what(&row)?.node();
    let mut audit = audit::named(Task::MovePlanned.to_string(), MADE, Some(node.to_string()), now);
    audit.outcome = AuditOutcome::Refused;
    audit.code = Some(code.to_string());
    audit::detail(&mut audit, "plannedMove", json!(row.id));
    audit::detail(&mut audit, "problem", json!(problem));
    let event = event("move_failed", &row, now);
    let mut row = ended(row, State::Failed, now);
    row.code = Some(code.to_string());
    row.problem = Some(problem);
    store::update(tx, row).await?;
    Ok((event, audit))
}
