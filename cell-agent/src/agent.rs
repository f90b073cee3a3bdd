//! The agent as a whole: what it is made of, how it starts, ends and dies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cell_agent_protocol::enrol::JoinToken;
use connectors::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use types::cell::Orphan;
use types::clock::{Clock, SharedClock};
use types::id::{AgentSessionId, CellId, Ids, InstanceId};
use types::instant::Instant;

use crate::enrol::{EnrolError, Enrolment};
use crate::identity::{Enrolled, IdentityError};
use crate::key::{CellKey, KeyError};
use crate::ledger::{self, Ledger, LedgerError};
use crate::site::{Ground, Lost, Site};
use crate::state_dir::{StateDir, StateError};
use crate::tls::Tls;
use crate::way::{Carrier, Way};
use crate::{link, observe, report, spool, trouble, worker};

/// The last report of an agent that stops takes no longer.
const FAREWELL: Duration = Duration::from_secs(2);
/// An agent that worked so long was not in the same trouble before.
const STEADY: Duration = Duration::from_secs(300);

/// Whoever else has the ledger open for so long is another agent.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);

/// Between two tries to open it.
const LEDGER_RETRY: Duration = Duration::from_millis(100);

/// What an agent is made of.
pub struct AgentParts {
    /// Tells the time, and sleeps.
    pub clock: SharedClock,
    /// Where the boot id, and the chance in pauses, comes from.
    pub ids: Arc<dyn Ids>,
    /// Runs the members.
    pub runtime: Arc<dyn Runtime>,
    /// Key, identity and ledger; one agent at a time.
    pub state_dir: PathBuf,
    /// How it works.
    pub settings: Settings,
    /// Used if the agent is not enrolled yet, or not any more.
    pub join_token: Option<JoinToken>,
}

/// How an agent works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Between two looks at a member.
    pub probe_interval: Duration,
    /// Steps of operations at the same time.
    pub concurrency: usize,
    /// What the cell can do, as the plane is told.
    pub capabilities: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            probe_interval: Duration::from_secs(2),
            concurrency: 4,
            capabilities: vec!["host".to_owned()],
        }
    }
}

/// Why an agent does not run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The state directory cannot be used.
    #[error("use the state directory")]
    State(#[from] StateError),
    /// The key cannot be used.
    #[error("use the cell's key")]
    Key(#[from] KeyError),
    /// The identity cannot be used.
    #[error("use the cell's identity")]
    Identity(#[from] IdentityError),
    /// The ledger cannot be used.
    #[error("use the ledger")]
    Ledger(#[from] LedgerError),
    /// It is not enrolled and has no join token.
    #[error("not enrolled: ask an operator of the plane for a join token")]
    NotEnrolled,
    /// The enrolment did not work.
    #[error("enrol")]
    Enrol(#[from] EnrolError),
    /// The plane does not want to talk to this agent. Members go on.
    #[error("{0}")]
    Halted(Halt),
    /// It was killed, or a part of it failed.
    #[error("the agent ended unexpectedly")]
    Ended,
}

/// Why the plane does not talk to this agent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The agent was revoked.
    #[error("the plane withdrew this agent's identity: enrol again with a new join token")]
    NotEnrolled,
    /// The state directory is a copy, or was rolled back.
    #[error("the plane suspects a copied or rolled back state directory: do not start this copy")]
    CloneSuspected,
    /// Another agent of this cell speaks to the plane.
    #[error("another agent of this cell is talking to the plane: stop one of the two")]
    Superseded,
    /// The plane does not speak this version.
    #[error("the plane does not speak this agent's version: update the agent")]
    VersionUnsupported,
}

/// How it stands between agent and plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStatus {
    /// No session yet.
    Starting,
    /// A session is open.
    Connected {
        /// The session.
        session: AgentSessionId,
    },
    /// The plane is away; members go on, and what is to be reported is kept.
    Away {
        /// By the agent's own clock.
        since: Instant,
    },
    /// The plane refused for good.
    Halted(Halt),
}

/// What an agent says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentStatus {
    /// The cell it is.
    pub cell: Option<CellId>,
    /// How it stands with the plane.
    pub link: LinkStatus,
}

impl AgentStatus {
    pub(crate) fn starting(cell: Option<CellId>) -> Self {
        Self { cell, link: LinkStatus::Starting }
    }
}

/// The agent of a cell.
pub struct Agent;

impl Agent {
    /// Opens the state, enrols if needed (waiting for a plane that is away), and begins to work on
    /// the current tokio runtime.
    pub async fn start(parts: AgentParts) -> Result<AgentHandle, AgentError> {
        Self::begin(parts, None).await
    }

    /// The same over a carrier that is given instead of HTTPS, e.g. a simulated network.
    pub async fn start_over(
        parts: AgentParts,
        carrier: Arc<dyn Carrier>,
    ) -> Result<AgentHandle, AgentError> {
        Self::begin(parts, Some(carrier)).await
    }

    async fn begin(
        parts: AgentParts,
        carrier: Option<Arc<dyn Carrier>>,
    ) -> Result<AgentHandle, AgentError> {
        let AgentParts { clock, ids, runtime, state_dir, settings, join_token } = parts;
        let kept = Kept::reopen(&state_dir, clock.clone(), ids.as_ref(), carrier).await?;
        let known = Enrolled::load(&kept.state)?;
        let enrolled = match (known, join_token) {
            // A refusal may have been a mistake that was corrected: without a token, try again.
            (Some(known), token) if !known.withdrawn || token.is_none() => known,
            (_, Some(token)) => kept.enrol(clock.as_ref(), ids.as_ref(), &token).await?,
            (_, None) => return Err(AgentError::NotEnrolled),
        };
        if kept.ledger.cell().is_none() {
            kept.ledger.enter_cell(enrolled.cell(), enrolled.identity.next_sequence)?;
        }
        let Kept { state, way, ledger, key } = kept;
        let status = watch::Sender::new(AgentStatus::starting(ledger.cell()));
        let told = status.subscribe();
        let trouble = None;
        let ground =
            Ground { clock, ids, runtime, ledger, key, state, way, settings, status, trouble };
        let (site, lost) = Site::new(ground)?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(live(site, enrolled, lost, stop.clone()));
        Ok(AgentHandle { status: told, stop, task })
    }

    /// Only enrols, also if it was enrolled before; says which cell it is now.
    pub async fn enrol(
        clock: SharedClock,
        ids: &dyn Ids,
        state_dir: &Path,
        token: &JoinToken,
    ) -> Result<CellId, AgentError> {
        let kept = Kept::open(state_dir, clock.clone(), ids, None).await?;
        Ok(kept.enrol(clock.as_ref(), ids, token).await?.cell())
    }

    /// Instances that the plane did not know when it was asked last; only while no agent runs.
    pub fn orphans(state_dir: &Path, ids: &dyn Ids) -> Result<Vec<Orphan>, AgentError> {
        Ok(Ledger::open(&StateDir::open(state_dir)?, ids)?.orphans()?)
    }

    /// Lets the next run delete an orphan with its data; only while no agent runs. False if the
    /// instance is none.
    pub fn delete_orphan(
        state_dir: &Path,
        ids: &dyn Ids,
        instance: InstanceId,
    ) -> Result<bool, AgentError> {
        Ok(Ledger::open(&StateDir::open(state_dir)?, ids)?.delete_orphan(instance, ids)?)
    }

    /// How many rows each table of the ledger has; only while no agent uses it.
    pub fn ledger_counts(
        state_dir: &Path,
        ids: &dyn Ids,
    ) -> Result<BTreeMap<&'static str, u64>, AgentError> {
        Ok(Ledger::open(&StateDir::open(state_dir)?, ids)?.counts()?)
    }
}

/// What the state directory holds, opened.
struct Kept {
    state: StateDir,
    way: Way,
    ledger: Ledger,
    key: CellKey,
}

impl Kept {
    /// Like `open`; one who was here before waits for a disk that cannot be written now. Without an
    /// open ledger nobody can say who speaks, so the plane is not told and shows the cell as silent.
    async fn reopen(
        path: &Path,
        clock: SharedClock,
        ids: &dyn Ids,
        carrier: Option<Arc<dyn Carrier>>,
    ) -> Result<Self, AgentError> {
        let was_here = path.join(ledger::FILE).exists();
        let mut failures = 0;
        loop {
            let error = match Self::open(path, clock.clone(), ids, carrier.clone()).await {
                Err(AgentError::Ledger(error)) if was_here && error.is_passing() => error,
                Err(AgentError::State(error)) if was_here && error.is_passing() => error.into(),
                opened => return opened,
            };
            failures += 1;
            trouble::wait(clock.as_ref(), ids, &error, failures).await;
        }
    }

    async fn open(
        path: &Path,
        clock: SharedClock,
        ids: &dyn Ids,
        carrier: Option<Arc<dyn Carrier>>,
    ) -> Result<Self, AgentError> {
        let state = StateDir::open(path)?;
        let ledger = open_ledger(&state, &*clock, ids).await?;
        let tls = Tls::new(clock);
        let key = CellKey::open(&state, tls.provider())?;
        let way = carrier.map_or(Way::Tls(tls), Way::Given);
        Ok(Self { state, way, ledger, key })
    }

    async fn enrol(
        &self,
        clock: &dyn Clock,
        ids: &dyn Ids,
        token: &JoinToken,
    ) -> Result<Enrolled, AgentError> {
        let Self { state, way, ledger, key } = self;
        Ok(Enrolment { clock, ids, way, state, key, ledger }.enrol(token).await?)
    }
}

/// An agent that was killed while it started a process leaves its lock to that for a moment.
pub(crate) async fn open_ledger(
    state: &StateDir,
    clock: &dyn Clock,
    ids: &dyn Ids,
) -> Result<Ledger, LedgerError> {
    let until = clock.now().plus(LEDGER_PATIENCE);
    loop {
        match Ledger::open(state, ids) {
            Err(LedgerError::InUse) if clock.now() < until => clock.sleep(LEDGER_RETRY).await,
            opened => return opened,
        }
    }
}

/// A running agent. Dropping it leaves the agent running.
pub struct AgentHandle {
    status: watch::Receiver<AgentStatus>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), AgentError>>,
}

impl AgentHandle {
    /// What the agent says of itself, now and when it changes.
    pub fn status(&self) -> watch::Receiver<AgentStatus> {
        self.status.clone()
    }

    /// Asks the agent to stop, without waiting for it.
    pub fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Returns when the agent ended: stopped, halted by the plane, or failed.
    pub async fn finished(&mut self) -> Result<(), AgentError> {
        (&mut self.task).await.unwrap_or(Err(AgentError::Ended))
    }

    /// Writes down what is known, sends what can be sent within two seconds, and ends. Members go
    /// on.
    pub async fn stop(mut self) -> Result<(), AgentError> {
        self.begin_stop();
        self.finished().await
    }

    /// Drops everything at once, as if the process had been killed; the state directory can be
    /// opened again afterwards.
    pub async fn kill(self) {
        self.task.abort();
        // The outcome is the abortion itself.
        let _ = self.task.await;
    }
}

async fn live(
    mut site: Site,
    mut enrolled: Enrolled,
    mut lost: mpsc::UnboundedReceiver<Lost>,
    stop: CancellationToken,
) -> Result<(), AgentError> {
    let mut failures = 0;
    loop {
        let began = site.clock.now();
        let error = match work(&site, enrolled.clone(), lost, &stop).await {
            Err(AgentError::Ledger(error)) if error.is_passing() => error,
            ended => return ended,
        };
        // What breaks again at once is tried more and more slowly.
        failures = if site.clock.now().since(began) < STEADY { failures + 1 } else { 0 };
        (site, lost) = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            outlasted = trouble::outlast(site, &enrolled, error, failures) => outlasted?,
        };
        enrolled = Enrolled::load(&site.state)?.unwrap_or(enrolled);
    }
}

async fn work(
    site: &Site,
    enrolled: Enrolled,
    lost: mpsc::UnboundedReceiver<Lost>,
    stop: &CancellationToken,
) -> Result<(), AgentError> {
    tell_strangers(site).await;
    tokio::select! {
        closed = observe::round::run(site, stop) => closed?,
        failed = worker::run(site) => match failed? {},
        failed = report::run(site) => match failed? {},
        failed = spool::run(site) => match failed? {},
        halted = link::run(site, enrolled, lost) => {
            let halt = halted?;
            site.status.send_modify(|status| status.link = LinkStatus::Halted(halt));
            return Err(AgentError::Halted(halt));
        }
    }
    let opened = site.session.borrow().clone();
    if let Some(opened) = opened {
        let farewell = async {
            report::send(site, &opened, &mut report::Told::default()).await?;
            spool::Delivery::default().round(site, &opened).await
        };
        match tokio::time::timeout(FAREWELL, farewell).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(error = &error as &dyn std::error::Error, "what is left is kept");
            }
            Err(_) => tracing::info!("the plane is slow; what is left is kept"),
        }
    }
    tracing::info!("stopped; members go on");
    Ok(())
}

/// Members that are here and that nobody wants are said once: absence orders nothing.
async fn tell_strangers(site: &Site) {
    let Ok(here) = site.runtime.list().await else { return };
    let specs = site.ledger.specs();
    for member in here {
        if !specs.iter().any(|spec| spec.members.iter().any(|one| one.id == member)) {
            tracing::warn!(member.id = %member, "a member is here that the ledger does not know");
        }
    }
}
