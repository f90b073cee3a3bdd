//! From states to quantities: pure. A position says what a resource is doing and up to when that is
//! known and metered; closing it gives readings that never overlap and never cross a clock hour.
//!
//! Sequences, signatures and the disk are left to the ledger and the spool.

use serde::{Deserialize, Serialize};
use types::id::ResourceId;
use types::instance::State;
use types::instant::Instant;
use types::interval::Interval;
use types::meter::Meter;
use types::size::Size;

/// A closed piece of usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What used it.
    pub resource: ResourceId,
    /// What was measured.
    pub meter: Meter,
    /// When, within one clock hour.
    pub interval: Interval,
    /// In the meter's unit.
    pub quantity: i64,
}

/// Where the metering of one resource stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The instance, member or volume.
    pub resource: ResourceId,
    /// Granted to it.
    pub size: Size,
    /// What it is doing.
    pub state: State,
    /// Since when.
    pub since: Instant,
    /// Everything before is in readings, or is not to be metered.
    pub metered_to: Instant,
    /// Up to here the state is known; nothing is metered beyond.
    pub known_to: Instant,
}

impl Position {
    /// Of a resource that begins its life.
    pub fn begin(resource: ResourceId, size: Size, state: State, at: Instant) -> Self {
        Self { resource, size, state, since: at, metered_to: at, known_to: at }
    }

    /// The state was seen to hold until this instant.
    pub fn holds_until(&mut self, at: Instant) {
        self.known_to = self.known_to.max(at);
    }

    /// Everything before the instant was measured and is known, by whoever remembers more.
    pub fn skip_to(&mut self, at: Instant) {
        self.metered_to = self.metered_to.max(at);
        self.known_to = self.known_to.max(at);
    }

    /// Closes everything up to the instant, as far as it is known.
    #[must_use]
    pub fn close(&mut self, until: Instant) -> Vec<Reading> {
        let until = until.min(self.known_to);
        let mut readings = Vec::new();
        while self.metered_to < until {
            let hour_end = self.metered_to.hour().shifted(Instant::HOUR);
            let end = until.min(hour_end);
            if let Ok(interval) = Interval::new(self.metered_to, end) {
                readings.extend(self.readings(interval));
            }
            self.metered_to = end;
        }
        readings
    }

    /// Ends the state and begins another. What lies between the last sight and the instant counts
    /// as the old state: the caller says that it held until then.
    #[must_use]
    pub fn turn(&mut self, state: State, at: Instant) -> Vec<Reading> {
        // Never before what was said already, and never at the same instant: a history that goes
        // from one state to another and back within it would lose the way back.
        let at = at.max(self.metered_to).max(self.since.shifted(1));
        self.holds_until(at);
        let readings = self.close(at);
        self.state = state;
        self.since = at;
        readings
    }

    /// Another size is granted from the instant on.
    #[must_use]
    pub fn resize(&mut self, size: Size, at: Instant) -> Vec<Reading> {
        let readings = self.close(at);
        self.size = size;
        readings
    }

    fn readings(&self, interval: Interval) -> impl Iterator<Item = Reading> + use<> {
        let Self { resource, size, state, .. } = *self;
        meters(resource).iter().copied().filter(move |meter| is_metered(*meter, state)).map(
            move |meter| Reading {
                resource,
                meter,
                interval,
                quantity: size.per_second(meter).saturating_mul(interval.seconds()),
            },
        )
    }
}

/// What is measured of a kind of resource.
pub fn meters(resource: ResourceId) -> &'static [Meter] {
    match resource {
        ResourceId::Instance(_) => &[],
        ResourceId::Member(_) => {
            &[Meter::MemberSeconds, Meter::MillivcpuSeconds, Meter::MemoryMibSeconds]
        }
        ResourceId::Volume(_) => &[Meter::StorageMibSeconds],
    }
}

/// Whether a meter runs in a state.
pub fn is_metered(meter: Meter, state: State) -> bool {
    match meter {
        Meter::MemberSeconds => state.serves() || matches!(state, State::Stopped | State::Detached),
        Meter::MillivcpuSeconds | Meter::MemoryMibSeconds => state.serves(),
        Meter::StorageMibSeconds => state != State::Deleted,
    }
}

/// Up to when the usage of all resources is complete: nothing before can be added any more.
pub fn watermark<'a>(positions: impl IntoIterator<Item = &'a Position>, now: Instant) -> Instant {
    let open = positions.into_iter().filter(|position| position.state != State::Deleted);
    open.map(|position| position.metered_to).min().unwrap_or(now).min(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::id::{MemberId, SystemIds, VolumeId};

    use super::*;

    const SIZE: Size = Size { millivcpu: 500, memory_mib: 256, storage_mib: 1024 };

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn member(state: State) -> Position {
        let resource = ResourceId::Member(MemberId::next(&SystemIds));
        Position::begin(resource, SIZE, state, at(0))
    }

    fn quantity(readings: &[Reading], meter: Meter) -> i64 {
        readings.iter().filter(|reading| reading.meter == meter).map(|one| one.quantity).sum()
    }

    #[track_caller]
    fn check(state: State, member_seconds: i64, millivcpu: i64, memory: i64, storage: i64) {
        let mut member = member(state);
        let volume = ResourceId::Volume(VolumeId::next(&SystemIds));
        let mut volume = Position::begin(volume, SIZE, state, at(0));
        let end = Instant::from_seconds(10);
        member.holds_until(end);
        volume.holds_until(end);
        let readings = [member.close(end), volume.close(end)].concat();
        assert_eq!(quantity(&readings, Meter::MemberSeconds), member_seconds, "{state}");
        assert_eq!(quantity(&readings, Meter::MillivcpuSeconds), millivcpu, "{state}");
        assert_eq!(quantity(&readings, Meter::MemoryMibSeconds), memory, "{state}");
        assert_eq!(quantity(&readings, Meter::StorageMibSeconds), storage, "{state}");
    }

    #[test]
    fn a_state_decides_which_meters_run() {
        check(State::Provisioning, 0, 0, 0, 10_240);
        check(State::Running, 10, 5_000, 2_560, 10_240);
        check(State::Degraded, 10, 5_000, 2_560, 10_240);
        check(State::Updating, 10, 5_000, 2_560, 10_240);
        check(State::Stopped, 10, 0, 0, 10_240);
        check(State::Detached, 10, 0, 0, 10_240);
        check(State::Failed, 0, 0, 0, 10_240);
        check(State::Unknown, 0, 0, 0, 10_240);
        check(State::Deleting, 0, 0, 0, 10_240);
        check(State::Deleted, 0, 0, 0, 0);
    }

    #[test]
    fn nothing_is_metered_that_was_not_seen() {
        let mut position = member(State::Running);
        position.holds_until(Instant::from_seconds(4));
        let readings = position.close(Instant::from_seconds(10));
        assert_eq!(quantity(&readings, Meter::MemberSeconds), 4);
        assert_eq!(position.metered_to, Instant::from_seconds(4));
    }

    #[test]
    fn an_unknown_time_is_left_out() {
        let mut position = member(State::Running);
        position.holds_until(Instant::from_seconds(4));
        let mut readings = position.turn(State::Unknown, Instant::from_seconds(4));
        readings.extend(position.turn(State::Running, Instant::from_seconds(9)));
        position.holds_until(Instant::from_seconds(10));
        readings.extend(position.close(Instant::from_seconds(10)));
        assert_eq!(quantity(&readings, Meter::MemberSeconds), 5);
    }

    #[test]
    fn a_clock_that_goes_back_meters_nothing_twice() {
        let mut position = member(State::Running);
        position.holds_until(Instant::from_seconds(10));
        assert!(!position.close(Instant::from_seconds(10)).is_empty());
        assert!(position.turn(State::Degraded, Instant::from_seconds(3)).is_empty());
        assert_eq!(position.since, Instant::from_seconds(10));
    }

    #[test]
    fn no_two_states_begin_at_one_instant() {
        let mut position = member(State::Running);
        let mut begun = vec![position.since];
        for state in [State::Failed, State::Running, State::Failed] {
            let _ = position.turn(state, at(7));
            begun.push(position.since);
        }
        assert_eq!(begun, [at(0), at(7), at(8), at(9)]);
    }

    #[test]
    fn the_watermark_waits_for_the_last_one() {
        let (mut ahead, behind) = (member(State::Running), member(State::Running));
        ahead.holds_until(Instant::from_seconds(9));
        let _ = ahead.close(Instant::from_seconds(9));
        let now = Instant::from_seconds(20);
        assert_eq!(watermark([&ahead, &behind], now), at(0));
        assert_eq!(watermark([&ahead], now), Instant::from_seconds(9));
        assert_eq!(watermark([], now), now);
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        See(i64),
        Close(i64),
        Turn(State),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let step = 0..7_200_000_000_i64;
        let state = proptest::sample::select(vec![State::Running, State::Stopped, State::Unknown]);
        proptest::collection::vec(
            prop_oneof![
                step.clone().prop_map(Event::See),
                step.prop_map(Event::Close),
                state.prop_map(Event::Turn),
            ],
            1..40,
        )
    }

    proptest! {
        #[test]
        fn readings_are_neighbours_within_one_hour_and_add_up(
            start in 0..10_000_000_000_i64,
            events in events(),
        ) {
            let mut position = member(State::Running);
            position = Position::begin(position.resource, SIZE, State::Running, at(start));
            let (mut now, mut readings) = (at(start), Vec::new());
            let mut expected = 0;
            for event in events {
                let (state, from) = (position.state, position.metered_to);
                match event {
                    Event::See(micros) => {
                        now = now.shifted(micros);
                        position.holds_until(now);
                    }
                    Event::Close(micros) => {
                        now = now.shifted(micros);
                        readings.extend(position.close(now));
                    }
                    Event::Turn(state) => readings.extend(position.turn(state, now)),
                }
                if is_metered(Meter::MemberSeconds, state) {
                    expected += position.metered_to.seconds() - from.seconds();
                }
            }
            prop_assert_eq!(quantity(&readings, Meter::MemberSeconds), expected);
            let mut last_end = at(start);
            for reading in readings.iter().filter(|one| one.meter == Meter::MemberSeconds) {
                prop_assert!(reading.interval.start() >= last_end);
                prop_assert_eq!(
                    reading.interval.start().hour(),
                    reading.interval.end().shifted(-1).hour()
                );
                last_end = reading.interval.end();
            }
        }
    }
}
