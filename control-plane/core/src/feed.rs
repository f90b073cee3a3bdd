//! The feed: what happened in what the caller may see, from a cursor on, then as it happens.

use std::collections::VecDeque;
use std::time::Duration;

use control_plane_store::event;
pub use control_plane_store::event::Event;
use control_plane_store::instance::Instance;
use control_plane_store::outbox::NewEvent;
use futures::Stream;
use types::id::InstanceId;
use types::instant::Instant;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::nudge::Topic;

/// Hints may be lost, so the feed looks by itself this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Events read at once.
const BATCH: u64 = 100;

/// Something that happened to an instance.
pub(crate) fn of_instance(kind: &str, row: &Instance, now: Instant) -> NewEvent {
    let mut event = NewEvent::new(kind, now);
    event.project_id = Some(row.project_id);
    event.instance_id = Some(row.id);
    event.operation_id = Some(row.operation_id);
    event
}

/// The number of the newest event of the caller's tenant.
pub async fn newest(call: &Call) -> Result<i64> {
    Ok(event::last_number(&call.reader().await?).await?)
}

/// Reads a cursor of the feed.
pub fn parse_cursor(text: &str) -> Result<i64> {
    let wrong = || Error::invalid("after", "malformed", "use a cursor that this feed gave out");
    text.parse().ok().filter(|number| *number >= 0).ok_or_else(wrong)
}

/// Events after a number, for ever. Each look asks for the caller's rights anew, so a right that
/// was withdrawn ends what is seen.
pub fn follow(
    call: Call,
    after: i64,
    instance: Option<InstanceId>,
) -> impl Stream<Item = Result<Event>> {
    let start = (call, after, VecDeque::new());
    futures::stream::unfold(Some(start), move |state| async move {
        let (call, mut after, mut ready) = state?;
        loop {
            if let Some(event) = ready.pop_front() {
                return Some((Ok(event), Some((call, after, ready))));
            }
            match look(&call, after).await {
                Ok(events) => {
                    if let Some(last) = events.last() {
                        after = last.number;
                    }
                    let wanted =
                        |event: &Event| instance.is_none() || event.instance_id == instance;
                    ready.extend(events.into_iter().filter(wanted));
                }
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
}

/// Waits until there is something after the number.
async fn look(call: &Call, after: i64) -> Result<Vec<Event>> {
    loop {
        let mut hint = call.plane().nudges.listen(Topic::Tenant(call.tenant()?));
        let events = event::after(&call.reader().await?, after, BATCH).await?;
        if !events.is_empty() {
            return Ok(events);
        }
        tokio::select! {
            _ = hint.changed() => {}
            () = call.plane().clock.sleep(LOOK_AGAIN) => {}
        }
    }
}
