//! The register of assets on real databases.

use control_plane_store::asset::{self, Asset, AssetFilter};
use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::member::{self, Member};
use control_plane_store::{Cursor, Page, Sorted as _};
use sea_orm::{ConnectionTrait as _, Database};
use types::id::{CellId, Ids as _, InstanceId, MemberId, PlanId, ResourceId, SystemIds, VolumeId};
use types::instance::State;
use types::instant::Instant;

use crate::on_every_engine;
use crate::world::{Home, NOW, World};

on_every_engine! {
    of_each_member_the_last_entry_before_the_instant_counts
    pages_of_one_instant_hold_every_member_once
    what_was_there_before_the_history_is_taken_over
}

const fn second(second: i64) -> Instant {
    Instant::from_micros(NOW.micros() + second * Instant::SECOND)
}

/// An entry of the history of what a member is.
fn entry(home: &Home, cell: CellId, resource: &str, port: Option<i32>, at: Instant) -> Asset {
    Asset {
        id: SystemIds.next(),
        tenant_id: home.tenant,
        project_id: home.project,
        instance_id: InstanceId::next(&SystemIds),
        cell_id: cell,
        resource: resource.to_owned(),
        instance_name: "shop-cache".to_owned(),
        ordinal: 0,
        package: "redis".to_owned(),
        package_version: "1.0.0".to_owned(),
        software_version: "7.0".to_owned(),
        installed_version: None,
        plan_id: PlanId::next(&SystemIds),
        millivcpu: 500,
        memory_mib: 256,
        storage_mib: 1_024,
        role: "primary".to_owned(),
        host: port.map(|_| "10.0.0.7".to_owned()),
        port,
        at,
        recorded_at: at,
    }
}

fn state(home: &Home, cell: CellId, resource: &str, state: State, at: Instant) -> Lifecycle {
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

async fn write(world: &World, home: &Home, entries: Vec<Asset>, states: Vec<Lifecycle>) {
    let tx = world.begin(home).await;
    asset::insert_all(&tx, entries).await.expect("insert");
    lifecycle::insert_all(&tx, states).await.expect("insert");
    tx.commit().await.expect("commit");
}

async fn of_each_member_the_last_entry_before_the_instant_counts(world: World) {
    let (home, other) = (world.home("acme").await, world.home("globex").await);
    let cell = world.cell("north").await;
    let entries = vec![
        entry(&home, cell, "mbr_a", None, second(0)),
        entry(&home, cell, "mbr_a", Some(7_000), second(10)),
        // Of one instant the entry that was recorded last counts.
        entry(&home, cell, "mbr_a", Some(7_001), second(10)),
        entry(&home, cell, "mbr_b", None, second(20)),
    ];
    let states = vec![
        state(&home, cell, "mbr_a", State::Provisioning, second(0)),
        state(&home, cell, "mbr_a", State::Running, second(12)),
        state(&home, cell, "mbr_a", State::Running, second(14)),
        state(&home, cell, "mbr_a", State::Deleted, second(30)),
        state(&home, cell, "mbr_b", State::Provisioning, second(20)),
    ];
    write(&world, &home, entries, states).await;
    let theirs = vec![entry(&other, cell, "mbr_c", None, second(0))];
    let state = vec![state(&other, cell, "mbr_c", State::Running, second(0))];
    write(&world, &other, theirs, state).await;
    let reader = world.read(&home);
    let check = async |at: i64, expected: &[(&str, Option<i32>, State)]| {
        let (at, filter) = (second(at), AssetFilter::default());
        let found = asset::list_at(&reader, at, &filter, &Page::largest()).await.expect("ask");
        let names: Vec<_> = found.items.iter().map(|row| row.resource.clone()).collect();
        let held = lifecycle::held_at(&reader, &names, at).await.expect("ask");
        let of = |name: &str| held.iter().find(|row| row.resource == name).expect("a state").state;
        let seen: Vec<_> = found
            .items
            .iter()
            .map(|row| (row.resource.as_str(), row.port, of(&row.resource)))
            .collect();
        assert_eq!(seen, expected, "at {at}");
        let counted = asset::count_at(&reader, at, &filter).await.expect("ask");
        let sum: i64 = counted.iter().map(|group| group.members).sum();
        assert_eq!(usize::try_from(sum), Ok(expected.len()), "{counted:?}");
    };
    check(-1, &[]).await;
    check(0, &[("mbr_a", None, State::Provisioning)]).await;
    check(11, &[("mbr_a", Some(7_001), State::Provisioning)]).await;
    check(29, &[("mbr_a", Some(7_001), State::Running), ("mbr_b", None, State::Provisioning)])
        .await;
    check(30, &[("mbr_b", None, State::Provisioning)]).await;
    let names = ["mbr_a".to_owned(), "mbr_c".to_owned()];
    for (at, expected) in [(11, second(0)), (13, second(12)), (29, second(12)), (31, second(30))] {
        let since = lifecycle::since(&reader, &names, second(at)).await.expect("ask");
        assert_eq!(since, [("mbr_a".to_owned(), expected)], "at {at}");
    }
    let newest = asset::newest(&reader, &names).await.expect("ask");
    assert_eq!(newest.iter().map(|row| row.port).collect::<Vec<_>>(), [Some(7_001)]);
}

async fn pages_of_one_instant_hold_every_member_once(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("north").await;
    let names: Vec<_> =
        (0..7).map(|_| ResourceId::Member(MemberId::next(&SystemIds)).to_string()).collect();
    let entries = names.iter().map(|name| entry(&home, cell, name, None, second(0))).collect();
    let states =
        names.iter().map(|name| state(&home, cell, name, State::Running, second(0))).collect();
    write(&world, &home, entries, states).await;
    let reader = world.read(&home);
    let (mut seen, mut after): (Vec<String>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = Page::new(3, after).expect("a page");
        let part = asset::list_at(&reader, second(1), &AssetFilter::default(), &page).await;
        let part = part.expect("ask");
        seen.extend(part.items.iter().map(|row| row.resource.clone()));
        after = part.items.last().map(Asset::cursor);
        if !part.has_next {
            break;
        }
    }
    assert_eq!(seen, names, "in the order of their ids");
}

async fn what_was_there_before_the_history_is_taken_over(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("north").await;
    let instance = world.instance(&home, cell, "shop-cache").await;
    let known = |ordinal, seen: Option<Instant>| Member {
        id: MemberId::next(&SystemIds),
        tenant_id: home.tenant,
        project_id: home.project,
        instance_id: instance.id,
        cell_id: cell,
        ordinal,
        role: "primary".to_owned(),
        volume_id: VolumeId::next(&SystemIds),
        state: State::Running,
        since: seen,
        observed_role: seen.map(|_| "replica".to_owned()),
        host: seen.map(|_| "10.0.0.7".to_owned()),
        port: seen.map(|_| 7_000),
        pid: None,
        restarts: 0,
        problem: None,
        observed_at: seen,
    };
    let (seen, unseen) = (known(0, Some(second(60))), known(1, None));
    let tx = world.begin(&home).await;
    member::insert_all(&tx, vec![seen.clone(), unseen.clone()]).await.expect("insert");
    tx.commit().await.expect("commit");
    // As the release before left it.
    let around = Database::connect(&world.url).await.expect("a connection");
    for statement in
        ["DROP TABLE asset", "DELETE FROM seaql_migrations WHERE version LIKE '%_assets'"]
    {
        around.execute_unprepared(statement).await.expect(statement);
    }
    around.close().await.expect("closed");
    world.store.migrate().await.expect("migrate");
    let reader = world.read(&home);
    let (seen, unseen) = (ResourceId::Member(seen.id), ResourceId::Member(unseen.id));
    let states = [seen, unseen].map(|id| state(&home, cell, &id.to_string(), State::Running, NOW));
    write(&world, &home, Vec::new(), states.to_vec()).await;
    let at = async |at: i64| {
        let found =
            asset::list_at(&reader, second(at), &AssetFilter::default(), &Page::largest()).await;
        let rows = found.expect("ask").items;
        rows.into_iter().map(|row| (row.ordinal, row.role, row.port)).collect::<Vec<_>>()
    };
    let primary = || "primary".to_owned();
    assert_eq!(at(0).await, [(0, primary(), None), (1, primary(), None)]);
    assert_eq!(at(60).await, [(0, "replica".to_owned(), Some(7_000)), (1, primary(), None)]);
}
