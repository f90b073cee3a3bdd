//! The long poll for what a cell should make true.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest, digest};
use control_plane_core::cell::check_session;
use control_plane_core::desired::{self, Changes};
use control_plane_core::error::Error;
use control_plane_core::nudge::Topic;
use control_plane_store::{cell, cell_head};
use policies::permit::CellIdentity;
use types::generation::Revision;
use types::id::AgentSessionId;

use crate::agent_api::refusal::Refusal;
use crate::agent_api::{AgentApi, AgentParts, SMALL_MAX_BYTES, answer, read};
use crate::metrics::Counted;

/// Hints from other processes may be lost, so the poll looks by itself this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The longest that an agent may wait for news.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// `POST /agent/v1/desired`: answers when there is news, when the wait is over, or when the agent
/// may no longer ask.
pub async fn poll(
    State(api): State<AgentApi>,
    Extension(identity): Extension<CellIdentity>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: DesiredRequest = read(body, SMALL_MAX_BYTES).await?;
    let clock = &api.plane.clock;
    let wait = Duration::from_millis(request.wait_ms.into()).min(WAIT_MAX);
    let until = clock.now().plus(wait);
    let _counted = Counted::in_gauge(&api.metrics.agent_polls);
    loop {
        // Listened to before reading, so that nothing between the two is missed.
        let mut hint = api.plane.nudges.listen(Topic::Cell(identity.cell()));
        let over = clock.now() >= until || api.ends.stop.is_cancelled();
        if over || has_news(&api, &identity, request.session, request.after).await? {
            let changes =
                desired::changes(&api.plane, &identity, request.session, request.after).await??;
            return Ok(answer(&message(changes)));
        }
        let look = until.min(clock.now().plus(LOOK_AGAIN));
        tokio::select! {
            _ = hint.changed() => {}
            () = clock.sleep_until(look) => {}
            () = api.ends.stop.cancelled() => {}
        }
    }
}

/// A cheap look, before the whole set is read.
async fn has_news(
    api: &AgentParts,
    identity: &CellIdentity,
    session: AgentSessionId,
    after: Revision,
) -> Result<bool, Refusal> {
    let tx = api.plane.store.cell_read(identity);
    let found = cell::find(&tx, identity.cell()).await;
    let row = found.map_err(Error::from)?.ok_or_else(Refusal::not_enrolled)?;
    check_session(row, session)?;
    // Also when the agent is ahead of us: our database is older than its ledger, and the digest
    // tells it so.
    Ok(cell_head::get_in_cell(&tx).await.map_err(Error::from)? != after)
}

fn message(changes: Changes) -> DesiredAnswer {
    let Changes { revision, objects, more, all, forgotten } = changes;
    let digest = (!more).then(|| digest(all));
    DesiredAnswer { revision, objects, more, digest, forgotten }
}
