//! Pages, filters, batches.

use control_plane_store::instance::InstanceFilter;
use control_plane_store::operation_log::{self, OperationLog};
use control_plane_store::{Cursor, Page, Sorted, StoreError, instance, operation_log as log};
use types::generation::Revision;
use types::id::{OperationId, SystemIds};
use types::instance::State;

use crate::on_every_engine;
use crate::world::{NOW, World, new_instance};

on_every_engine! {
    pages_neither_repeat_nor_skip
    a_cursor_of_another_list_is_refused
    filters_take_signs_as_they_are
    a_batch_is_one_statement
    a_cell_is_told_what_changed
    log_lines_that_are_there_stay
}

fn page(first: u64, after: Option<Cursor>) -> Page {
    Page::new(first, after).expect("a page")
}

async fn pages_neither_repeat_nor_skip(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let mut ids = Vec::new();
    for turn in 0..5 {
        ids.push(world.instance(&home, cell, &format!("cache-{turn}")).await.id);
    }
    ids.reverse();
    let reader = world.read(&home);
    let all = InstanceFilter::default();
    let first = instance::list(&reader, &all, &page(2, None)).await.expect("list");
    // One that appears meanwhile is newer than the cursor and disturbs nothing.
    world.instance(&home, cell, "late").await;
    let after = first.items[1].cursor().to_string().parse().expect("a cursor");
    let second = instance::list(&reader, &all, &page(3, Some(after))).await.expect("list");
    assert!(first.has_next && !second.has_next);
    let seen: Vec<_> =
        first.items.iter().chain(&second.items).map(|instance| instance.id).collect();
    assert_eq!(seen, ids);
    assert_eq!(instance::count(&reader, &all).await.expect("count"), 6);
}

async fn a_cursor_of_another_list_is_refused(world: World) {
    let home = world.home("acme").await;
    let cursor = control_plane_store::tenant::get(&world.read(&home)).await.expect("ask").cursor();
    let listed =
        instance::list(&world.read(&home), &InstanceFilter::default(), &page(2, Some(cursor)))
            .await;
    assert!(matches!(listed, Err(StoreError::Cursor)), "{listed:?}");
}

async fn filters_take_signs_as_they_are(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    world.instance(&home, cell, "shop-cache").await;
    let gone = instance::Instance {
        deleted_at: Some(NOW),
        live_name: None,
        state: State::Deleted,
        ..new_instance(&home, cell, "shop-old")
    };
    let tx = world.begin(&home).await;
    instance::insert(&tx, gone).await.expect("insert");
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let count = async |part: &str, with_deleted| {
        let filter = InstanceFilter {
            name_part: Some(part.to_owned()),
            with_deleted,
            ..InstanceFilter::default()
        };
        instance::count(&reader, &filter).await.expect("count")
    };
    assert_eq!(count("cache", false).await, 1);
    assert_eq!(count("SHOP", false).await, 1);
    assert_eq!(count("shop", true).await, 2);
    assert_eq!(count("%", false).await, 0);
    assert_eq!(count("_", false).await, 0);
    assert_eq!(count("!", false).await, 0);
    let deleted = InstanceFilter {
        state: Some(State::Deleted),
        with_deleted: true,
        projects: Some(vec![home.project]),
        package: Some("redis".to_owned()),
        name_part: None,
    };
    assert_eq!(instance::count(&reader, &deleted).await.expect("count"), 1);
    let other = InstanceFilter { package: Some("redi".to_owned()), ..deleted.clone() };
    assert_eq!(instance::count(&reader, &other).await.expect("count"), 0);
    let nowhere = InstanceFilter { projects: Some(Vec::new()), ..deleted };
    assert_eq!(instance::count(&reader, &nowhere).await.expect("count"), 0);
}

async fn a_batch_is_one_statement(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let mut ids = Vec::new();
    for turn in 0..4 {
        ids.push(world.instance(&home, cell, &format!("cache-{turn}")).await.id);
    }
    let before = world.store.statements();
    let rows = instance::by_ids(&world.read(&home), &ids).await.expect("load");
    assert_eq!(rows.len(), 4);
    assert_eq!(world.store.statements() - before, 1);
}

async fn a_cell_is_told_what_changed(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let tx = world.begin(&home).await;
    for revision in [3, 1, 2] {
        let mut row = new_instance(&home, cell, &format!("cache-{revision}"));
        row.revision = Revision(revision);
        instance::insert(&tx, row).await.expect("insert");
    }
    tx.commit().await.expect("commit");
    let tx = world.cell_tx(cell).await;
    let changed = instance::changed_after(&tx, Revision(1), 10).await.expect("ask");
    assert_eq!(changed.iter().map(|row| row.revision.0).collect::<Vec<_>>(), [2, 3]);
    let limited = instance::changed_after(&tx, Revision(0), 1).await.expect("ask");
    assert_eq!(limited.iter().map(|row| row.revision.0).collect::<Vec<_>>(), [1]);
}

async fn log_lines_that_are_there_stay(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let operation = OperationId::next(&SystemIds);
    let line = |number: i64, text: &str| OperationLog {
        operation_id: operation,
        number,
        tenant_id: home.tenant,
        project_id: home.project,
        step: 0,
        at: NOW,
        text: text.to_owned(),
    };
    let tx = world.cell_tx(cell).await;
    let sent = vec![line(1, "one"), line(2, "two")];
    operation_log::insert_new_in_cell(&tx, sent).await.expect("insert");
    let again = vec![line(2, "other"), line(3, "three")];
    operation_log::insert_new_in_cell(&tx, again).await.expect("insert again");
    operation_log::insert_new_in_cell(&tx, Vec::new()).await.expect("insert nothing");
    tx.commit().await.expect("commit");
    let lines = log::list(&world.read(&home), operation, &page(10, None)).await.expect("list");
    let texts: Vec<_> = lines.items.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}
