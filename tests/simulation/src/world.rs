//! Everything that the hosts of one run share: names, chance, the trace, and who is alive.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cell_agent_protocol::usage::UsageRecord;
use connectors::memory::MemoryRuntime;
use tokio::runtime::Handle;
use types::id::CellId;
use types::instant::Instant;

use crate::chance::{Chance, Shared};
use crate::clock::{HostClock, Time};
use crate::intent::Intent;
use crate::planted::Planted;
use crate::process::Process;
use crate::template::Installation;
use crate::trace::Trace;

/// One run.
pub struct World {
    /// Decides everything.
    pub seed: u64,
    /// This run's own copy of the installation.
    pub folder: PathBuf,
    /// Ids in it.
    pub installation: Installation,
    /// The bug that is planted, if one is.
    pub planted: Option<Planted>,
    /// What happened.
    pub trace: Trace,
    /// Simulated time.
    pub time: Time,
    /// Where the database's threads are at home.
    pub threads: Handle,
    /// The plane's program.
    pub plane: Arc<Process>,
    /// The plane's ids and secrets.
    pub plane_chance: Shared,
    /// The cells, in the order of their names in the installation.
    pub cells: Vec<Arc<CellSite>>,
    /// What people tried.
    pub intents: Mutex<Vec<Intent>>,
    /// What people draw from.
    pub people: Shared,
    /// What planted bugs draw from, so that they change nothing else.
    pub mischief: Shared,
    /// What must never happen and did.
    pub violations: Mutex<Vec<String>>,
    /// Numbers for the reader.
    pub counts: Mutex<BTreeMap<&'static str, u64>>,
    /// No faults any more.
    calm: AtomicBool,
}

/// A cell: its machine lives on while its agent dies.
pub struct CellSite {
    /// The cell.
    pub id: CellId,
    /// The agent's program.
    pub process: Arc<Process>,
    /// Where members run.
    pub memory: MemoryRuntime,
    /// Microseconds that the machine's clock is ahead.
    pub skew: Arc<AtomicI64>,
    /// What the agent draws from.
    pub ids: Shared,
    /// What the machine and the network draw from.
    pub chance: Shared,
    /// Usage that the agent sent for the first time, by sequence.
    pub sent: Mutex<BTreeMap<i64, UsageRecord>>,
    /// Up to where the plane was told that usage is complete, by its own answer.
    pub complete_to: Mutex<Instant>,
    /// What planted bugs remember of this cell.
    pub memories: Mutex<Memories>,
    /// How often the agent was started.
    pub starts: AtomicU64,
}

/// What planted bugs remember.
#[derive(Default)]
pub struct Memories {
    /// The first specification of each instance.
    pub specs: BTreeMap<String, serde_json::Value>,
    /// Members that were placed.
    pub placed: BTreeSet<types::id::MemberId>,
}

/// The mutex of a run is never left by a panic that somebody survives.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CellSite {
    /// A cell whose agent was never started.
    pub fn new(id: CellId, host: &'static str, time: &Time, chance: &mut Chance) -> Self {
        let skew = Arc::new(AtomicI64::new(0));
        let machine_clock = HostClock::of_machine(time, &skew);
        Self {
            id,
            process: Arc::new(Process::new(host)),
            memory: MemoryRuntime::new(Arc::new(machine_clock)),
            skew,
            ids: Shared::new(chance.fork()),
            chance: Shared::new(chance.fork()),
            sent: Mutex::default(),
            complete_to: Mutex::default(),
            memories: Mutex::default(),
            starts: AtomicU64::new(0),
        }
    }
}

impl World {
    /// A run of a seed.
    pub fn new(run: crate::run::Run, folder: PathBuf, threads: Handle) -> Self {
        let mut chance = Chance::of(run.seed);
        let time = Time::default();
        let installation = run.installation;
        let mut cells = Vec::new();
        for ((_, id), host) in installation.cells.iter().zip(["north", "south"]) {
            cells.push(Arc::new(CellSite::new(*id, host, &time, &mut chance)));
        }
        Self {
            seed: run.seed,
            folder,
            installation,
            planted: run.planted,
            trace: Trace::new(run.with_lines),
            time,
            threads,
            plane: Arc::new(Process::new("plane")),
            plane_chance: Shared::new(chance.fork()),
            cells,
            intents: Mutex::default(),
            people: Shared::new(chance.fork()),
            mischief: Shared::new(chance.fork()),
            violations: Mutex::default(),
            counts: Mutex::default(),
            calm: AtomicBool::new(false),
        }
    }

    /// Adds to the trace.
    pub fn tell(&self, what: impl Display, content: &[u8]) {
        self.trace.add(self.time.now(), what, content);
    }

    /// Whether faults are over.
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Ends the faults.
    pub fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// Whether this bug is planted and strikes now, so many times in a thousand.
    pub fn strikes(&self, planted: Planted, per_mille: u64) -> bool {
        self.planted == Some(planted) && self.mischief.lock().per_mille(per_mille)
    }

    /// Remembers something that must never happen.
    pub fn violation(&self, what: String) {
        self.tell(format_args!("VIOLATION {what}"), &[]);
        let mut violations = lock(&self.violations);
        if !violations.contains(&what) {
            violations.push(what);
        }
    }

    /// Counts for the reader.
    pub fn count(&self, what: &'static str) {
        *lock(&self.counts).entry(what).or_default() += 1;
    }
}
