//! Half-open intervals `[start, end)` of time.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// All instants from `start` on, up to but not including `end`; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Interval {
    start: Instant,
    end: Instant,
}

#[derive(Serialize, Deserialize)]
struct Bounds {
    start: Instant,
    end: Instant,
}

/// The end is not after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interval ends after its start")]
pub struct IntervalError;

impl Interval {
    /// Refuses an end that is not after the start.
    pub fn new(start: Instant, end: Instant) -> Result<Self, IntervalError> {
        if start < end { Ok(Self { start, end }) } else { Err(IntervalError) }
    }

    /// The first instant inside.
    pub fn start(self) -> Instant {
        self.start
    }

    /// The first instant behind.
    pub fn end(self) -> Instant {
        self.end
    }

    /// Whether the instant lies inside.
    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// What both have in common.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Microseconds from start to end.
    pub fn micros(self) -> i64 {
        self.end.micros() - self.start.micros()
    }

    /// Whole seconds of the end less whole seconds of the start, so that neighbours add up.
    pub fn seconds(self) -> i64 {
        self.end.seconds() - self.start.seconds()
    }
}

impl TryFrom<Bounds> for Interval {
    type Error = IntervalError;

    fn try_from(bounds: Bounds) -> Result<Self, IntervalError> {
        Self::new(bounds.start, bounds.end)
    }
}

impl From<Interval> for Bounds {
    fn from(interval: Interval) -> Self {
        Self { start: interval.start, end: interval.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(start: i64, end: i64) -> Interval {
        let at = Instant::from_micros;
        Interval::new(at(start), at(end)).expect("an interval")
    }

    #[test]
    fn neighbours_have_nothing_in_common() {
        assert_eq!(interval(0, 5).intersection(interval(5, 9)), None);
        assert_eq!(interval(0, 6).intersection(interval(5, 9)), Some(interval(5, 6)));
    }

    #[test]
    fn seconds_of_neighbours_add_up() {
        let (first, second) = (interval(0, 1_700_000), interval(1_700_000, 3_200_000));
        assert_eq!(first.seconds() + second.seconds(), interval(0, 3_200_000).seconds());
    }

    #[test]
    fn an_empty_interval_is_refused() {
        let at = Instant::from_micros(7);
        assert_eq!(Interval::new(at, at), Err(IntervalError));
        assert!(
            serde_json::from_str::<Interval>(
                r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z"}"#
            )
            .is_err()
        );
    }
}
