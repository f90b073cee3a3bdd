//! One run of one seed: the hosts, the faults, and the checks once it is quiet.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use control_plane_core::plane::SharedPlane;
use serde::Serialize;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use turmoil::Sim;

use crate::chance::Chance;
use crate::fault::{self, Fault, HOSTS};
use crate::planted::Planted;
use crate::process::Process;
use crate::template::{self, Installation};
use crate::world::{World, lock};
use crate::{cell, invariant, people, plane};

/// How finely time is cut; messages and faults come at its edges.
const TICK: Duration = Duration::from_millis(25);
/// Between two looks at whether everything is well again.
const LOOK: Duration = Duration::from_millis(4_700);
/// Whoever is down by his own fuse is started again after this.
const DOWN: Duration = Duration::from_secs(3);
/// Everything has to be well so long after the faults: a deadline, and the longest backoff twice.
const PATIENCE: Duration = Duration::from_secs(260);

/// What to run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Decides everything.
    pub seed: u64,
    /// A bug, if one is to be found.
    pub planted: Option<Planted>,
    /// Whether to keep the lines of the trace.
    pub with_lines: bool,
    /// What is in the installation.
    pub installation: Installation,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Hash of the trace.
    pub hash: String,
    /// Events in the trace.
    pub events: u64,
    /// What is wrong; nothing if all is well.
    pub problems: Vec<String>,
    /// Seconds of simulated time.
    pub simulated_s: u64,
    /// Milliseconds that it took.
    pub took_ms: u64,
    /// What happened how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// The trace, if its lines were kept.
    #[serde(skip)]
    pub lines: Vec<String>,
}

type Failed = Box<dyn std::error::Error>;

/// Runs a seed on a copy of the installation.
///
/// # Errors
/// If it could not be run; what it found is in the outcome.
pub fn run(template: &Path, run: Run) -> Result<Outcome, Failed> {
    let began = Stopwatch::now();
    let folder = TempDir::new()?;
    template::copy(template, folder.path())?;
    let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Tokio counts whoever asks for chance, threads and runtimes alike, into what it draws: the
    // thread has asked before the first host is made.
    threads.block_on(threads.spawn(async {}))?;
    let seed = run.seed;
    let world = Arc::new(World::new(run, folder.path().to_owned(), threads.handle().clone()));
    let mut driver = Driver::new(&world, &threads)?;
    let mut problems = driver.drive()?;
    problems.extend(lock(&world.violations).iter().cloned());
    let simulated_s = driver.sim.elapsed().as_secs();
    drop(driver);
    let (hash, events) = world.trace.hash();
    let (lines, counts) = (world.trace.lines(), lock(&world.counts).clone());
    drop(world);
    threads.shutdown_timeout(Duration::from_secs(5));
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Outcome { seed, hash, events, problems, simulated_s, took_ms, counts, lines })
}

struct Driver<'a> {
    world: Arc<World>,
    threads: &'a Runtime,
    sim: Sim<'a>,
    /// For looking only.
    plane: SharedPlane,
    plan: Vec<(Duration, Fault)>,
}

impl<'a> Driver<'a> {
    fn new(world: &Arc<World>, threads: &'a Runtime) -> Result<Self, Failed> {
        let mut chance = Chance::of(world.seed ^ 0x5eed);
        let mut sim = turmoil::Builder::new()
            .rng_seed(chance.draw())
            .tick_duration(TICK)
            .simulation_duration(Duration::from_secs(100_000))
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(fault::FAST)
            .tcp_capacity(1024)
            .build();
        let shared = world.clone();
        sim.host("plane", move || plane::serve(shared.clone()));
        for site in &world.cells {
            let (shared, site) = (world.clone(), site.clone());
            sim.host(site.process.host, move || cell::serve(shared.clone(), site.clone()));
        }
        sim.client("people", people::live(world.clone()));
        let plane = threads.block_on(invariant::open(world))?;
        let plan = fault::draw(&mut chance);
        Ok(Self { world: world.clone(), threads, sim, plane, plan })
    }

    /// Runs to the end; answers what was still wrong then.
    fn drive(&mut self) -> Result<Vec<String>, Failed> {
        let mut plan = std::mem::take(&mut self.plan).into_iter().peekable();
        let mut returns: Vec<(Duration, &'static str)> = Vec::new();
        let mut looked_at = fault::OVER;
        loop {
            self.sim.step()?;
            let now = self.sim.elapsed();
            self.world.time.reach(now);
            while let Some((_, fault)) = plan.next_if(|(at, _)| *at <= now) {
                self.strike(fault);
            }
            for process in self.processes() {
                if process.is_dead() && self.sim.is_host_running(process.host) {
                    self.world.tell(format_args!("{} dies", process.host), &[]);
                    self.world.count("deaths by fuse");
                    self.take_down(process.host);
                    returns.push((now + DOWN, process.host));
                }
            }
            while let Some(at) = returns.iter().position(|(at, _)| *at <= now) {
                self.bring_up(returns.swap_remove(at).1);
            }
            if now >= fault::OVER && !self.world.is_calm() {
                self.mend();
            }
            if self.world.is_calm() && now >= looked_at + LOOK {
                looked_at = now;
                let problems = self.threads.block_on(invariant::broken(&self.world, &self.plane));
                if problems.is_empty() || now > fault::OVER + PATIENCE {
                    return Ok(problems);
                }
            }
        }
    }

    fn processes(&self) -> Vec<Arc<Process>> {
        let cells = self.world.cells.iter().map(|site| site.process.clone());
        std::iter::once(self.world.plane.clone()).chain(cells).collect()
    }

    fn strike(&mut self, fault: Fault) {
        self.world.tell(format_args!("fault {fault:?}"), &[]);
        self.world.count("faults");
        match fault {
            Fault::Partition(a, b) => self.sim.partition(a, b),
            Fault::OneWay(a, b) => self.sim.partition_oneway(a, b),
            Fault::Repair(a, b) => self.sim.repair(a, b),
            Fault::Hold(a, b) => self.sim.hold(a, b),
            Fault::Release(a, b) => self.sim.release(a, b),
            Fault::Latency(most) => self.sim.set_max_message_latency(most),
            Fault::Crash(host) => self.take_down(host),
            Fault::Restart(host) => self.bring_up(host),
            Fault::Fuse(host, points) => {
                if let Some(process) = self.processes().iter().find(|one| one.host == host) {
                    process.light(points);
                }
            }
            Fault::Clock(cell, skew) => {
                let cell = &self.world.cells[cell];
                cell.skew.store(skew, std::sync::atomic::Ordering::Relaxed);
            }
            Fault::MemberEnds(cell) => {
                let memory = &self.world.cells[cell].memory;
                // A planted refusal is not in the way: this is the machine itself.
                let here = self.threads.block_on(connectors::runtime::Runtime::list(memory));
                if let Some(member) = here.unwrap_or_default().first() {
                    memory.crash(*member);
                }
            }
        }
    }

    fn take_down(&mut self, host: &'static str) {
        if self.sim.is_host_running(host) {
            self.sim.crash(host);
        }
    }

    fn bring_up(&mut self, host: &'static str) {
        if !self.sim.is_host_running(host) {
            self.world.tell(format_args!("{host} is started again"), &[]);
            self.sim.bounce(host);
        }
    }

    /// Ends all faults but those of the clocks.
    fn mend(&mut self) {
        self.world.tell("faults are over", &[]);
        self.world.calm_down();
        self.sim.set_max_message_latency(fault::FAST);
        for host in HOSTS {
            for peer in HOSTS.into_iter().chain(["people"]).filter(|peer| *peer != host) {
                self.sim.release(host, peer);
                self.sim.repair(host, peer);
            }
            self.bring_up(host);
        }
        self.processes().iter().for_each(|process| process.spare());
    }
}
