//! How long to wait before the next try.

use std::time::Duration;

use crate::id::Ids;

/// Pauses that double, from `first` to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure, before jitter.
    pub first: Duration,
    /// Never longer than this.
    pub longest: Duration,
}

impl Backoff {
    /// For Redis, which carries hints alone.
    pub const REDIS: Self =
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(10) };
    /// For calls to the plane, which may be away for days.
    pub const PLANE: Self =
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(30) };
    /// For steps that a runtime could not do yet.
    pub const STEP: Self = Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

    /// For repairs, which nobody waits for.
    pub const REPAIR: Self =
        Self { first: Duration::from_secs(4), longest: Duration::from_secs(600) };

    /// For a member that is about to come up: most are there in a moment.
    pub fn member(probe_interval: Duration) -> Self {
        Self { first: Duration::from_millis(20).min(probe_interval), longest: probe_interval }
    }

    /// The pause after so many failures in a row: between half of it and all of it, so that many
    /// processes do not come back at the same moment. `chance` is any number.
    pub fn pause(self, failures: u32, chance: u128) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let whole = doubled.min(self.longest);
        let part = u32::try_from(chance % 1024).unwrap_or(0);
        whole / 2 + whole / 2 * part / 1024
    }

    /// The same with chance from the source of ids, whose last bits are random.
    pub fn drawn(self, failures: u32, ids: &dyn Ids) -> Duration {
        self.pause(failures, ids.next().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(failures: u32, chance: u128, milliseconds: u64) {
        let pause = Backoff::PLANE.pause(failures, chance);
        assert_eq!(pause.as_millis(), u128::from(milliseconds));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        check(1, 0, 250);
        check(2, 0, 500);
        check(3, 512, 1_500);
        check(9, 0, 15_000);
        check(u32::MAX, 512, 22_500);
    }
}
