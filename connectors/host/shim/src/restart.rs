//! When a process that ended by itself is started again: pauses that double, and a limit.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::record::RestartRule;

/// What follows an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start again after the pause.
    Pause(Duration),
    /// It ended too often; leave it.
    GiveUp,
}

/// The ends of one process in the recent past.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    recent: VecDeque<Instant>,
    in_a_row: u32,
}

impl Ends {
    /// Counts an end of a process that began and ended then, and judges it.
    pub fn count(&mut self, rule: &RestartRule, began: Instant, ended: Instant) -> Verdict {
        let window = Duration::from_millis(rule.window_ms);
        self.recent.push_back(ended);
        self.recent.retain(|end| ended.duration_since(*end) <= window);
        if ended.duration_since(began) >= Duration::from_millis(rule.steady_ms) {
            self.in_a_row = 0;
        }
        if self.recent.len() >= rule.ends_max {
            return Verdict::GiveUp;
        }
        let doubled = 1_u64.checked_shl(self.in_a_row).unwrap_or(u64::MAX);
        self.in_a_row = self.in_a_row.saturating_add(1);
        let pause = rule.first_pause_ms.saturating_mul(doubled).min(rule.longest_pause_ms);
        Verdict::Pause(Duration::from_millis(pause))
    }

    /// Somebody started it by hand: nothing is held against it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of so many seconds, one right after the other, and the pause after the last.
    #[track_caller]
    fn check(runs: &[u64], expected: Verdict) {
        let (mut ends, mut now) = (Ends::default(), Instant::now());
        let mut verdict = None;
        for seconds in runs {
            let began = now;
            now += Duration::from_secs(*seconds);
            verdict = Some(ends.count(&RestartRule::default(), began, now));
        }
        assert_eq!(verdict, Some(expected), "{runs:?}");
    }

    #[test]
    fn pauses_double_until_a_steady_run() {
        let pause = |seconds| Verdict::Pause(Duration::from_secs(seconds));
        check(&[0], pause(1));
        check(&[0, 0, 0], pause(4));
        check(&[0, 0, 0, 0, 0, 0, 0], pause(60));
        check(&[0, 0, 0, 60], pause(1));
    }

    #[test]
    fn ten_ends_in_half_an_hour_are_too_many() {
        check(&[0; 10], Verdict::GiveUp);
        check(&[10; 10], Verdict::GiveUp);
        check(&[170; 10], Verdict::GiveUp);
        check(&[230; 10], Verdict::Pause(Duration::from_secs(1)));
    }
}
