//! Whatever happens to a cell: what it reported as used is exactly what its states say.

use std::time::Duration;

use connectors::memory::Step;
use connectors::runtime::{ConnectorError, Runtime, StepLog};
use serde_json::json;
use types::id::ResourceId;
use types::instance::{InstanceSpec, State, Wish};
use types::instant::Instant;
use types::meter::Meter;
use types::operation::OperationKind;

use crate::cell::Cell;

type Spans = Vec<(Instant, Instant)>;

/// Neighbours become one; nothing may overlap.
fn joined(mut spans: Spans, context: &str) -> Spans {
    spans.sort_unstable();
    let mut whole: Spans = Vec::new();
    for (start, end) in spans.into_iter().filter(|(start, end)| start < end) {
        match whole.last_mut() {
            Some((_, last)) if start <= *last => {
                assert_eq!(start, *last, "{context}: an overlap");
                *last = end;
            }
            _ => whole.push((start, end)),
        }
    }
    whole
}

/// When the resource's history says that the meter ran, up to the instant.
fn by_states(cell: &Cell, resource: ResourceId, meter: Meter, until: Instant) -> Spans {
    let mut history = cell.history(resource);
    history.sort_by_key(|(at, _)| *at);
    let ends: Vec<_> = history.iter().skip(1).map(|(at, _)| *at).chain([until]).collect();
    let is_metered = |state: State| match meter {
        Meter::StorageMibSeconds => state != State::Deleted,
        Meter::MemberSeconds => state.serves() || matches!(state, State::Stopped | State::Detached),
        Meter::MillivcpuSeconds | Meter::MemoryMibSeconds => state.serves(),
    };
    let spans = history.iter().zip(ends).filter(|((_, state), _)| is_metered(*state));
    let spans = spans.map(|((start, _), end)| ((*start).min(until), end.min(until)));
    joined(spans.collect(), "states")
}

/// When the records say that the meter ran, up to the instant.
fn by_records(cell: &Cell, resource: ResourceId, meter: Meter, until: Instant) -> Spans {
    let memory = cell.plane.memory();
    let records = memory.records.values();
    let own =
        records.filter(|one| one.resource == resource.to_string() && one.meter == meter.as_str());
    let spans = own.map(|one| (one.start.min(until), one.end.min(until))).collect();
    joined(spans, &format!("{meter} of {resource}"))
}

pub fn prove(cell: &Cell, spec: &InstanceSpec, context: &str) {
    let until = cell.plane.memory().watermark;
    let meters = [Meter::MemberSeconds, Meter::MillivcpuSeconds, Meter::MemoryMibSeconds];
    for member in &spec.members {
        let (volume, own) = (ResourceId::Volume(member.volume), ResourceId::Member(member.id));
        let both = meters.map(|meter| (own, meter)).into_iter();
        for (resource, meter) in both.chain([(volume, Meter::StorageMibSeconds)]) {
            assert_eq!(
                by_records(cell, resource, meter, until),
                by_states(cell, resource, meter, until),
                "{context}: {meter} of {resource} until {until}: {:?}",
                cell.history(resource),
            );
        }
    }
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Up to so many seconds and never whole ones.
    fn time(&mut self, seconds: u64) -> Duration {
        Duration::from_micros(self.below(seconds * 1_000_000) + 1)
    }
}

struct Silent;

impl StepLog for Silent {
    fn line(&self, _: &str) {}
}

async fn pass(cell: &Cell, chance: &mut Chance, seconds: u64) {
    cell.clock.advance(chance.time(1));
    cell.plane.pass(chance.time(seconds)).await;
}

/// Something that happens to the cell.
async fn happen(cell: &mut Cell, spec: &InstanceSpec, chance: &mut Chance) -> InstanceSpec {
    let member = spec.members[chance.below(2) as usize].id;
    match chance.below(10) {
        0 => cell.host.inner().crash(member),
        1 => drop(cell.host.inner().stop(member, &Silent).await),
        2 => {
            cell.kill().await;
            cell.clock.advance(chance.time(5));
            cell.come_back().await;
        }
        3 => {
            cell.kill().await;
            cell.clock.advance(chance.time(5_000));
            cell.host.inner().crash(member);
            cell.clock.advance(chance.time(5_000));
            cell.come_back().await;
        }
        4 => {
            cell.agent.take().expect("an agent").stop().await.expect("a clean stop");
            cell.clock.advance(chance.time(100));
            cell.come_back().await;
        }
        5 => {
            cell.plane.memory().is_away = true;
            pass(cell, chance, 200).await;
            cell.host.inner().crash(member);
            pass(cell, chance, 200).await;
            cell.plane.memory().is_away = false;
        }
        6 => {
            let message = "away".to_owned();
            let away = ConnectorError::Unavailable { code: "HOST_AWAY", message };
            cell.host.inner().refuse(Step::See, away);
            pass(cell, chance, 90).await;
            cell.host.inner().allow(Step::See);
        }
        7 | 8 => {
            let next = match (spec.wish, chance.below(3)) {
                (Wish::Stopped, _) => cell.next(spec, Wish::Running, OperationKind::Start),
                (_, 0) => cell.next(spec, Wish::Stopped, OperationKind::Stop),
                (_, 1) => cell.changed(spec, "maxclients", json!(20 + chance.below(50))),
                (_, _) => cell.changed(spec, "rdbchecksum", json!(chance.below(2) == 0)),
            };
            cell.plane.want(&next);
            if chance.below(2) == 0 {
                cell.ended(&next).await;
            }
            return next;
        }
        _ => cell.clock.advance(chance.time(7_300)),
    }
    spec.clone()
}

async fn check(seed: u64) {
    let mut chance = Chance(seed);
    let mut cell = Cell::start().await;
    cell.clock.advance(chance.time(3_600));
    let mut spec = cell.pair();
    let first = spec.clone();
    cell.plane.want(&spec);
    for round in 0..12 {
        pass(&cell, &mut chance, 100).await;
        spec = happen(&mut cell, &spec, &mut chance).await;
        if round % 4 == 3 {
            prove(&cell, &first, &format!("seed {seed}, round {round}"));
        }
    }
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    cell.becomes(&spec, State::Deleted).await;
    let now = cell.plane.now();
    cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
    prove(&cell, &spec, &format!("seed {seed}, the end"));
}

#[tokio::test]
async fn usage_is_what_the_states_say_1() {
    for seed in 1..6 {
        check(seed).await;
    }
}

#[tokio::test]
async fn usage_is_what_the_states_say_2() {
    for seed in 6..11 {
        check(seed).await;
    }
}

#[tokio::test]
async fn storage_is_metered_from_the_instant_of_the_placement() {
    let cell = Cell::start().await;
    let message = "a slow mirror".to_owned();
    let away = ConnectorError::Unavailable { code: "PACKAGE_SOURCE_UNREACHABLE", message };
    cell.host.inner().refuse(Step::Install, away);
    let spec = cell.pair();
    cell.plane.want(&spec);
    cell.plane.pass(Duration::from_secs(100)).await;
    let volume = ResourceId::Volume(spec.members[0].volume);
    assert_eq!(cell.history(volume), []);
    cell.host.inner().allow(Step::Install);
    cell.becomes(&spec, State::Running).await;
    let begun_at = {
        cell.ended(&spec).await;
        let memory = cell.plane.memory();
        let steps = &memory.operations[&spec.operation.id].steps;
        let start = steps.iter().find(|step| step.name == "start-member").expect("a step");
        start.ended_at.expect("an end")
    };
    let history = cell.history(volume);
    assert!(history[0].0 >= begun_at && history[0].0.since(begun_at) < Duration::from_secs(1));
    let states: Vec<_> = history.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, [State::Provisioning, State::Running]);
    let now = cell.plane.now();
    cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
    prove(&cell, &spec, "placement");
}

#[tokio::test]
async fn a_clock_that_is_set_meters_what_passed() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let day_us = 24 * 3_600 * 1_000_000;
    for (ahead_us, is_away) in
        [(9_000_000_000, false), (-300_000_000, false), (day_us, true), (-day_us, true), (0, true)]
    {
        cell.plane.memory().is_away = is_away;
        cell.own.set_ahead(ahead_us);
        cell.host.inner().crash(spec.members[0].id);
        cell.plane.pass(Duration::from_secs(500)).await;
        // So far away that only the plane can tell what time it is.
        cell.kill().await;
        cell.clock.advance(Duration::from_secs(100));
        cell.own.set_ahead(-ahead_us);
        cell.come_back().await;
        cell.plane.memory().is_away = false;
        cell.plane.pass(Duration::from_secs(100)).await;
        let now = cell.plane.now();
        cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
        prove(&cell, &spec, &format!("set by {ahead_us}"));
        let (end, memory) = (cell.plane.now(), cell.plane.memory());
        assert!(memory.records.values().all(|record| record.end <= end));
    }
    let (first, memory) =
        (cell.history(ResourceId::Member(spec.members[0].id))[0].0, cell.plane.memory());
    let unknown = memory.changes.iter().filter(|change| change.state == State::Unknown).count();
    assert_eq!(unknown, 0, "what passed was known all the time, since {first}");
}
