//! What all parts of one agent share. All of them run as one task, so between two waits nothing
//! else changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::session::Session;
use connectors::runtime::Runtime;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use types::clock::SharedClock;
use types::generation::Generation;
use types::id::{AgentSessionId, Ids, InstanceId, MemberId, OperationId};
use types::instance::InstanceObserved;
use types::instant::Instant;
use types::operation::{Attempt, Problem};

use crate::agent::{AgentStatus, Settings};
use crate::key::CellKey;
use crate::ledger::{self, Beyond, Ledger, LedgerError};
use crate::plane::PlaneClient;
use crate::state_dir::StateDir;
use crate::time::Time;
use crate::way::Way;

/// However long somebody sleeps, the clocks are compared again after this.
const NAP: Duration = Duration::from_secs(30);

/// An open session.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub id: AgentSessionId,
    pub report_interval: Duration,
    pub client: PlaneClient,
    reports: Arc<AtomicU64>,
}

impl Opened {
    pub fn new(session: &Session, client: PlaneClient) -> Self {
        // Without a pause between reports nothing else would be done.
        let report_interval = Duration::from_secs(session.report_interval_s.max(1).into());
        Self { id: session.session, report_interval, client, reports: Arc::default() }
    }

    /// The number of the next report of this session.
    pub fn next_report(&self) -> u64 {
        self.reports.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A session that the plane refused in the course of a report.
pub(crate) type Lost = (AgentSessionId, AgentErrorCode);

/// The last sight of an instance, and how often it changed.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub observed: InstanceObserved,
    pub version: u64,
    /// The work that was in hand during this look.
    pub under: Option<Under>,
}

/// What tells whether the work in hand has moved: the generation that is wanted, and the version of
/// its operation's journal.
pub(crate) type Under = (Option<Generation>, Option<u64>);

pub(crate) struct Site {
    pub clock: SharedClock,
    pub time: Time,
    pub ids: Arc<dyn Ids>,
    pub runtime: Arc<dyn Runtime>,
    pub ledger: Ledger,
    pub key: CellKey,
    pub state: StateDir,
    pub way: Way,
    pub settings: Settings,
    /// Drawn when this process began.
    pub process: String,
    /// Held while a step or a probe runs.
    pub places: Semaphore,
    /// Counts how often newer wishes were taken in.
    pub wishes: watch::Sender<u64>,
    /// There is something to report.
    pub moved: Notify,
    /// Something is in `looks`.
    pub look: Notify,
    /// Usage was closed and can be sent.
    pub metered: Notify,
    /// The open session, if there is one.
    pub session: watch::Sender<Option<Opened>>,
    /// Where a report tells that its session is gone.
    pub lost: mpsc::UnboundedSender<Lost>,
    pub status: watch::Sender<AgentStatus>,
    /// Before it the plane has all usage, whatever this disk remembers.
    complete_to: Mutex<Instant>,
    sights: Mutex<BTreeMap<InstanceId, Sight>>,
    /// Instances to be looked at before the interval is over.
    looks: Mutex<BTreeSet<InstanceId>>,
    /// What the plane does not know of this cell.
    beyond: Mutex<Beyond>,
    /// Steps that are tried again and again, by operation.
    attempts: Mutex<BTreeMap<OperationId, Attempt>>,
    /// Instances that are not as they are wanted, with nobody at work on them.
    straying: Mutex<BTreeSet<InstanceId>>,
    /// What hindered this agent, until usage was written down since.
    trouble: Mutex<Option<Problem>>,
}

/// What a site is made of.
pub(crate) struct Ground {
    pub clock: SharedClock,
    pub ids: Arc<dyn Ids>,
    pub runtime: Arc<dyn Runtime>,
    pub ledger: Ledger,
    pub key: CellKey,
    pub state: StateDir,
    pub way: Way,
    pub settings: Settings,
    pub status: watch::Sender<AgentStatus>,
    /// What hindered the one before it.
    pub trouble: Option<Problem>,
}

impl Site {
    pub fn new(ground: Ground) -> Result<(Self, mpsc::UnboundedReceiver<Lost>), LedgerError> {
        let (lost, receiver) = mpsc::unbounded_channel();
        let Ground { clock, ids, runtime, ledger, key, state, way, settings, status, trouble } =
            ground;
        let known_to = ledger.positions()?.iter().map(|position| position.known_to).max();
        let site = Self {
            time: Time::begin(clock.clone(), ledger.offset_us(), known_to),
            places: Semaphore::new(settings.concurrency),
            status,
            clock,
            process: ids.next().to_string(),
            complete_to: Mutex::default(),
            beyond: Mutex::default(),
            ids,
            runtime,
            ledger,
            key,
            state,
            way,
            settings,
            wishes: watch::Sender::new(0),
            moved: Notify::new(),
            look: Notify::new(),
            metered: Notify::new(),
            session: watch::Sender::new(None),
            lost,
            sights: Mutex::default(),
            looks: Mutex::default(),
            attempts: Mutex::default(),
            straying: Mutex::default(),
            trouble: Mutex::new(trouble),
        };
        Ok((site, receiver))
    }

    /// The plane's time, as well as it is known.
    pub fn now(&self) -> Instant {
        self.time.now()
    }

    /// An instant of this machine's clock in the plane's time.
    pub fn in_plane_time(&self, own: Instant) -> Instant {
        own.shifted(self.time.offset_us())
    }

    /// An instant of the plane's time by this machine's clock.
    pub fn in_own_time(&self, planes: Instant) -> Instant {
        planes.shifted(-self.time.offset_us())
    }

    /// Returns at an instant of the plane's time, also if the own clock is set meanwhile.
    pub async fn sleep_until(&self, planes: Instant) {
        loop {
            let left = planes.since(self.now());
            if left.is_zero() {
                return;
            }
            self.clock.sleep(left.min(NAP)).await;
        }
    }

    /// Measures the plane's time by an answer that tells it, to what was sent at a steady time.
    pub fn agree_on_time(&self, sent_at: Instant, plane_time: Instant) -> Result<(), LedgerError> {
        if self.time.measure(sent_at, plane_time) {
            self.look_at_all();
        }
        self.keep_offset()
    }

    /// Keeps for the next start how the clocks differ, and tells the plane if that changed.
    pub fn keep_offset(&self) -> Result<(), LedgerError> {
        let (known, offset) = (self.ledger.offset_us(), self.time.offset_us());
        if offset != known {
            tracing::info!(from_us = known, to_us = offset, "the clocks differ otherwise now");
            self.ledger.enter_offset(offset)?;
            self.moved.notify_one();
            self.look_at_all();
        }
        Ok(())
    }

    /// Lets an instance be looked at before the interval is over.
    pub fn look_at(&self, instance: InstanceId) {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).insert(instance);
        self.look.notify_one();
    }

    /// The same for all.
    pub fn look_at_all(&self) {
        let all = self.ledger.specs().into_iter().map(|spec| spec.id);
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).extend(all);
        self.look.notify_one();
    }

    /// The instances that are to be looked at now.
    pub fn take_looks(&self) -> BTreeSet<InstanceId> {
        std::mem::take(&mut *self.looks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes up to when the plane has all usage.
    pub fn note_complete(&self, complete_to: Instant) {
        *self.complete_to.lock().unwrap_or_else(PoisonError::into_inner) = complete_to;
    }

    pub fn sights(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Sight>> {
        self.sights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to when the plane has all usage, as it said last.
    pub fn complete_to(&self) -> Instant {
        *self.complete_to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn beyond(&self) -> MutexGuard<'_, Beyond> {
        self.beyond.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn trouble(&self) -> MutexGuard<'_, Option<Problem>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn attempts(&self) -> MutexGuard<'_, BTreeMap<OperationId, Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file of the ledger.
    pub fn ledger_path(&self) -> PathBuf {
        self.state.path(ledger::FILE)
    }

    pub fn straying(&self) -> MutexGuard<'_, BTreeSet<InstanceId>> {
        self.straying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work that is in hand for an instance.
    pub fn under(&self, instance: InstanceId) -> Under {
        let spec = self.ledger.spec(instance);
        let journal = spec.as_ref().and_then(|spec| self.ledger.journal(spec.operation.id));
        (spec.map(|spec| spec.generation), journal.map(|journal| journal.version))
    }

    /// Whether the instance was looked at since the work in hand moved last.
    pub fn is_looked_at(&self, instance: InstanceId) -> bool {
        let under = self.under(instance);
        self.sights().get(&instance).is_some_and(|sight| sight.under == Some(under))
    }

    /// The role that a member's probe answered last.
    pub fn role(&self, instance: InstanceId, member: MemberId) -> Option<String> {
        let sights = self.sights();
        let members = &sights.get(&instance)?.observed.members;
        members.iter().find(|one| one.id == member)?.role.clone()
    }
}
