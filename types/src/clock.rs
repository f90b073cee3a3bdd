//! The clock as an input: it tells the time and it sleeps, so deadlines, backoff and long polls
//! turn with it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::instant::Instant;

/// What time it is, and how to wait for a later one.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now, as far as this machine knows.
    fn now(&self) -> Instant;

    /// Time as it passes, however the clock is set meanwhile: only differences mean something.
    fn steady(&self) -> Instant {
        self.now()
    }

    /// Returns at the instant or as soon as possible after it.
    async fn sleep_until(&self, instant: Instant);

    /// Returns after the duration.
    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().plus(duration)).await;
    }
}

/// A clock that several parts share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Where the steady time of this process begins: at the time that the clock showed first.
static BEGINNING: OnceLock<(std::time::Instant, Instant)> = OnceLock::new();

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    fn now(&self) -> Instant {
        jiff::Timestamp::now().into()
    }

    fn steady(&self) -> Instant {
        let (began, shown) = BEGINNING.get_or_init(|| (std::time::Instant::now(), self.now()));
        shown.plus(began.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    async fn sleep_until(&self, instant: Instant) {
        // The wall clock may be set back while we sleep, so it is asked again.
        loop {
            let left = instant.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(60))).await;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    async fn sleep(&self, duration: Duration) {
        // However the wall clock is set meanwhile.
        tokio::time::sleep(duration).await;
    }
}

/// A clock that is turned by hand: for tests and for rehearsals of a month's end.
#[derive(Clone, Debug)]
pub struct ManualClock(watch::Sender<Instant>);

impl ManualClock {
    /// Stands at the given instant until it is turned.
    pub fn at(start: Instant) -> Self {
        Self(watch::Sender::new(start))
    }

    /// Turns the clock forward and wakes who sleeps until then.
    pub fn advance(&self, duration: Duration) {
        self.0.send_modify(|now| *now = now.plus(duration));
    }

    /// Sets the clock, also backwards.
    pub fn set(&self, instant: Instant) {
        self.0.send_replace(instant);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.0.borrow()
    }

    async fn sleep_until(&self, instant: Instant) {
        let mut turned = self.0.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = turned.wait_for(|now| *now >= instant).await;
    }
}

/// The clock of a machine that goes with another one and shows something else, as much as it is
/// set: for tests.
#[derive(Clone, Debug)]
pub struct WrongClock {
    right: ManualClock,
    ahead_us: watch::Sender<i64>,
}

impl WrongClock {
    /// Shows the right time until it is set.
    pub fn beside(right: ManualClock) -> Self {
        Self { right, ahead_us: watch::Sender::new(0) }
    }

    /// Sets the clock, so many microseconds before the right time.
    pub fn set_ahead(&self, ahead_us: i64) {
        self.ahead_us.send_replace(ahead_us);
    }
}

#[async_trait]
impl Clock for WrongClock {
    fn now(&self) -> Instant {
        self.right.now().shifted(*self.ahead_us.borrow())
    }

    fn steady(&self) -> Instant {
        self.right.now()
    }

    async fn sleep_until(&self, instant: Instant) {
        let (mut turned, mut set) = (self.right.0.subscribe(), self.ahead_us.subscribe());
        while self.now() < instant {
            // The senders live as long as `self`, so waiting cannot fail.
            tokio::select! {
                _ = turned.changed() => {}
                _ = set.changed() => {}
            }
        }
    }

    async fn sleep(&self, duration: Duration) {
        // However the clock is set meanwhile.
        self.right.sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_turned() {
        let clock = ManualClock::at(Instant::from_seconds(0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            let until = clock.now().plus(Duration::from_secs(30));
            async move { clock.sleep_until(until).await }
        });
        clock.advance(Duration::from_secs(29));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.expect("the sleeper ends");
    }

    #[tokio::test]
    async fn a_clock_that_is_set_passes_as_much_time_as_before() {
        let right = ManualClock::at(Instant::from_seconds(1_000));
        let clock = WrongClock::beside(right.clone());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(30)).await }
        });
        tokio::task::yield_now().await;
        clock.set_ahead(-500_000_000);
        right.advance(Duration::from_secs(30));
        sleeper.await.expect("the sleeper ends");
        assert_eq!(clock.now(), Instant::from_seconds(530));
        assert_eq!(clock.steady(), Instant::from_seconds(1_030));
    }
}
