//! The feed: what happened in what the caller may see, from a cursor on, then as it happens.

use std::collections::VecDeque;
use std::time::Duration;

use control_plane_store::event;
pub use control_plane_store::event::Event;
use control_plane_store::instance::Instance;
use control_plane_store::outbox::NewEvent;
use futures::Stream;
use policies::action::Action;
use types::id::InstanceId;
use types::instant::Instant;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::instance;
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

/// Behind which event a reader begins: the one of its cursor, the newest without one. A cursor from
/// beyond the newest is of a feed that is no more, e.g. from after the backup that was restored: who
/// waited for what comes next would miss what there is.
pub async fn start(call: &Call, after: Option<&str>) -> Result<i64> {
    let newest = event::last_number(&call.reader().await?).await?;
    let Some(after) = after else { return Ok(newest) };
    let number = after.parse().ok().filter(|number| (0..=newest).contains(number));
    let wrong = || Error::invalid("after", "malformed", "use a cursor that this feed gave out");
    number.ok_or_else(wrong)
}

/// Events after a number, for ever. Each look asks for the caller's rights anew, so a right that
/// was withdrawn ends what is seen; when nothing is left that could be seen, the feed ends.
pub fn follow(
    call: Call,
    after: i64,
    instance: Option<InstanceId>,
) -> impl Stream<Item = Result<Event>> {
    let start =
        Following { call, after, instance, ready: VecDeque::new(), standing: None, shows: false };
    futures::stream::unfold(Some(start), async |state| {
        let mut state = state?;
        match state.step().await {
            Ok(event) => Some((Ok(event), Some(state))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Following {
    call: Call,
    after: i64,
    instance: Option<InstanceId>,
    ready: VecDeque<Event>,
    /// The rights and the tree that were looked at last, by their number.
    standing: Option<i64>,
    /// Whether anything at all could be seen then.
    shows: bool,
}

impl Following {
    async fn step(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            let events = self.look().await?;
            if let Some(last) = events.last() {
                self.after = last.number;
            }
            let wanted =
                |event: &Event| self.instance.is_none() || event.instance_id == self.instance;
            self.ready.extend(events.into_iter().filter(wanted));
        }
    }

    /// Waits until there is something after the number.
    async fn look(&mut self) -> Result<Vec<Event>> {
        let plane = self.call.shared_plane();
        let tenant = self.call.tenant()?;
        loop {
            let mut rights = plane.nudges.listen(Topic::Rights(tenant));
            let mut hint = plane.nudges.listen(Topic::Tenant(tenant));
            self.check_rights().await?;
            let events = event::after(&self.call.reader().await?, self.after, BATCH).await?;
            if !events.is_empty() {
                return Ok(events);
            }
            tokio::select! {
                _ = hint.changed() => {}
                _ = rights.changed() => {}
                () = plane.clock.sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Ends it when rights changed so that what was asked for can no longer be seen. Who could see
    /// nothing from the beginning may wait for rights.
    async fn check_rights(&mut self) -> Result<()> {
        let number = self.call.standing().await?.number();
        if self.standing == Some(number) {
            return Ok(());
        }
        if let Some(id) = self.instance {
            instance::get(&self.call, id).await?;
        }
        let shows = !self.call.scope(Action::View).await?.is_empty();
        if self.shows && !shows {
            return Err(Error::NotFound { what: "tenant" });
        }
        (self.standing, self.shows) = (Some(number), shows);
        Ok(())
    }
}
