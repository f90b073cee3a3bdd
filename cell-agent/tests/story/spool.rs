//! Usage that the plane does not take holds up no other.

use std::time::Duration;

use types::clock::Clock;
use types::instant::Instant;

use crate::cell::Cell;

/// More records than fit into one batch.
const MANY: i64 = 5_200;

#[tokio::test]
async fn a_gap_that_nobody_can_fill_holds_up_no_later_usage() {
    let mut cell = Cell::start().await;
    for _ in 0..25 {
        cell.with_pair().await;
    }
    cell.plane.pass(Duration::from_secs(130)).await;
    // Restored from a backup, the plane knows less than it had acknowledged.
    cell.kill().await;
    cell.plane.memory().records.remove(&1);
    let known = *cell.plane.memory().records.keys().next_back().expect("records");
    cell.plane.memory().is_away = true;
    cell.come_back().await;
    for _ in 0..32 {
        for _ in 0..3 {
            cell.clock.advance(Duration::from_secs(25));
            cell.plane.pass(Duration::from_secs(1)).await;
        }
    }
    cell.plane.memory().is_away = false;
    let now = cell.plane.now();
    cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
    let last = {
        let memory = cell.plane.memory();
        let last = *memory.records.keys().next_back().expect("records");
        assert!(last - known > MANY, "{last} {known}");
        assert_eq!((memory.acknowledged(), memory.records.len() as i64), (0, last - 1));
        last
    };
    let calls = cell.plane.memory().usage_calls;
    cell.plane.pass(Duration::from_secs(600)).await;
    assert!(cell.plane.memory().usage_calls <= calls + 12);
    assert!(*cell.plane.memory().records.keys().next_back().expect("records") > last);
}

#[tokio::test]
async fn a_record_that_is_refused_holds_up_no_other() {
    let cell = Cell::start().await;
    cell.plane.memory().malformed = Some(5);
    cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(400)).await;
    let start = cell.clock.now();
    cell.plane.eventually("later records", |memory| memory.records.len() > 30).await;
    let (calls, complete_to) = {
        let memory = cell.plane.memory();
        assert_eq!((memory.acknowledged(), memory.records.contains_key(&5)), (4, false));
        (memory.usage_calls, memory.watermark)
    };
    // What is kept back is not complete.
    assert!(complete_to < start && complete_to > Instant::default());
    cell.plane.pass(Duration::from_secs(600)).await;
    assert!(cell.plane.memory().usage_calls <= calls + 24);
    cell.plane.memory().malformed = None;
    let now = cell.plane.now();
    cell.plane.eventually("the watermark", |memory| memory.watermark >= now).await;
    let memory = cell.plane.memory();
    assert_eq!(memory.acknowledged(), memory.records.len() as i64);
}
