//! The feed and the audit trail.

use std::sync::Arc;

use control_plane_store::audit::AuditFilter;
use control_plane_store::outbox::{self, NewAudit, NewEvent};
use control_plane_store::{AuditOutcome, Page, StoreError, audit, event};
use sea_orm::{ConnectionTrait, Database};

use crate::on_every_engine;
use crate::world::{Home, NOW, World};

on_every_engine! {
    event_numbers_have_no_gap_and_commit_in_order
    a_rolled_back_write_leaves_no_number
    the_audit_chain_holds
    a_changed_row_is_found
    a_removed_end_is_found
    refusals_are_witnessed_without_a_permit
}

const WRITERS: i64 = 12;

fn three() -> Vec<NewEvent> {
    ["order.placed", "instance.created", "operation.opened"]
        .map(|kind| NewEvent::new(kind, NOW))
        .to_vec()
}

fn done(action: &str) -> NewAudit {
    NewAudit {
        at: NOW,
        subject_id: None,
        subject_name: "root 🌱".to_owned(),
        action: action.to_owned(),
        target: Some("ins_1".to_owned()),
        outcome: AuditOutcome::Done,
        code: None,
        request_id: "req_1".to_owned(),
        content: r#"{"name":"研发"}"#.to_owned(),
        operation_id: None,
        address: Some("192.0.2.7".to_owned()),
    }
}

async fn event_numbers_have_no_gap_and_commit_in_order(world: World) {
    let home = world.home("acme").await;
    let world = Arc::new(world);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (world, home) = (world.clone(), home.clone());
        writers.spawn(async move {
            let tx = world.begin(&home).await;
            outbox::record(&tx, three(), vec![done("order")]).await.expect("record");
            tx.commit().await.expect("commit");
        });
    }
    // Whoever follows the feed while it is written sees every number, each after the one before.
    let reader = world.read(&home);
    let mut last = 0;
    loop {
        // Asked before the feed: when all had written, nothing more comes.
        let written = writers.is_empty();
        let behind = event::after(&reader, last, 5).await.expect("follow");
        if written && behind.is_empty() {
            break;
        }
        for event in behind {
            assert_eq!(event.number, last + 1);
            last = event.number;
        }
        while let Some(writer) = writers.try_join_next() {
            writer.expect("written");
        }
    }
    assert_eq!(last, 3 * WRITERS);
    assert_eq!(event::last_number(&reader).await.expect("ask"), last);
    assert_eq!(audit::verify(&reader).await.expect("verify").broken, None);
}

async fn a_rolled_back_write_leaves_no_number(world: World) {
    let home = world.home("acme").await;
    let tx = world.begin(&home).await;
    outbox::record(&tx, three(), Vec::new()).await.expect("record");
    drop(tx);
    let tx = world.begin(&home).await;
    assert_eq!(outbox::record(&tx, three(), Vec::new()).await.expect("record"), 3);
    tx.commit().await.expect("commit");
    let events = event::after(&world.read(&home), 0, 10).await.expect("follow");
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), [1, 2, 3]);
}

/// Five audited actions; answers with a connection around the store.
async fn audited(world: &World, home: &Home) -> sea_orm::DatabaseConnection {
    for action in ["order", "change", "stop", "start", "delete"] {
        let tx = world.begin(home).await;
        outbox::record(&tx, Vec::new(), vec![done(action)]).await.expect("record");
        tx.commit().await.expect("commit");
    }
    Database::connect(world.url.clone()).await.expect("connect")
}

async fn the_audit_chain_holds(world: World) {
    let home = world.home("acme").await;
    audited(&world, &home).await;
    let reader = world.read(&home);
    assert_eq!(audit::verify(&reader).await.expect("verify").broken, None);
    let newest =
        audit::list(&reader, &AuditFilter::default(), &Page::new(2, None).expect("a page"))
            .await
            .expect("list");
    assert!(newest.has_next);
    assert_eq!(newest.items.iter().map(|row| row.number).collect::<Vec<_>>(), [5, 4]);
    assert_eq!(newest.items[1].hash, newest.items[0].previous_hash);
}

async fn a_changed_row_is_found(world: World) {
    let home = world.home("acme").await;
    let around = audited(&world, &home).await;
    around
        .execute_unprepared("UPDATE audit SET content = '{}' WHERE number = 3")
        .await
        .expect("tamper");
    assert_eq!(audit::verify(&world.read(&home)).await.expect("verify").broken, Some(3));
}

async fn a_removed_end_is_found(world: World) {
    let home = world.home("acme").await;
    let around = audited(&world, &home).await;
    around.execute_unprepared("DELETE FROM audit WHERE number = 5").await.expect("tamper");
    assert_eq!(audit::verify(&world.read(&home)).await.expect("verify").broken, Some(5));
}

async fn refusals_are_witnessed_without_a_permit(world: World) {
    let home = world.home("acme").await;
    let mut refused = done("delete");
    refused.outcome = AuditOutcome::Refused;
    refused.code = Some("FORBIDDEN".to_owned());
    outbox::witness(&world.store, Some(home.tenant), vec![refused]).await.expect("witness");
    outbox::witness(&world.store, None, vec![done("sign_in")]).await.expect("witness");
    let reader = world.read(&home);
    let rows =
        audit::list(&reader, &AuditFilter::default(), &Page::largest()).await.expect("list").items;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].code.as_deref(), Some("FORBIDDEN"));
    let tx = world.fleet().await;
    assert_eq!(audit::verify_anywhere(&tx, None).await.expect("verify").broken, None);
    let rows = audit::list_anywhere(&tx, None, &AuditFilter::default(), &Page::largest())
        .await
        .expect("list")
        .items;
    assert_eq!(rows.len(), 1);
    let unknown = types::id::TenantId::next(&types::id::SystemIds);
    let nowhere = audit::verify_anywhere(&tx, Some(unknown)).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound)), "{nowhere:?}");
}
