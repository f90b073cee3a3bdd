//! The clock of a simulated host: turmoil's time, and how far the host's own clock is off.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use types::clock::Clock;
use types::instant::Instant;

/// When every simulation begins: 2026-11-01T08:58:00Z, so that an hour ends in it.
pub const BEGIN: Instant = Instant::from_micros(1_793_523_480_000_000);

/// A sleep looks at its clock again after this, since the clock may be set meanwhile.
const NAP: Duration = Duration::from_secs(20);

thread_local! {
    static WITHIN: RefCell<Option<Within>> = const { RefCell::new(None) };
}

/// What a future in lockstep belongs to, although it is polled among the threads of the database.
#[derive(Clone, Debug)]
pub struct Within {
    /// Whose timers count.
    pub host: Handle,
    /// How many sleeps the future waits for.
    pub sleepers: Arc<AtomicUsize>,
}

/// Holds for as long as a future is polled.
pub struct Entered(Option<Within>);

impl Within {
    /// From now on, on this thread.
    pub fn enter(&self) -> Entered {
        Entered(WITHIN.with(|within| within.replace(Some(self.clone()))))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        WITHIN.with(|within| within.replace(self.0.take()));
    }
}

/// Whether a future in lockstep is being polled on this thread.
pub fn is_within() -> bool {
    within().is_some()
}

fn within() -> Option<Within> {
    WITHIN.with(|within| within.borrow().clone())
}

struct Sleeper(Option<Arc<AtomicUsize>>);

impl Sleeper {
    fn begin() -> Self {
        let number = within().map(|within| within.sleepers);
        if let Some(number) = &number {
            number.fetch_add(1, Ordering::Relaxed);
        }
        Self(number)
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Some(number) = &self.0 {
            number.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Simulated time, in microseconds since [`BEGIN`], as it was known last.
#[derive(Clone, Debug, Default)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// The time now; outside of a host the time when a host asked last.
    pub fn now(&self) -> Instant {
        let within = within();
        let _inside = within.as_ref().map(|within| within.host.enter());
        if let Some(elapsed) = turmoil::sim_elapsed() {
            let micros = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
            self.0.fetch_max(micros, Ordering::Relaxed);
            return BEGIN.shifted(micros);
        }
        BEGIN.shifted(self.0.load(Ordering::Relaxed))
    }

    /// The driver knows the time when no host is running.
    pub fn reach(&self, elapsed: Duration) {
        let micros = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_max(micros, Ordering::Relaxed);
    }
}

/// The clock of one host.
#[derive(Clone, Debug)]
pub struct HostClock {
    time: Time,
    /// Microseconds that the clock is ahead.
    skew: Arc<AtomicI64>,
    /// Whose timers are slept on; none for what only asks for the time.
    host: Option<Handle>,
}

impl HostClock {
    /// Of the host whose software calls this.
    pub fn of_this_host(time: &Time, skew: &Arc<AtomicI64>) -> Self {
        Self { time: time.clone(), skew: skew.clone(), host: Some(Handle::current()) }
    }

    /// For what lives longer than the software of its host, and never sleeps.
    pub fn of_machine(time: &Time, skew: &Arc<AtomicI64>) -> Self {
        Self { time: time.clone(), skew: skew.clone(), host: None }
    }
}

#[async_trait]
impl Clock for HostClock {
    fn now(&self) -> Instant {
        self.time.now().shifted(self.skew.load(Ordering::Relaxed))
    }

    fn steady(&self) -> Instant {
        self.time.now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    async fn sleep_until(&self, instant: Instant) {
        let _sleeper = Sleeper::begin();
        loop {
            let left = instant.since(self.now());
            if left.is_zero() {
                return;
            }
            let nap = {
                let _inside = self.host.as_ref().map(Handle::enter);
                tokio::time::sleep(left.min(NAP))
            };
            nap.await;
        }
    }

    async fn sleep(&self, duration: Duration) {
        // However the clock is set meanwhile.
        let unskewed = Self { skew: Arc::default(), ..self.clone() };
        unskewed.sleep_until(unskewed.now().plus(duration)).await;
    }
}
