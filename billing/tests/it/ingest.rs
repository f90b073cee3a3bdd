//! What becomes of batches.

use std::time::Duration;

use billing::attribution;
use billing::ingest::{self, Batch, Incoming};
use control_plane_core::error::ErrorCode;
use control_plane_store::usage_flag::UsageFlag;
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{Page, UsageStatus, usage_flag, usage_hour, usage_record};
use policies::permit::FleetPermit;
use types::id::{AgentSessionId, MemberId, SystemIds};
use types::instance::State;
use types::instant::Instant;

use crate::world::{PERMIT, World, clock_now, october, september};

async fn records(world: &World) -> Vec<UsageRecord> {
    usage_record::between(&world.reader(), september(), october()).await.expect("records")
}

async fn flags(world: &World) -> Vec<UsageFlag> {
    let reader = world.plane.store.fleet_read(&FleetPermit::task(PERMIT));
    let page = Page::largest();
    usage_flag::list_anywhere(&reader, None, &page).await.expect("flags").items
}

async fn hours(world: &World) -> i64 {
    let rows = usage_hour::between(&world.reader(), september(), october()).await.expect("hours");
    rows.iter().map(|row| row.quantity).sum()
}

fn counted(rows: &[UsageRecord]) -> i64 {
    let counted = rows.iter().filter(|row| row.status == UsageStatus::Counted);
    counted.map(|row| row.quantity).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_batch_five_times_in_any_order_counts_once() {
    let world = World::new().await;
    world.clock.set(september().shifted(9 * Instant::HOUR));
    let batch = world.hours(1, september(), 8);
    let mut reversed = batch.clone();
    reversed.reverse();
    for again in [batch.clone(), reversed.clone(), batch.clone(), reversed, batch] {
        assert_eq!(world.deliver(again).await, 8);
    }
    assert_eq!(counted(&records(&world).await), 8 * 3600);
    assert_eq!(hours(&world).await, 8 * 3600);
    assert!(flags(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_has_counted_nothing_is_complete_to_no_instant() {
    let world = World::new().await;
    let batch = Batch { records: Vec::new(), watermark: Instant::default() };
    let answer = ingest::take(&world.plane, &world.identity(), world.session, batch).await;
    assert_eq!(answer.expect("no error").expect("no refusal"), 0);
    assert_eq!(world.cell_row().await.watermark, None);
    world.deliver(Vec::new()).await;
    assert_eq!(world.cell_row().await.watermark, Some(clock_now(&world.clock)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_in_the_sequence_is_visible_until_it_is_filled() {
    let world = World::new().await;
    world.clock.set(september().shifted(9 * Instant::HOUR));
    let all = world.hours(1, september(), 6);
    assert_eq!(world.deliver(all[..2].to_vec()).await, 2);
    let before = world.cell_row().await.watermark;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.deliver(all[3..].to_vec()).await, 2, "the third is missing");
    let row = world.cell_row().await;
    assert_eq!((row.acknowledged_sequence, row.highest_sequence), (2, 6));
    assert_eq!(row.watermark, before, "nothing is complete with a gap");
    assert_eq!(world.deliver(vec![all[2].clone()]).await, 6);
    let row = world.cell_row().await;
    assert_eq!((row.acknowledged_sequence, row.highest_sequence), (6, 6));
    assert!(row.watermark > before);
    assert_eq!(counted(&records(&world).await), 6 * 3600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_flagged_and_the_others_count() {
    let world = World::new().await;
    let start = september();
    world.clock.set(start.shifted(3 * Instant::HOUR));
    let good = world.record(1, start, 3600);
    let change = |change: fn(&mut Incoming)| {
        let mut record = world.record(0, start.shifted(Instant::HOUR), 60);
        change(&mut record);
        world.signed(record)
    };
    let batch = vec![
        good.clone(),
        change(|record| (record.sequence, record.meter) = (2, "cpu".to_owned())),
        change(|record| {
            record.sequence = 3;
            record.start = record.start.shifted(2 * Instant::HOUR + 3000 * Instant::SECOND);
            record.end = record.start.shifted(60 * Instant::SECOND);
        }),
        change(|record| (record.sequence, record.end) = (4, record.start)),
        change(|record| {
            (record.sequence, record.end) = (5, record.start.shifted(Instant::HOUR + 1))
        }),
        change(|record| (record.sequence, record.quantity) = (6, -1)),
        change(|record| (record.sequence, record.quantity) = (7, 61)),
        world.signed(Incoming { sequence: 8, ..world.record(8, start.shifted(1), 3599) }),
        world.record(9, start.shifted(Instant::HOUR), 1800),
        world.record(10, start.shifted(Instant::HOUR + 1799 * Instant::SECOND), 60),
        world.signed(Incoming { quantity: 3599, sequence: 1, ..good.clone() }),
    ];
    assert_eq!(world.deliver(batch.clone()).await, 10);
    assert_eq!(world.deliver(batch).await, 10);
    let rows = records(&world).await;
    assert_eq!(counted(&rows), 3600 + 1800);
    assert_eq!(hours(&world).await, 3600 + 1800);
    let mut shown: Vec<_> = flags(&world).await.into_iter().rev().collect();
    shown.sort_by_key(|flag| flag.sequence);
    let shown: Vec<_> = shown
        .iter()
        .map(|flag| {
            format!("{} {} {}", flag.sequence, flag.kind, flag.reason.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1 conflict -",
            "2 rejected meter",
            "3 rejected future",
            "4 rejected order",
            "5 rejected hour",
            "6 rejected negative",
            "7 rejected seconds",
            "8 overlap -",
            "10 overlap -",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_or_session_refuses_the_whole_batch() {
    let world = World::new().await;
    world.clock.set(september().shifted(9 * Instant::HOUR));
    let mut batch = world.hours(1, september(), 3);
    batch[1].quantity = 1;
    let watermark = clock_now(&world.clock);
    let take = async |session, records| {
        let batch = Batch { records, watermark };
        ingest::take(&world.plane, &world.identity(), session, batch).await
    };
    let error = take(world.session, batch).await.expect_err("a refusal");
    assert_eq!(error.code(), ErrorCode::Invalid);
    assert!(error.to_string().starts_with("records.1.signature"), "{error}");
    assert!(records(&world).await.is_empty());
    let other = AgentSessionId::next(&SystemIds);
    let answer = take(other, world.hours(1, september(), 3)).await.expect("no error");
    assert_eq!(answer, Err(control_plane_core::cell::Refused::Superseded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_waits_until_its_resource_is_known() {
    let world = World::new().await;
    world.clock.set(september().shifted(9 * Instant::HOUR));
    let stranger = MemberId::next(&SystemIds).to_string();
    let of_stranger = |sequence, start| {
        world.signed(Incoming { resource: stranger.clone(), ..world.record(sequence, start, 600) })
    };
    let late = of_stranger(2, september().shifted(5 * 60 * Instant::SECOND));
    assert_eq!(world.deliver(vec![of_stranger(1, september()), late]).await, 2);
    attribution::run(&world.plane).await.expect("a round");
    assert!(flags(&world).await.is_empty(), "an hour is not over");
    world.clock.advance(Duration::from_secs(3600));
    for _ in 0..2 {
        attribution::run(&world.plane).await.expect("a round");
        assert_eq!(flags(&world).await.len(), 2, "each is told once");
    }
    world.state(&stranger, "member", State::Running, september()).await;
    attribution::run(&world.plane).await.expect("a round");
    let rows = records(&world).await;
    let shown: Vec<_> = rows.iter().map(|row| (row.sequence, row.status)).collect();
    assert_eq!(shown, [(1, UsageStatus::Counted), (2, UsageStatus::Overlap)]);
    assert_eq!(rows[0].accepted_at, Some(clock_now(&world.clock)));
    assert_eq!(hours(&world).await, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_statements_does_not_grow_with_the_batch() {
    let world = World::new().await;
    world.clock.set(october());
    let mut first = 1;
    let mut counts = Vec::new();
    for size in [2, 10, 100] {
        let batch = world.hours(first, september().shifted((first - 1) * Instant::HOUR), size);
        let before = world.plane.store.statements();
        assert_eq!(world.deliver(batch).await, first + size - 1);
        counts.push(world.plane.store.statements() - before);
        first += size;
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0], counts[2]);
    assert!(counts[0] <= 12, "{counts:?}");
}

#[test]
fn the_signed_text_is_the_one_of_the_protocol() {
    let record = Incoming {
        sequence: 7,
        resource: "mbr_x".to_owned(),
        meter: "member_seconds".to_owned(),
        start: Instant::from_seconds(0),
        end: Instant::from_seconds(60),
        quantity: 60,
        signature: String::new(),
    };
    let cell = uuid::Uuid::nil().into();
    let instants = "1970-01-01T00:00:00.000000Z\t1970-01-01T00:01:00.000000Z";
    let expected =
        format!("cel_00000000000000000000000000\t7\tmbr_x\tmember_seconds\t{instants}\t60");
    assert_eq!(record.signed_text(cell), expected);
}
