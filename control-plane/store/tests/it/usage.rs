//! Usage records, hours and the notes of closings.

use std::collections::BTreeSet;
use std::sync::Arc;

use control_plane_store::usage_hour::UsageHour;
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{StoreError, UsageStatus, usage_hour, usage_record};
use types::id::CellId;
use types::instant::Instant;

use crate::on_every_engine;
use crate::world::{Home, World};

on_every_engine! {
    a_batch_says_which_records_were_new
    one_batch_twice_at_once_counts_once
    a_large_batch_is_taken_whole
    a_run_ends_before_its_first_gap
    a_record_of_another_cell_is_refused
    overlaps_are_found_set_wise
    hours_add_up
    a_closing_takes_what_was_accepted_before_it
}

const HOUR: Instant = Instant::from_seconds(3_600 * 500_000);

fn record(home: &Home, cell: CellId, sequence: i64) -> UsageRecord {
    UsageRecord {
        cell_id: cell,
        sequence,
        tenant_id: Some(home.tenant),
        project_id: Some(home.project),
        resource: "mbr_1".to_owned(),
        meter: "member_seconds".to_owned(),
        start_at: HOUR.shifted(sequence % 60 * 60 * Instant::SECOND),
        end_at: HOUR.shifted((sequence % 60 + 1) * 60 * Instant::SECOND),
        quantity: 60,
        received_at: HOUR.shifted(Instant::HOUR),
        accepted_at: None,
        signature: "0".repeat(128),
        status: UsageStatus::Counted,
        reason: None,
        billed_in: None,
    }
}

async fn a_batch_says_which_records_were_new(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let tx = world.cell_tx(cell).await;
    let batch = |from, to| (from..=to).map(|sequence| record(&home, cell, sequence)).collect();
    let new = usage_record::insert_new(&tx, batch(1, 5)).await.expect("insert");
    assert_eq!(new, (1..=5).collect());
    let mut overlapping: Vec<_> = batch(4, 8);
    overlapping.push(record(&home, cell, 8));
    let new = usage_record::insert_new(&tx, overlapping).await.expect("insert");
    assert_eq!(new, BTreeSet::from([6, 7, 8]));
    let new = usage_record::insert_new(&tx, Vec::new()).await.expect("insert");
    assert!(new.is_empty());
    assert_eq!(usage_record::sequences_after(&tx, 6).await.expect("ask"), [7, 8]);
    let kept = usage_record::existing(&tx, &[5, 99]).await.expect("ask");
    assert_eq!(kept, [record(&home, cell, 5)]);
}

async fn one_batch_twice_at_once_counts_once(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let world = Arc::new(world);
    let send = |world: Arc<World>, home: Home| async move {
        let tx = world.cell_tx(cell).await;
        let batch = (1..=50).map(|sequence| record(&home, cell, sequence)).collect();
        let new = usage_record::insert_new(&tx, batch).await.expect("insert");
        tx.commit().await.expect("commit");
        new.len()
    };
    let sent = [(); 5].map(|()| tokio::spawn(send(world.clone(), home.clone())));
    let mut new = Vec::new();
    for sent in sent {
        new.push(sent.await.expect("ends"));
    }
    new.sort_unstable();
    assert_eq!(new, [0, 0, 0, 0, 50]);
}

async fn a_large_batch_is_taken_whole(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let tx = world.cell_tx(cell).await;
    let batch: Vec<_> = (1..=5_000).map(|sequence| record(&home, cell, sequence)).collect();
    let new = usage_record::insert_new(&tx, batch.clone()).await.expect("insert");
    assert_eq!(new.len(), 5_000);
    let again = usage_record::insert_new(&tx, batch).await.expect("insert");
    assert!(again.is_empty());
}

async fn a_run_ends_before_its_first_gap(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let tx = world.cell_tx(cell).await;
    let batch = [1, 2, 3, 5, 6].map(|sequence| record(&home, cell, sequence)).to_vec();
    usage_record::insert_new(&tx, batch).await.expect("insert");
    let run = usage_record::contiguous_from(&tx, 1).await.expect("ask");
    assert_eq!(run, Some(3));
    usage_record::insert_new(&tx, vec![record(&home, cell, 4)]).await.expect("insert");
    let run = usage_record::contiguous_from(&tx, 1).await.expect("ask");
    assert_eq!(run, Some(6));
    // More than is read at once.
    let batch = (7..=12_000).filter(|sequence| *sequence != 11_003);
    let batch = batch.map(|sequence| record(&home, cell, sequence)).collect();
    usage_record::insert_new(&tx, batch).await.expect("insert");
    let run = usage_record::contiguous_from(&tx, 1).await.expect("ask");
    assert_eq!(run, Some(11_002));
    assert_eq!(usage_record::contiguous_from(&tx, 11_003).await.expect("ask"), None);
}

async fn a_record_of_another_cell_is_refused(world: World) {
    let home = world.home("acme").await;
    let (here, there) = (world.cell("here").await, world.cell("there").await);
    let tx = world.cell_tx(here).await;
    let planted = usage_record::insert_new(&tx, vec![record(&home, there, 1)]).await;
    assert!(matches!(planted, Err(StoreError::OutOfReach)), "{planted:?}");
}

async fn overlaps_are_found_set_wise(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let tx = world.cell_tx(cell).await;
    let mut rejected = record(&home, cell, 2);
    rejected.status = UsageStatus::Rejected;
    let rows = vec![record(&home, cell, 1), rejected, record(&home, cell, 3)];
    usage_record::insert_new(&tx, rows).await.expect("insert");
    let minute = |minute: i64| HOUR.shifted(minute * 60 * Instant::SECOND);
    let resources = ["mbr_1".to_owned(), "mbr_2".to_owned()];
    let found = usage_record::overlapping(&tx, &resources, minute(1), minute(3)).await;
    let sequences: Vec<_> = found.expect("ask").iter().map(|row| row.sequence).collect();
    assert_eq!(sequences, [1]);
    let found = usage_record::overlapping(&tx, &resources, minute(2), minute(3)).await;
    assert!(found.expect("ask").is_empty());
}

async fn hours_add_up(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let hour = |quantity| UsageHour {
        tenant_id: home.tenant,
        resource: "mbr_1".to_owned(),
        meter: "member_seconds".to_owned(),
        hour: HOUR,
        project_id: home.project,
        quantity,
    };
    let tx = world.cell_tx(cell).await;
    usage_hour::add_in_cell(&tx, vec![hour(60), hour(5)]).await.expect("add");
    usage_hour::add_in_cell(&tx, vec![hour(5_000_000_000)]).await.expect("add");
    usage_hour::add_in_cell(&tx, Vec::new()).await.expect("add nothing");
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let to = HOUR.shifted(1);
    assert_eq!(usage_hour::between(&reader, HOUR, to).await.expect("ask"), [hour(5_000_000_065)]);
    assert!(usage_hour::between(&reader, to, to).await.expect("ask").is_empty());
}

async fn a_closing_takes_what_was_accepted_before_it(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let closed_at = HOUR.shifted(2 * Instant::HOUR);
    let mut late = record(&home, cell, 2);
    late.accepted_at = Some(closed_at);
    let mut next_period = record(&home, cell, 3);
    next_period.start_at = HOUR.shifted(Instant::HOUR);
    let tx = world.cell_tx(cell).await;
    let rows = vec![record(&home, cell, 1), late, next_period];
    usage_record::insert_new(&tx, rows).await.expect("insert");
    tx.commit().await.expect("commit");
    let end = HOUR.shifted(Instant::HOUR);
    let tx = world.begin(&home).await;
    let taken = usage_record::mark_billed(&tx, "2026-03", closed_at, end).await.expect("mark");
    assert_eq!(taken, 1);
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let rows = usage_record::between(&reader, HOUR, end.shifted(1)).await.expect("ask");
    let billed: Vec<_> = rows.iter().map(|row| row.billed_in.as_deref()).collect();
    assert_eq!(billed, [Some("2026-03"), None, None]);
    let left = usage_record::unbilled_before(&reader, end).await.expect("ask");
    assert_eq!(left.iter().map(|row| row.sequence).collect::<Vec<_>>(), [2]);
}
