//! When months close, and that a closing is the same however often it is tried.

use std::time::Duration;

use billing::closing::{self, Progress};
use billing_rating::bill::Bill;
use control_plane_store::{bill, charge};
use tokio::time::timeout;
use types::instant::Instant;

use crate::engine::Engine;
use crate::world::{World, october, september};

async fn stored(world: &World, period: &str) -> Vec<String> {
    let reader = world.reader();
    let bills = bill::of_period(&reader, period).await.expect("bills");
    let charges = charge::of_bill_period(&reader, period, None).await.expect("charges");
    let bills = bills.into_iter().map(|row| row.content);
    bills.chain(charges.into_iter().map(|row| row.content)).collect()
}

fn is_idle(progress: &Progress) -> bool {
    progress.closed.is_empty() && progress.waits.is_none()
}

async fn advance(world: &World) -> Progress {
    closing::advance(&world.plane, world.tenant, None).await.expect("no contradiction")
}

fn names(progress: &Progress) -> Vec<String> {
    progress.closed.iter().map(ToString::to_string).collect()
}

async fn root(world: &World, period: &str) -> Bill {
    let rows = bill::of_organization(&world.reader(), world.root, period).await.expect("bills");
    serde_json::from_str(&rows[0].content).expect("a bill")
}

/// A world at the end of September with all usage delivered.
async fn at_the_end() -> World {
    let world = World::new().await;
    world.clock.set(october());
    world.deliver(world.hours(1, september(), 48)).await;
    world.clock.advance(Duration::from_secs(1));
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_waits_for_its_cells_and_72_hours_at_most() {
    let world = World::new().await;
    world.clock.set(october().shifted(-1));
    let early = advance(&world).await;
    assert!(is_idle(&early), "it is not over");
    assert_eq!(early.open.map(|(_, end)| end), Some(october()), "and it says until when");
    world.deliver(world.hours(1, september(), 10)).await;
    world.clock.set(october());
    let progress = advance(&world).await;
    let waits = progress.waits.expect("it waits");
    assert_eq!(waits.cells, ["home"]);
    assert_eq!(waits.until, october().shifted(72 * Instant::HOUR));
    world.clock.set(october().shifted(72 * Instant::HOUR - 1));
    assert!(advance(&world).await.closed.is_empty());
    world.clock.set(october().shifted(72 * Instant::HOUR));
    assert_eq!(names(&advance(&world).await), ["2026-09"]);
    assert!(is_idle(&advance(&world).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_month_closes_at_once_and_its_gaps_are_on_the_bill() {
    let world = at_the_end().await;
    assert_eq!(names(&advance(&world).await), ["2026-09"]);
    let root = root(&world, "2026-09").await;
    assert_eq!(root.own_total.to_string(), "0.00");
    assert_eq!(root.subtree_total.to_string(), "17.76", "48 × 0.37");
    assert_eq!(root.number.as_deref().map(|number| &number[..9]), Some("2026-09-0"));
    let rows = bill::of_organization(&world.reader(), world.child, "2026-09").await.expect("bills");
    let child: Bill = serde_json::from_str(&rows[0].content).expect("a bill");
    let reasons: Vec<_> = child.gaps.iter().map(|gap| gap.reason.as_str()).collect();
    assert_eq!(reasons, ["missing", "missing"], "all but two days, and the whole volume");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_that_is_killed_and_repeated_gives_the_same_bytes() {
    let world = at_the_end().await;
    let other = world.copy().await;
    assert_eq!(names(&advance(&world).await), ["2026-09"]);
    let expected = stored(&world, "2026-09").await;
    assert!(expected.len() > 3);
    let mut kills = 0;
    for step in 1..60 {
        let closing = closing::advance(&other.plane, other.tenant, None);
        if timeout(Duration::from_micros(step * 500), closing).await.is_err() {
            kills += 1;
        }
    }
    assert!(kills > 3, "{kills} were killed");
    advance(&other).await;
    assert_eq!(stored(&other, "2026-09").await, expected);
    advance(&other).await;
    assert_eq!(stored(&other, "2026-09").await, expected, "closing again changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_usage_is_a_correction_in_the_next_month() {
    let world = at_the_end().await;
    advance(&world).await;
    let before = stored(&world, "2026-09").await;
    world.clock.set(october().shifted(Instant::HOUR));
    let last_day = september().shifted(29 * 24 * Instant::HOUR);
    world.deliver(world.hours(49, last_day, 10)).await;
    let november = october().shifted(31 * 24 * Instant::HOUR);
    world.clock.set(november);
    world.deliver(world.hours(59, october(), 5)).await;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(names(&advance(&world).await), ["2026-10"]);
    assert_eq!(stored(&world, "2026-09").await, before, "nothing closed changes");
    let rows = bill::of_organization(&world.reader(), world.child, "2026-10").await.expect("bills");
    let child: Bill = serde_json::from_str(&rows[0].content).expect("a bill");
    let lines: Vec<_> = child
        .lines
        .iter()
        .map(|line| format!("{} {} {}", line.charge_period, line.quantity, line.amount))
        .collect();
    assert_eq!(lines, ["2026-09 36000 3.7000000000", "2026-10 18000 1.8500000000"]);
}

async fn two_at_once_close_once(world: World) {
    world.clock.set(october());
    world.deliver(world.hours(1, september(), 10)).await;
    world.clock.advance(Duration::from_secs(1));
    let (one, other) = tokio::join!(advance(&world), advance(&world));
    assert_eq!(one.closed.len() + other.closed.len(), 1);
    let rows = bill::of_period(&world.reader(), "2026-09").await.expect("bills");
    assert_eq!(rows.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_at_once_close_a_month_once() {
    for engine in Engine::ALL {
        two_at_once_close_once(World::on(engine).await).await;
    }
}
