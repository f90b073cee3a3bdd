//! What is metered: everything that is known, once, and nothing that is not.

use std::collections::BTreeMap;
use std::time::Duration;

use connectors::memory::Step;
use connectors::runtime::{ConnectorError, ProcessChange, ProcessState, Runtime};
use types::clock::Clock;
use types::id::ResourceId;
use types::instance::{InstanceSpec, State, Wish};
use types::instant::Instant;
use types::meter::Meter;
use types::operation::OperationKind;

use crate::cell::{Cell, SIZE};

/// The sum of a meter for a resource, after a look at its intervals: in order, without overlap,
/// within one hour each.
fn metered(cell: &Cell, resource: ResourceId, meter: Meter) -> (i64, Vec<(Instant, Instant)>) {
    let memory = cell.plane.memory();
    let mut intervals = Vec::new();
    let mut sum = 0;
    for record in memory.records.values() {
        if record.resource == resource.to_string() && record.meter == meter.as_str() {
            assert!(record.start < record.end);
            assert_eq!(record.start.hour(), record.end.shifted(-1).hour());
            intervals.push((record.start, record.end));
            sum += record.quantity;
        }
    }
    intervals.sort_unstable();
    assert!(intervals.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{intervals:?}");
    (sum, intervals)
}

/// Turns the clock until everything up to now is metered and acknowledged.
async fn settle(cell: &Cell) {
    let now = cell.plane.now();
    cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
}

/// The seconds that a member's history says it was in these states, up to the instant.
fn expected(cell: &Cell, resource: ResourceId, states: &[State], until: Instant) -> i64 {
    let history = cell.history(resource);
    let ends = history.iter().skip(1).map(|(at, _)| *at).chain([until]);
    let spans = history.iter().zip(ends).filter(|((_, state), _)| states.contains(state));
    spans.map(|((start, _), end)| end.seconds() - start.seconds()).sum()
}

const BILLED: &[State] =
    &[State::Running, State::Degraded, State::Updating, State::Stopped, State::Detached];
const SERVING: &[State] = &[State::Running, State::Degraded, State::Updating];

fn check(cell: &Cell, spec: &InstanceSpec) {
    for member in &spec.members {
        let resource = ResourceId::Member(member.id);
        let (seconds, intervals) = metered(cell, resource, Meter::MemberSeconds);
        let end = intervals.last().expect("records").1;
        assert_eq!(seconds, expected(cell, resource, BILLED, end));
        let serving = expected(cell, resource, SERVING, end);
        let (millivcpu, _) = metered(cell, resource, Meter::MillivcpuSeconds);
        let (memory, _) = metered(cell, resource, Meter::MemoryMibSeconds);
        assert_eq!((millivcpu, memory), (serving * SIZE.millivcpu, serving * SIZE.memory_mib));
        let volume = ResourceId::Volume(member.volume);
        let (storage, intervals) = metered(cell, volume, Meter::StorageMibSeconds);
        let (start, end) = (cell.history(volume)[0].0, intervals.last().expect("records").1);
        assert_eq!(storage, (end.seconds() - start.seconds()) * SIZE.storage_mib);
    }
}

#[tokio::test]
async fn a_running_instance_is_metered_to_the_second() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(2_400)).await;
    let stopped = cell.next(&spec, Wish::Stopped, OperationKind::Stop);
    cell.plane.want(&stopped);
    cell.becomes(&stopped, State::Stopped).await;
    cell.plane.pass(Duration::from_secs(300)).await;
    settle(&cell).await;
    check(&cell, &spec);
    let sequences: Vec<_> = cell.plane.memory().records.keys().copied().collect();
    assert!(sequences.iter().copied().eq(1..=sequences.len() as i64));
}

#[tokio::test]
async fn usage_is_stamped_with_the_planes_time() {
    let cell = Cell::start_with_plane_ahead(7_200_000_000).await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(120)).await;
    settle(&cell).await;
    check(&cell, &spec);
    let first = cell.plane.memory().records[&1].start;
    assert!(first > cell.clock.now().shifted(6_000_000_000));
}

#[tokio::test]
async fn without_the_plane_everything_is_kept_for_later() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.memory().is_away = true;
    cell.plane.pass(Duration::from_secs(1_000)).await;
    cell.host.inner().crash(spec.members[1].id);
    cell.plane.pass(Duration::from_secs(4_000)).await;
    cell.plane.memory().is_away = false;
    settle(&cell).await;
    check(&cell, &spec);
    let states: BTreeMap<_, _> = cell
        .history(ResourceId::Member(spec.members[1].id))
        .into_iter()
        .map(|(_, s)| (s, ()))
        .collect();
    assert!(states.contains_key(&State::Failed));
}

#[tokio::test]
async fn without_the_agent_the_keepers_journal_counts() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(100)).await;
    cell.kill().await;
    cell.clock.advance(Duration::from_secs(3_000));
    let crashed_at = cell.plane.now();
    cell.host.inner().crash(spec.members[0].id);
    cell.clock.advance(Duration::from_secs(4_000));
    cell.come_back().await;
    settle(&cell).await;
    check(&cell, &spec);
    let history = cell.history(ResourceId::Member(spec.members[0].id));
    assert!(history.contains(&(crashed_at, State::Failed)), "{history:?}");
    assert!(!history.iter().any(|(_, state)| *state == State::Unknown));
    let (seconds, _) = metered(&cell, ResourceId::Member(spec.members[0].id), Meter::MemberSeconds);
    assert!(seconds > 7_000);
}

#[tokio::test]
async fn what_nobody_could_see_is_a_declared_gap() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(100)).await;
    let message = "the host does not answer".to_owned();
    cell.host.inner().refuse(Step::See, ConnectorError::Unavailable { code: "HOST_AWAY", message });
    cell.plane.pass(Duration::from_secs(300)).await;
    cell.becomes(&spec, State::Unknown).await;
    cell.host.inner().allow(Step::See);
    cell.becomes(&spec, State::Running).await;
    cell.plane.pass(Duration::from_secs(100)).await;
    settle(&cell).await;
    check(&cell, &spec);
    let (seconds, _) = metered(&cell, ResourceId::Member(spec.members[0].id), Meter::MemberSeconds);
    assert!(seconds < 260, "{seconds}");
}

#[tokio::test]
async fn a_lost_answer_sends_the_same_records_again() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    for _ in 0..3 {
        cell.plane.pass(Duration::from_secs(70)).await;
        cell.plane.memory().is_away = true;
        cell.kill().await;
        cell.come_back().await;
        cell.plane.pass(Duration::from_secs(70)).await;
        cell.plane.memory().is_away = false;
    }
    settle(&cell).await;
    check(&cell, &spec);
}

/// Microseconds that the meter says beyond those in which the keeper's journal has a process.
fn without_process(journal: &[ProcessChange], metered: &[(Instant, Instant)]) -> i64 {
    let ends =
        journal.iter().skip(1).map(|change| change.at).chain([Instant::from_micros(i64::MAX)]);
    let ran: Vec<_> = journal
        .iter()
        .zip(ends)
        .filter(|(change, _)| change.process == ProcessState::Running)
        .map(|(change, end)| (change.at, end))
        .collect();
    let served = |(start, end): &(Instant, Instant)| -> i64 {
        let common = ran.iter().map(|(from, to)| {
            (*end.min(to)).micros().saturating_sub((*start.max(from)).micros()).max(0)
        });
        common.sum()
    };
    metered.iter().map(|one| one.1.micros() - one.0.micros() - served(one)).sum()
}

#[tokio::test]
async fn a_member_that_ends_again_and_again_is_metered_while_it_runs_and_no_longer() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let member = spec.members[1].id;
    for _ in 0..10 {
        cell.plane.pass(Duration::from_secs(10)).await;
        cell.host.inner().crash(member);
    }
    cell.plane
        .eventually("it is given up", |memory| {
            let seen = memory.instances.get(&spec.id).and_then(|seen| {
                seen.members.iter().find(|one| one.id == member).and_then(|one| one.problem.clone())
            });
            seen.is_some_and(|problem| problem.starts_with("MEMBER_KEEPS_ENDING: "))
        })
        .await;
    cell.plane.pass(Duration::from_secs(300)).await;
    settle(&cell).await;
    check(&cell, &spec);
    assert_eq!((cell.seen(member).await.pid, cell.seen(member).await.restarts), (None, 9));
    let journal = cell.host.journal(member, Instant::default()).await.expect("a journal");
    let (_, metered) = metered(&cell, ResourceId::Member(member), Meter::MillivcpuSeconds);
    assert_eq!(without_process(&journal, &metered), 0);
    let mut planted = metered.clone();
    planted.last_mut().expect("usage").1 = cell.plane.now();
    assert!(without_process(&journal, &planted) > 200_000_000, "a planted fault is seen");
}
