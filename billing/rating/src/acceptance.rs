//! What becomes of a reported usage record: decided from the record and facts that were looked up.
//!
//! The database path looks the facts up in its transaction, the replay of `usage.jsonl` keeps them
//! in memory; both decide with [`decide`].

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use types::instant::Instant;
use types::interval::Interval;

use crate::calendar::{Calendar, Period};
use crate::lifecycle::StateLine;
use crate::meter::Meter;
use crate::tenant::{PeriodEntry, PeriodState};
use crate::usage::{Reason, Record, Status, UsageLine};

/// How far ahead of its arrival a record may end.
pub const AHEAD: Duration = Duration::from_secs(5 * 60);

/// A record as a cell reported it. Two with one key are the same when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported<'a> {
    /// The cell; with `sequence` the key.
    pub cell: &'a str,
    /// The cell's own counter.
    pub sequence: i64,
    /// What was used.
    pub resource: &'a str,
    /// The meter, as text: it may be none of ours.
    pub meter: &'a str,
    /// The first instant.
    pub start: Instant,
    /// The first instant behind.
    pub end: Instant,
    /// In the meter's unit.
    pub quantity: i64,
}

/// Whether the key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By nothing.
    Free,
    /// By the same content.
    Same,
    /// By other content.
    Other,
}

/// What has to be known of the world to decide about one record.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whether the key was taken before, by whatever became of that record.
    pub key: Key,
    /// The cell that the resource lives in; none while the plane does not know the resource.
    pub resource_cell: Option<&'a str>,
    /// Whether a counted record of the same resource and meter has time in common. It decides only
    /// where everything else is well, so it may be looked up last.
    pub overlaps: bool,
}

/// A counted record with the instant from which on closings take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The record.
    pub record: Record,
    /// When it was accepted: in a replay its arrival, as the export's rules say. A resource that
    /// became known later brings its states later, so a closing before that bills nothing of it.
    pub at: Instant,
}

/// What a replay of `usage.jsonl` decided.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// For each line in its order.
    pub verdicts: Vec<(Status, Option<Reason>)>,
    /// For each line that counts, in order.
    pub accepted: Vec<(usize, Accepted)>,
}

/// The first rule that a record breaks by itself, whatever it belongs to.
pub fn broken_rule(reported: &Reported<'_>, received_at: Instant) -> Option<Reason> {
    let Ok(meter) = reported.meter.parse::<Meter>() else { return Some(Reason::Meter) };
    if reported.end > received_at.plus(AHEAD) {
        return Some(Reason::Future);
    }
    let Ok(interval) = Interval::new(reported.start, reported.end) else {
        return Some(Reason::Order);
    };
    if interval.end() > interval.start().hour().shifted(Instant::HOUR) {
        return Some(Reason::Hour);
    }
    if reported.quantity < 0 {
        return Some(Reason::Negative);
    }
    let seconds_differ = meter.is_plain_seconds() && reported.quantity != interval.seconds();
    seconds_differ.then_some(Reason::Seconds)
}

/// What becomes of a record that arrived at `received_at`; with the reason of a rejection.
pub fn decide(
    reported: &Reported<'_>,
    received_at: Instant,
    facts: &Facts<'_>,
) -> (Status, Option<Reason>) {
    match facts.key {
        Key::Same => return (Status::Repeated, None),
        Key::Other => return (Status::Conflict, None),
        Key::Free => {}
    }
    if let Some(reason) = broken_rule(reported, received_at) {
        return (Status::Rejected, Some(reason));
    }
    match facts.resource_cell {
        None => (Status::Unattributed, None),
        Some(cell) if cell != reported.cell => (Status::Rejected, Some(Reason::Cell)),
        Some(_) if facts.overlaps => (Status::Overlap, None),
        Some(_) => (Status::Counted, None),
    }
}

/// The first closing that takes a counted record: the later of the period of its start and the
/// first period closed after it was accepted; none while that one is not closed.
pub fn billed_in(
    calendar: &Calendar,
    periods: &[PeriodEntry],
    start: Instant,
    accepted_at: Instant,
) -> Option<Period> {
    let closed = || periods.iter().filter(|entry| entry.state == PeriodState::Closed);
    let first = closed().find(|entry| entry.closed_at.is_some_and(|at| accepted_at < at))?.period;
    let billed = first.max(calendar.period_of(start));
    closed().any(|entry| entry.period == billed).then_some(billed)
}

/// Decides about all lines of `usage.jsonl`, which are in order of the decision.
pub fn replay(usage: &[UsageLine], lifecycle: &[StateLine]) -> Replay {
    let mut known: HashMap<&str, &StateLine> = HashMap::new();
    for line in lifecycle {
        known.entry(&line.resource).or_insert(line);
    }
    let owners = key_owners(usage, &known);
    let mut counted: HashMap<(&str, &str), BTreeMap<Instant, Instant>> = HashMap::new();
    let mut replay = Replay::default();
    for (index, line) in usage.iter().enumerate() {
        let reported = reported(line);
        let owner = owners[&(reported.cell, reported.sequence)];
        let key = match owner == index {
            true => Key::Free,
            false if reported == self::reported(&usage[owner]) => Key::Same,
            false => Key::Other,
        };
        let first = known.get(reported.resource);
        let of_meter = counted.entry((&line.resource, &line.meter)).or_default();
        let facts = Facts {
            key,
            resource_cell: first.map(|line| line.cell.as_str()),
            overlaps: of_meter
                .range(..line.end)
                .next_back()
                .is_some_and(|(_, end)| *end > line.start),
        };
        let verdict = decide(&reported, line.received_at, &facts);
        replay.verdicts.push(verdict);
        let (Status::Counted, Some(record)) = (verdict.0, record(line)) else { continue };
        of_meter.insert(line.start, line.end);
        replay.accepted.push((index, Accepted { record, at: line.received_at }));
    }
    replay
}

/// For each key the line that takes it: the first of the file. But a record takes its key on
/// arrival also when it is decided later, so where such a one is among them, the first to arrive
/// takes it; of several at one instant the one decided later, which the file always puts last.
fn key_owners<'a>(
    usage: &'a [UsageLine],
    known: &HashMap<&str, &StateLine>,
) -> HashMap<(&'a str, i64), usize> {
    let mut owners: HashMap<(&str, i64), usize> = HashMap::with_capacity(usage.len());
    let mut shared: HashMap<(&str, i64), Vec<usize>> = HashMap::new();
    for (index, line) in usage.iter().enumerate() {
        let key = (line.cell.as_str(), line.sequence);
        let owner = *owners.entry(key).or_insert(index);
        if owner != index {
            shared.entry(key).or_insert_with(|| vec![owner]).push(index);
        }
    }
    let is_late = |index: &usize| {
        let line = &usage[*index];
        let first = known.get(line.resource.as_str());
        first.is_none_or(|first| first.recorded_at > line.received_at)
    };
    for (key, indices) in shared {
        if indices.iter().any(is_late) {
            let arrival = |index: &usize| (usage[*index].received_at, !is_late(index), *index);
            owners.extend(indices.into_iter().min_by_key(arrival).map(|index| (key, index)));
        }
    }
    owners
}

fn reported(line: &UsageLine) -> Reported<'_> {
    Reported {
        cell: &line.cell,
        sequence: line.sequence,
        resource: &line.resource,
        meter: &line.meter,
        start: line.start,
        end: line.end,
        quantity: line.quantity,
    }
}

fn record(line: &UsageLine) -> Option<Record> {
    Some(Record {
        cell: line.cell.clone(),
        sequence: line.sequence,
        resource: line.resource.clone(),
        meter: line.meter.parse().ok()?,
        interval: Interval::new(line.start, line.end).ok()?,
        quantity: line.quantity,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Reported<'static> = Reported {
        cell: "c",
        sequence: 1,
        resource: "m",
        meter: "member_seconds",
        start: Instant::from_seconds(0),
        end: Instant::from_seconds(60),
        quantity: 60,
    };

    #[track_caller]
    fn check(reported: Reported<'_>, expected: Option<Reason>) {
        assert_eq!(broken_rule(&reported, Instant::from_seconds(60)), expected, "{reported:?}");
    }

    #[test]
    fn the_first_broken_rule_is_the_reason() {
        let at = Instant::from_seconds;
        check(GOOD, None);
        check(Reported { meter: "cpu", quantity: -1, ..GOOD }, Some(Reason::Meter));
        check(Reported { end: at(361), quantity: -1, ..GOOD }, Some(Reason::Future));
        check(Reported { end: at(360), quantity: 360, ..GOOD }, None);
        check(Reported { end: at(0), quantity: -1, ..GOOD }, Some(Reason::Order));
        check(Reported { start: at(-1), quantity: -1, ..GOOD }, Some(Reason::Hour));
        check(Reported { quantity: -1, ..GOOD }, Some(Reason::Negative));
        check(Reported { quantity: 59, ..GOOD }, Some(Reason::Seconds));
        check(Reported { meter: "requests", quantity: 59, ..GOOD }, None);
    }

    #[test]
    fn a_record_may_end_with_its_clock_hour() {
        let at = Instant::from_seconds;
        let last = Reported { start: at(-60), end: at(0), ..GOOD };
        check(last, None);
        check(Reported { end: Instant::from_micros(1), ..last }, Some(Reason::Hour));
    }

    #[test]
    fn seconds_are_whole_seconds_of_end_less_start() {
        let micros = Instant::from_micros;
        let odd = Reported { start: micros(900_000), end: micros(1_100_000), quantity: 1, ..GOOD };
        check(odd, None);
        check(Reported { quantity: 0, ..odd }, Some(Reason::Seconds));
    }

    #[test]
    fn the_facts_decide_in_order() {
        let facts = Facts { key: Key::Free, resource_cell: Some("c"), overlaps: false };
        let status = |facts| decide(&GOOD, Instant::from_seconds(60), &facts);
        assert_eq!(status(facts), (Status::Counted, None));
        assert_eq!(status(Facts { overlaps: true, ..facts }), (Status::Overlap, None));
        let elsewhere = Facts { resource_cell: Some("d"), overlaps: true, ..facts };
        assert_eq!(status(elsewhere), (Status::Rejected, Some(Reason::Cell)));
        assert_eq!(status(Facts { resource_cell: None, ..facts }), (Status::Unattributed, None));
        assert_eq!(status(Facts { key: Key::Other, ..elsewhere }), (Status::Conflict, None));
        assert_eq!(status(Facts { key: Key::Same, ..elsewhere }), (Status::Repeated, None));
    }
}
