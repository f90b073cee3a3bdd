//! `usage.jsonl`, `decisions.jsonl`, and the record as rating needs it.

use serde::{Deserialize, Serialize};
use types::instant::Instant;
use types::interval::Interval;

use crate::calendar::Period;
use crate::meter::Meter;

/// A line of `usage.jsonl`: what a cell reported and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageLine {
    /// The cell; with `sequence` the record's key.
    pub cell: String,
    /// The cell's own counter.
    pub sequence: i64,
    /// What was used.
    pub resource: String,
    /// The meter as it was reported, which may be none of ours.
    pub meter: String,
    /// The first instant.
    pub start: Instant,
    /// The first instant behind.
    pub end: Instant,
    /// In the meter's unit.
    pub quantity: i64,
    /// Arrival at the plane.
    pub received_at: Instant,
    /// When it was decided, if later. Never read: it follows from the resource's history.
    #[serde(skip_deserializing)]
    pub accepted_at: Option<Instant>,
    /// The cell's signature.
    pub signature: Option<String>,
    /// What became of it; never read.
    #[serde(skip_deserializing)]
    pub status: Option<Status>,
    /// Why it was rejected; never read.
    #[serde(skip_deserializing)]
    pub reason: Option<Reason>,
    /// The first closing that took it; never read.
    #[serde(skip_deserializing)]
    pub billed_in: Option<Period>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It counts, once.
    Counted,
    /// The same content came again under its key: nothing changes.
    Repeated,
    /// Other content came under its key: the first stays.
    Conflict,
    /// It breaks a rule.
    Rejected,
    /// The plane does not know the resource yet.
    Unattributed,
    /// A counted record of the resource and meter covers some of its time.
    Overlap,
}

/// Which rule a rejected record breaks: the first one, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The meter is unknown.
    Meter,
    /// It ends more than five minutes after its arrival.
    Future,
    /// It does not end after its start.
    Order,
    /// It crosses a clock hour.
    Hour,
    /// Its quantity is negative.
    Negative,
    /// Its quantity is not the seconds of its interval.
    Seconds,
    /// The resource lives in another cell.
    Cell,
}

/// A line of `decisions.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What became of the record.
    pub status: Status,
    /// Why it was rejected.
    pub reason: Option<Reason>,
    /// For a counted one the first closing that took it.
    pub billed_in: Option<Period>,
}

/// A counted record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The cell; with `sequence` its key.
    pub cell: String,
    /// The cell's own counter.
    pub sequence: i64,
    /// What was used.
    pub resource: String,
    /// The meter.
    pub meter: Meter,
    /// When; within one clock hour.
    pub interval: Interval,
    /// In the meter's unit, not negative.
    pub quantity: i64,
}

impl Record {
    /// The quantity up to an instant inside: in proportion to the time, rounded half up.
    pub fn quantity_until(&self, at: Instant) -> i128 {
        let duration = i128::from(self.interval.micros());
        let elapsed = i128::from(at.micros() - self.interval.start().micros());
        (2 * i128::from(self.quantity) * elapsed + duration).div_euclid(2 * duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(quantity: i64, duration: i64, cuts: &[i64], expected: &[i128]) {
        let interval = Interval::new(Instant::from_micros(0), Instant::from_micros(duration));
        let record = Record {
            cell: "c".into(),
            sequence: 1,
            resource: "m".into(),
            meter: Meter::Requests,
            interval: interval.expect("an interval"),
            quantity,
        };
        let ends: Vec<_> = cuts.iter().map(|at| Instant::from_micros(*at)).collect();
        let parts: Vec<_> = ends
            .windows(2)
            .map(|pair| record.quantity_until(pair[1]) - record.quantity_until(pair[0]))
            .collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn quantities_are_cut_half_up() {
        check(10, 4, &[0, 1, 4], &[3, 7]);
        check(1, 2, &[0, 1, 2], &[1, 0]);
        check(7, 7, &[0, 3, 5, 7], &[3, 2, 2]);
        check(i64::MAX, 3_600_000_000, &[0, 3_600_000_000], &[i128::from(i64::MAX)]);
        check(0, 9, &[0, 4, 9], &[0, 0]);
    }
}
