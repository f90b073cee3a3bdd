//! The plane's time, as this agent knows it.
//!
//! Between two measurements it goes with the steady time of the process, so setting the machine's
//! clock moves nothing. The machine's clock is asked for what keepers wrote by it, and at the start,
//! together with the difference that was measured last: if that does not follow what was known
//! before, the time is in doubt until the plane was heard, and nothing is looked at or decided.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use types::clock::SharedClock;
use types::instant::Instant;

use crate::offset;

/// Known up to longer ago than this: the agent was away so long, or the machine's clock was set.
const GAP: Duration = Duration::from_secs(60);
/// A plane that does not answer for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// An answer within this time tells how the clocks differ.
const SHARP: Duration = Duration::from_secs(5);
/// The machine's clock is steered all the time; more than this is a setting.
const SETTING_US: i64 = 100_000;

pub(crate) struct Time {
    clock: SharedClock,
    began_at: Instant,
    /// The plane's time less the steady time.
    plane_ahead_us: AtomicI64,
    /// The steady time less the machine's clock.
    steady_ahead_us: AtomicI64,
    known: watch::Sender<bool>,
}

impl Time {
    /// `offset_us` is the plane's time less the machine's clock as it was measured last, and
    /// `known_to` the plane's time up to which anything is known.
    pub fn begin(clock: SharedClock, offset_us: i64, known_to: Option<Instant>) -> Self {
        let (began_at, shown) = (clock.steady(), clock.now());
        let steady_ahead_us = began_at.micros() - shown.micros();
        let now = shown.shifted(offset_us);
        let is_in_doubt = known_to.is_some_and(|last| now < last || now.since(last) > GAP);
        Self {
            clock,
            began_at,
            plane_ahead_us: AtomicI64::new(offset_us - steady_ahead_us),
            steady_ahead_us: AtomicI64::new(steady_ahead_us),
            known: watch::Sender::new(!is_in_doubt),
        }
    }

    /// The plane's time.
    pub fn now(&self) -> Instant {
        self.clock.steady().shifted(self.plane_ahead_us.load(Ordering::Relaxed))
    }

    /// The plane's time less the machine's clock.
    pub fn offset_us(&self) -> i64 {
        let ahead_us = self.clock.steady().micros() - self.clock.now().micros();
        if (ahead_us - self.steady_ahead_us.load(Ordering::Relaxed)).abs() > SETTING_US {
            self.steady_ahead_us.store(ahead_us, Ordering::Relaxed);
        }
        self.plane_ahead_us.load(Ordering::Relaxed) + self.steady_ahead_us.load(Ordering::Relaxed)
    }

    /// Takes the plane's clock from an answer to what was sent at a steady time. Says whether the
    /// time is out of doubt now and was not before.
    pub fn measure(&self, sent_at: Instant, plane_time: Instant) -> bool {
        let received_at = self.clock.steady();
        let known = self.plane_ahead_us.load(Ordering::Relaxed);
        let measured = offset::measured(known, sent_at, received_at, plane_time);
        self.plane_ahead_us.store(measured, Ordering::Relaxed);
        received_at.since(sent_at) <= SHARP && !self.known.send_replace(true)
    }

    /// Whether the time is out of doubt.
    pub fn is_known(&self) -> bool {
        if self.clock.steady().since(self.began_at) >= PATIENCE {
            self.known.send_if_modified(|known| !std::mem::replace(known, true));
        }
        *self.known.borrow()
    }

    /// Returns once the time is out of doubt.
    pub async fn until_known(&self) {
        // The sender lives as long as `self`.
        let _ = self.known.subscribe().wait_for(|known| *known).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use types::clock::{Clock as _, ManualClock, WrongClock};

    use super::*;

    const START: Instant = Instant::from_seconds(1_000_000);

    fn clocks() -> (ManualClock, WrongClock) {
        let right = ManualClock::at(START);
        (right.clone(), WrongClock::beside(right))
    }

    #[test]
    fn setting_the_clock_moves_no_time() {
        let (right, own) = clocks();
        let time = Time::begin(Arc::new(own.clone()), 7_000_000, None);
        assert_eq!(time.now(), START.plus(Duration::from_secs(7)));
        own.set_ahead(-86_400_000_000);
        right.advance(Duration::from_secs(5));
        assert_eq!(time.now(), START.plus(Duration::from_secs(12)));
        assert_eq!(time.offset_us(), 86_407_000_000);
        assert_eq!(own.now().shifted(time.offset_us()), time.now());
    }

    #[test]
    fn a_measurement_holds_whatever_the_clock_showed_meanwhile() {
        let (right, own) = clocks();
        let time = Time::begin(Arc::new(own.clone()), 0, None);
        let sent_at = own.steady();
        own.set_ahead(300_000_000);
        right.advance(Duration::from_secs(2));
        time.measure(sent_at, START.plus(Duration::from_secs(3_601)));
        assert_eq!(time.now(), START.plus(Duration::from_secs(3_602)));
        assert_eq!(time.offset_us(), 3_300_000_000);
    }

    #[track_caller]
    fn check(known_to: i64, is_known: bool) {
        let (_, own) = clocks();
        let known_to = Some(START.shifted(known_to * 1_000_000));
        assert_eq!(Time::begin(Arc::new(own), 0, known_to).is_known(), is_known);
    }

    #[test]
    fn what_does_not_follow_what_was_known_is_in_doubt() {
        check(-61, false);
        check(-60, true);
        check(0, true);
        check(1, false);
    }

    #[test]
    fn the_plane_ends_the_doubt_and_so_does_patience() {
        let (right, own) = clocks();
        let begin = || Time::begin(Arc::new(own.clone()), 0, Some(START.minus(GAP * 2)));
        let (heard, alone) = (begin(), begin());
        assert!(heard.measure(own.steady(), START) && heard.is_known());
        right.advance(PATIENCE - Duration::from_secs(1));
        assert!(!alone.is_known());
        right.advance(Duration::from_secs(1));
        assert!(alone.is_known());
    }
}
