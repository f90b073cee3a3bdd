//! The clock as an input: it tells the time and it sleeps, so deadlines, backoff and long polls
//! turn with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::instant::Instant;

/// What time it is, and how to wait for a later one.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Instant;

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

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    fn now(&self) -> Instant {
        jiff::Timestamp::now().into()
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
}
