//! What people enter and call off.

use std::time::Duration;

use control_plane_store::outbox::NewAudit;
use control_plane_store::planned_move as store;
use policies::action::Action;
use serde_json::json;
use types::id::{OrganizationId, PlannedMoveId};
use types::instant::Instant;

use super::{PlannedMove, State, end, get, what};
use crate::audit;
use crate::call::{Call, Through};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::quota;
use crate::tree::change::TreeChange;
use crate::tree::relocate::{self, Movable};

/// How far ahead a move can be entered: a year, also one with a leap day.
pub const AHEAD_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Enters a move that holds from an instant to come. Whatever forbids it now refuses it now.
pub async fn enter(
    call: &Call,
    moved: Movable,
    to: OrganizationId,
    at: Instant,
    key: &str,
) -> Result<PlannedMoveId> {
    let once = Once::new(moved.mutation(), key, &(moved.node().to_string(), to, at))?;
    let work = async {
        let permit = relocate::permit(call, moved, to).await?;
        check_instant(call, at)?;
        let told = call.scope(Action::View).await?;
        let change = TreeChange::begin(call.shared(), &permit).await?;
        relocate::judge(&change, moved, to, &told).await?;
        quota::relocate::judge(&change, moved.node(), to).await?;
        if let Some(first) = store::of_node(&change.tx, moved.uuid()).await? {
            return Err(planned_already(moved, &first));
        }
        let row = row(call, &change, moved, to, at)?;
        let id = row.id;
        let audit = entered(call, &once, moved, &row);
        let event = end::event("move_planned", &row, call.now());
        store::insert(&change.tx, row).await?;
        once.keep(call, &change.tx, &id).await?;
        change.commit(vec![event], audit).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Calls a move off whose instant has not come yet; for whoever could make it.
pub async fn cancel(call: &Call, id: PlannedMoveId, key: &str) -> Result<PlannedMoveId> {
    let once = Once::new("cancelPlannedMove", key, &id)?;
    let work = async {
        let seen = get(call, id).await?;
        admit(&seen)?;
        // Who sees the move may hear that there is a place which is not theirs.
        let permit = relocate::permit(call, what(&seen)?, seen.to_id).await;
        let permit = permit.map_err(|error| match error {
            Error::NotFound { .. } => Error::Forbidden { action: Action::ManageTree },
            other => other,
        })?;
        // What is due is made first, so nobody calls off what has come to hold.
        let change = TreeChange::begin(call.shared(), &permit).await?;
        let row = store::lock(&change.tx, id).await?;
        let row = row.ok_or(Error::NotFound { what: "planned move" })?;
        admit(&row)?;
        let mut row = end::ended(row, State::Cancelled, call.now());
        row.ended_by = Some(call.caller().subject);
        let event = end::event("move_cancelled", &row, call.now());
        store::update(&change.tx, row).await?;
        once.keep(call, &change.tx, &id).await?;
        change.commit(vec![event], audit::of_call(call, once.mutation(), Some(&id))).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Refuses an instant that is over, and one that nobody can answer for yet.
fn check_instant(call: &Call, at: Instant) -> Result<()> {
    let now = call.now();
    if at <= now {
        let message = "that instant is over, and what is past stays as it was billed; leave it out \
                       to move now, or give a later one";
        return Err(Error::invalid("at", "past", message));
    }
    if at > now.plus(AHEAD_MAX) {
        let message = format!("give an instant up to {}, a year ahead", now.plus(AHEAD_MAX));
        return Err(Error::invalid("at", "too_far", message));
    }
    let caller = call.caller();
    if matches!(caller.through, Through::Token(_)) && at >= caller.session_expires_at {
        let message = format!(
            "the move is made with the token that it is entered with, and that one ends at {}; \
             give an earlier instant, or sign in and enter it yourself",
            caller.session_expires_at
        );
        return Err(Error::invalid("at", "beyond_token", message));
    }
    Ok(())
}

/// Refuses to call off what is over.
fn admit(row: &PlannedMove) -> Result<()> {
    let (why, message) = match row.state {
        State::Planned => return Ok(()),
        State::Done => ("done", "was made already; move it back, if that is meant"),
        State::Failed => ("failed", "could not be made and is over"),
        State::Cancelled => ("cancelled", "was called off already"),
    };
    Err(Error::Conflict { why, message: format!("the planned move {message}") })
}

fn planned_already(moved: Movable, first: &PlannedMove) -> Error {
    let message = format!(
        "the {} has the planned move {} for {}; cancel that one first",
        moved.word(),
        first.id,
        first.at
    );
    Error::Conflict { why: "planned_already", message }
}

fn row(
    call: &Call,
    change: &TreeChange<'_>,
    moved: Movable,
    to: OrganizationId,
    at: Instant,
) -> Result<PlannedMove> {
    let (name, from_id) = relocate::place(change, moved)?;
    let (organization_id, project_id) = match moved {
        Movable::Organization(id) => (Some(id), None),
        Movable::Project(id) => (None, Some(id)),
    };
    Ok(PlannedMove {
        id: PlannedMoveId::next(&*call.plane().ids),
        tenant_id: change.tenant(),
        organization_id,
        project_id,
        name,
        from_id,
        to_id: to,
        at,
        state: State::Planned,
        pending_id: Some(moved.uuid()),
        code: None,
        problem: None,
        left_id: None,
        requested_by: call.caller().subject,
        through: call.caller().through.to_string(),
        created_at: call.now(),
        ended_at: None,
        ended_by: None,
    })
}

fn entered(call: &Call, once: &Once, moved: Movable, row: &PlannedMove) -> NewAudit {
    let mut audit = audit::of_call(call, once.mutation(), Some(&moved.node()));
    audit::detail(&mut audit, "plannedMove", json!(row.id));
    audit::detail(&mut audit, "to", json!(row.to_id));
    audit::detail(&mut audit, "at", json!(row.at));
    audit
}
