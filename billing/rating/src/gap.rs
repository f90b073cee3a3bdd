//! Declared gaps: time that should have been metered and was not.

use std::collections::HashMap;

use types::instance::State;
use types::instant::Instant;
use types::interval::Interval;

use crate::bill::{Gap, GapReason};
use crate::ground::Ground;
use crate::knowledge::Knowledge;
use crate::lifecycle::{History, Kind};
use crate::meter::Meter;
use crate::timeline::{merged, without};

/// A gap with the stay on whose bill it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedGap {
    /// The owner of the project then.
    pub organization: String,
    /// The start of its stay, cut to the period.
    pub stay: Instant,
    /// The gap, cut to the stay.
    pub gap: Gap,
}

type Intervals = Vec<(Instant, Instant)>;

/// The gaps of a period as known, in order of resource, start, reason.
pub fn declared(
    ground: &Ground<'_>,
    period: Interval,
    knowledge: &Knowledge<'_>,
) -> Vec<PlacedGap> {
    let mut counted: HashMap<(&str, Meter), Intervals> = HashMap::new();
    for record in knowledge.records(period) {
        let times = counted.entry((&record.resource, record.meter)).or_default();
        times.push((record.interval.start(), record.interval.end()));
    }
    let mut gaps = Vec::new();
    for history in knowledge.histories() {
        let Some(meter) = Meter::of_time(history.kind) else { continue };
        let metered = counted.remove(&(history.resource, meter)).unwrap_or_default();
        let (unknown, metering) = expected(history);
        for (reason, times) in [
            (GapReason::Unknown, merged(unknown)),
            (GapReason::Missing, without(cut(metering, period), metered)),
        ] {
            place(ground, period, history, reason, &times, &mut gaps);
        }
    }
    gaps.sort_by(|left, right| left.gap.cmp(&right.gap));
    gaps
}

/// Time in which the cell could not say, and time in which records are due.
fn expected(history: &History<'_>) -> (Intervals, Intervals) {
    if history.kind != Kind::Member {
        return (Vec::new(), history.time_in(|state| state != State::Deleted));
    }
    let metering =
        |state: State| state.serves() || matches!(state, State::Stopped | State::Detached);
    (history.time_in(|state| state == State::Unknown), history.time_in(metering))
}

fn place(
    ground: &Ground<'_>,
    period: Interval,
    history: &History<'_>,
    reason: GapReason,
    times: &[(Instant, Instant)],
    gaps: &mut Vec<PlacedGap>,
) {
    let placements = ground.tree.placements(history.project);
    for (from, until) in cut(times.to_vec(), period) {
        let first = placements.partition_point(|each| each.end <= from);
        for placement in placements[first..].iter().take_while(|each| each.start < until) {
            let (start, end) = (from.max(placement.start), until.min(placement.end));
            let resource = history.resource.to_owned();
            gaps.push(PlacedGap {
                organization: placement.stretch.path[0].to_owned(),
                stay: placement.stretch.start.max(period.start()),
                gap: Gap { resource, start, end, reason },
            });
        }
    }
}

fn cut(times: Intervals, period: Interval) -> Intervals {
    let inside = |(start, end): (Instant, Instant)| {
        let (start, end) = (start.max(period.start()), end.min(period.end()));
        (start < end).then_some((start, end))
    };
    times.into_iter().filter_map(inside).collect()
}
