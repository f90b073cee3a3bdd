//! The history of states, as bills ask for it.

use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::usage_record::{self, UsageRecord};
use control_plane_store::{StoreError, UsageStatus};
use types::id::{CellId, Ids, InstanceId, SystemIds};
use types::instance::State;
use types::instant::Instant;

use crate::on_every_engine;
use crate::world::{Home, World};

on_every_engine! {
    what_was_gone_before_a_period_is_left_out
    a_record_waits_until_its_resource_is_known
    a_closing_notes_what_it_took
}

const fn day(day: i64) -> Instant {
    Instant::from_seconds(1_772_323_200 + day * 86_400)
}

fn entry(home: &Home, cell: CellId, resource: &str, state: State, at: Instant) -> Lifecycle {
    Lifecycle {
        id: SystemIds.next(),
        tenant_id: home.tenant,
        project_id: home.project,
        instance_id: InstanceId::next(&SystemIds),
        cell_id: cell,
        resource: resource.to_owned(),
        kind: "member".to_owned(),
        plan_id: None,
        state,
        at,
        recorded_at: at,
        billed_in: None,
    }
}

async fn what_was_gone_before_a_period_is_left_out(world: World) {
    let home = world.home("acme").await;
    let (here, there) = (world.cell("here").await, world.cell("there").await);
    let tx = world.begin(&home).await;
    let rows = vec![
        entry(&home, there, "gone", State::Running, day(1)),
        entry(&home, there, "gone", State::Deleted, day(2)),
        entry(&home, here, "alive", State::Running, day(1)),
        entry(&home, here, "alive", State::Deleted, day(5)),
        entry(&home, there, "later", State::Running, day(8)),
    ];
    lifecycle::insert_all(&tx, rows).await.expect("insert");
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let alive = lifecycle::alive(&reader, None, day(3), day(7)).await.expect("ask");
    let states: Vec<_> = alive.iter().map(|row| (row.resource.as_str(), row.state)).collect();
    assert_eq!(states, [("alive", State::Running), ("alive", State::Deleted)]);
    let cells = lifecycle::cells_alive(&reader, day(3), day(7)).await.expect("ask");
    assert_eq!(cells, [here]);
}

async fn a_record_waits_until_its_resource_is_known(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let waiting = UsageRecord {
        cell_id: cell,
        sequence: 1,
        tenant_id: None,
        project_id: None,
        resource: "early".to_owned(),
        meter: "member_seconds".to_owned(),
        start_at: day(1),
        end_at: day(1).shifted(60 * Instant::SECOND),
        quantity: 60,
        received_at: day(2),
        accepted_at: None,
        signature: "0".repeat(128),
        status: UsageStatus::Unattributed,
        reason: None,
        billed_in: None,
    };
    let resources = ["early".to_owned()];
    let tx = world.cell_tx(cell).await;
    usage_record::insert_new(&tx, vec![waiting.clone()]).await.expect("insert");
    assert!(usage_record::attributable_in_cell(&tx, 10).await.expect("ask").is_empty());
    assert!(lifecycle::homes(&tx, &resources).await.expect("ask").is_empty());
    let known = entry(&home, cell, "early", State::Running, day(1));
    lifecycle::insert_all_in_cell(&tx, vec![known]).await.expect("insert");
    let found = usage_record::attributable_in_cell(&tx, 10).await.expect("ask");
    assert_eq!(found, [waiting]);
    let homes = lifecycle::homes(&tx, &resources).await.expect("ask");
    assert_eq!(homes.len(), 1);
    assert_eq!((homes[0].tenant, homes[0].cell), (home.tenant, cell));
    tx.commit().await.expect("commit");
    let fleet = world.fleet().await;
    assert_eq!(usage_record::cells_unattributed(&fleet).await.expect("ask"), [cell]);
    assert_eq!(usage_record::count_unattributed(&fleet, day(3)).await.expect("ask"), 1);
    assert_eq!(usage_record::count_unattributed(&fleet, day(2)).await.expect("ask"), 0);
}

async fn a_closing_notes_what_it_took(world: World) {
    let (home, other) = (world.home("acme").await, world.home("other").await);
    let cell = world.cell("home").await;
    let mut late = entry(&home, cell, "late", State::Running, day(1));
    late.recorded_at = day(40);
    let tx = world.begin(&home).await;
    let rows = vec![entry(&home, cell, "early", State::Running, day(1)), late];
    lifecycle::insert_all(&tx, rows).await.expect("insert");
    let taken = lifecycle::mark_billed(&tx, "2026-03", day(35), day(31)).await.expect("mark");
    assert_eq!(taken, 1);
    let again = lifecycle::mark_billed(&tx, "2026-04", day(35), day(31)).await.expect("mark");
    assert_eq!(again, 0);
    let first = lifecycle::first_unbilled(&tx, day(50)).await.expect("ask");
    assert_eq!(first, Some(day(1)));
    let planted = entry(&other, cell, "planted", State::Running, day(1));
    let planted = lifecycle::insert_all(&tx, vec![planted]).await;
    assert!(matches!(planted, Err(StoreError::OutOfReach)), "{planted:?}");
}
