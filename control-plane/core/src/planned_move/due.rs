//! Making what is due: each move once, by whichever process comes first, in the order of instants.
//!
//! A task looks for what is due, and whoever changes a tree makes it first, so that nothing is
//! decided on a tree that is not there any more. The tenant's lock and the state of the row, read
//! behind it, let one process make a move; the row, the tree, its history and what is counted change
//! in one transaction.

use control_plane_store::planned_move as store;
use policies::action::Action;
use policies::permit::{FleetPermit, Task, task_scope};
use serde_json::json;
use types::id::TenantId;

use super::end::{Failure, MADE};
use super::{PlannedMove, State, end, what};
use crate::absent;
use crate::audit;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::plane::SharedPlane;
use crate::quota;
use crate::tenant;
use crate::tree::change::TreeChange;
use crate::tree::relocate;

/// Makes everything of a tenant whose instant has come, in order. What cannot be made ends there;
/// only what may be possible a moment later is an error, and stays planned.
pub(crate) async fn make(plane: &SharedPlane, tenant: TenantId) -> Result<()> {
    let reader = plane.store.read(&task_scope(Task::MovePlanned, tenant));
    while let Some(row) = store::next_due(&reader, plane.clock.now()).await? {
        if let Some(failure) = attempt(plane, &row).await? {
            end::fail(plane, &row, failure).await?;
        }
    }
    Ok(())
}

/// Makes a move as whoever entered it, or says why that is impossible.
async fn attempt(plane: &SharedPlane, row: &PlannedMove) -> Result<Option<Failure>> {
    let refused = |problem: String| Ok(Some(Failure { code: ErrorCode::Forbidden, problem }));
    let caller = match absent::caller(plane, row.requested_by, &row.through).await? {
        Ok(caller) => caller,
        Err(problem) => return refused(problem),
    };
    let fleet = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    match tenant::admit(&fleet, Some(row.tenant_id)).await {
        Ok(()) => {}
        Err(Error::Limited { .. }) => {
            return refused("the tenant was suspended or closed at that instant".to_owned());
        }
        Err(other) => return Err(other),
    }
    match Box::pin(perform(&Call::new(plane.clone(), caller, None), row)).await {
        Ok(()) => Ok(None),
        Err(error) => failure(row, error).map(Some),
    }
}

async fn perform(call: &Call, row: &PlannedMove) -> Result<()> {
    let (moved, to) = (what(row)?, row.to_id);
    let permit = relocate::permit(call, moved, to).await?;
    let told = call.scope(Action::View).await?;
    let change = TreeChange::begin_due(call.shared(), &permit, row).await?;
    let held = store::lock(&change.tx, row.id).await?;
    // Another process may have made it, or somebody called it off.
    let Some(held) = held.filter(|held| held.state == State::Planned) else { return Ok(()) };
    relocate::judge(&change, moved, to, &told).await?;
    let events = relocate::write(&change, moved, to).await?;
    store::update(&change.tx, end::ended(held, State::Done, call.now())).await?;
    quota::relocate::relocate(&change, moved.node(), to).await?;
    let mut audit = audit::of_call(call, MADE, Some(&moved.node()));
    audit::detail(&mut audit, "plannedMove", json!(row.id));
    audit::detail(&mut audit, "to", json!(to));
    audit::detail(&mut audit, "at", json!(row.at));
    change.commit(events, audit).await
}

/// What a refusal means for a move that is due: that it cannot be made, or that it can be tried
/// again.
fn failure(row: &PlannedMove, error: Error) -> Result<Failure> {
    let code = error.code();
    let problem = match error {
        passing @ (Error::Unavailable { .. } | Error::Repeated) => return Err(passing),
        Error::NotFound { .. } | Error::Forbidden { .. } | Error::Limited { .. } => {
            "whoever entered it may not make it any more, or a place of it is gone".to_owned()
        }
        // Which parts these are is told to whoever may see them, by moving it now.
        Error::LeftBehind { what, .. } => format!(
            "the {what} has parts of applications that do not reach to the new place; take them out \
             of those applications first"
        ),
        Error::Internal { context, source } => {
            let error = &*source as &dyn std::error::Error;
            tracing::error!(planned_move.id = %row.id, context, error, "a planned move failed");
            "the plane could not make it; the operator finds in the log why".to_owned()
        }
        other => other.to_string(),
    };
    Ok(Failure { code, problem })
}
