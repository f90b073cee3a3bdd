//! Moves of organizations and projects that are entered for an instant to come.
//!
//! What can be judged is judged when a move is entered ([`change`]) and once more when its instant
//! has come ([`due`]): as whoever entered it, with the rights that they have then. It holds from its
//! instant on, to the microsecond, for the tree's history and so for bills. What cannot be made any
//! more ends with the reason ([`end`]) and changes nothing.

pub use control_plane_store::PlannedMoveState as State;
use control_plane_store::planned_move as store;
pub use control_plane_store::planned_move::{PlannedMove, PlannedMoveFilter as Filter};
use policies::action::Action;
use policies::role::Node;
use types::id::PlannedMoveId;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::limits;
use crate::page::{Page, Paged};
use crate::tree::relocate::{self, Movable};

pub mod change;
pub(crate) mod due;
pub(crate) mod end;

/// What is moved.
pub(crate) fn what(row: &PlannedMove) -> Result<Movable> {
    match (row.organization_id, row.project_id) {
        (Some(id), None) => Ok(Movable::Organization(id)),
        (None, Some(id)) => Ok(Movable::Project(id)),
        _ => Err(Error::internal("read a planned move", "it is of no node, or of two")),
    }
}

/// Planned moves of nodes that the caller may see, the newest first; at a node with all below, those
/// that lead to there included.
pub async fn list(
    call: &Call,
    at: Option<Node>,
    state: Option<State>,
    page: &Page,
) -> Result<Paged<PlannedMove>> {
    let mut filter = Filter { state, within: None };
    if let Some(at) = at {
        if matches!(at, Node::Application(_) | Node::Installation) {
            return Err(Error::NotFound { what: "node" });
        }
        call.permit(Action::View, at, "node").await?;
        if !matches!(at, Node::Tenant(_)) {
            filter.within = Some(limits::below(at, &call.standing().await?.tree));
        }
    }
    Ok(store::list(&call.reader().await?, &filter, page).await?)
}

/// One of them.
pub async fn get(call: &Call, id: PlannedMoveId) -> Result<PlannedMove> {
    let found = store::find(&call.reader().await?, id).await?;
    found.ok_or(Error::NotFound { what: "planned move" })
}

/// Whether the caller may see where it leads to, and so why it could not be made.
pub async fn is_told(call: &Call, row: &PlannedMove) -> Result<bool> {
    Ok(call.scope(Action::View).await?.has_organization(row.to_id))
}

/// Whether the caller can call it off now.
pub async fn can_cancel(call: &Call, row: &PlannedMove) -> Result<bool> {
    if row.state != State::Planned {
        return Ok(false);
    }
    match relocate::permit(call, what(row)?, row.to_id).await {
        Ok(_) => Ok(true),
        Err(Error::Internal { context, source }) => Err(Error::Internal { context, source }),
        Err(_) => Ok(false),
    }
}
