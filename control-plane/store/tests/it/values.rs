//! Values come back as they went in, and what is taken is a conflict.

use control_plane_store::idempotency::{self, Idempotency};
use control_plane_store::{InTenant, StoreError, configuration, instance, tenant};
use types::id::{SubjectId, SystemIds, TenantId};

use crate::on_every_engine;
use crate::world::{Home, NOW, World, new_instance, new_tenant};

on_every_engine! {
    a_taken_name_is_a_conflict
    a_deleted_instance_frees_its_name
    a_taken_key_is_a_conflict
    texts_keep_their_case_and_all_characters
    long_texts_are_kept_whole
    microseconds_survive
    an_outcome_is_kept_under_its_key
}

async fn a_taken_name_is_a_conflict(world: World) {
    world.home("acme").await;
    let tx = world.fleet().await;
    let again = tenant::insert(&tx, new_tenant(TenantId::next(&SystemIds), "acme")).await;
    let Err(StoreError::Conflict { constraint }) = again else { panic!("{again:?}") };
    assert_eq!(constraint, "uq_tenant_name");
}

async fn a_deleted_instance_frees_its_name(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let mut first = world.instance(&home, cell, "cache").await;
    let tx = world.begin(&home).await;
    let again = instance::insert(&tx, new_instance(&home, cell, "cache")).await;
    let Err(StoreError::Conflict { constraint }) = again else { panic!("{again:?}") };
    assert_eq!(constraint, "uq_instance_project_id_live_name");
    drop(tx);
    let tx = world.begin(&home).await;
    first.live_name = None;
    first.deleted_at = Some(NOW);
    instance::update(&tx, first).await.expect("update");
    instance::insert(&tx, new_instance(&home, cell, "cache")).await.expect("insert");
    tx.commit().await.expect("commit");
}

async fn a_taken_key_is_a_conflict(world: World) {
    let home = world.home("acme").await;
    let tx = world.fleet().await;
    let again = tenant::insert(&tx, new_tenant(home.tenant, "other")).await;
    let Err(StoreError::Conflict { constraint }) = again else { panic!("{again:?}") };
    assert_eq!(constraint, "primary");
}

async fn texts_keep_their_case_and_all_characters(world: World) {
    world.home("acme").await;
    let tx = world.fleet().await;
    let shouted = TenantId::next(&SystemIds);
    let mut row = new_tenant(shouted, "ACME");
    row.title = "研发 🚀 Ä'\"\\%".to_owned();
    tenant::insert(&tx, row.clone()).await.expect("another name");
    assert_eq!(tenant::find_by_name(&tx, "ACME").await.expect("ask"), Some(row));
    assert_eq!(tenant::find_by_name(&tx, "Acme").await.expect("ask"), None);
    assert_eq!(tenant::find_by_name(&tx, "äcme").await.expect("ask"), None);
}

async fn long_texts_are_kept_whole(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let instance = world.instance(&home, cell, "cache").await;
    let row = configuration::Configuration {
        instance_id: instance.id,
        number: 1,
        tenant_id: home.tenant,
        project_id: home.project,
        cell_id: cell,
        parameters: "长".repeat(100_000),
        created_at: NOW,
        created_by: instance.created_by,
        operation_id: instance.operation_id,
        reason: Some("长".repeat(500)),
        restored_from: None,
        templates: Some("{}".to_owned()),
    };
    let tx = world.begin(&home).await;
    configuration::insert(&tx, row.clone()).await.expect("insert");
    tx.commit().await.expect("commit");
    let kept = configuration::find(&world.read(&home), instance.id, 1).await.expect("ask");
    assert!(kept == Some(row.clone()));
    let tx = world.cell_tx(cell).await;
    let in_force = configuration::in_force_in_cell(&tx, &[instance]).await.expect("ask");
    assert!(in_force == [row]);
    assert!(configuration::in_force_in_cell(&tx, &[]).await.expect("ask").is_empty());
}

async fn microseconds_survive(world: World) {
    let home = world.home("acme").await;
    let kept = tenant::get(&world.read(&home)).await.expect("ask");
    assert_eq!(kept.created_at, NOW);
    assert_eq!(NOW.micros() % 1_000, 457);
}

fn outcome(home: &Home, subject: SubjectId) -> Idempotency {
    Idempotency {
        tenant_id: home.tenant,
        subject_id: subject,
        mutation: "placeOrder".to_owned(),
        key: "k1".to_owned(),
        input_hash: "a".repeat(64),
        outcome: r#"{"instance":"ins_1"}"#.to_owned(),
        created_at: NOW,
    }
}

async fn an_outcome_is_kept_under_its_key(world: World) {
    let home = world.home("acme").await;
    let subject = SubjectId::next(&SystemIds);
    let row = outcome(&home, subject);
    let tx = world.begin(&home).await;
    idempotency::insert(&tx, row.clone()).await.expect("insert");
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    assert_eq!(reader.tenant(), home.tenant);
    let find = |key: &'static str| idempotency::find(&reader, subject, "placeOrder", key);
    assert_eq!(find("k1").await.expect("ask"), Some(row.clone()));
    assert_eq!(find("K1").await.expect("ask"), None);
    let tx = world.begin(&home).await;
    let again = idempotency::insert(&tx, row).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    drop(tx);
    let tx = world.fleet().await;
    assert_eq!(idempotency::delete_before(&tx, NOW).await.expect("delete"), 0);
    let later = NOW.shifted(1);
    assert_eq!(idempotency::delete_before(&tx, later).await.expect("delete"), 1);
    tx.commit().await.expect("commit");
    assert_eq!(find("k1").await.expect("ask"), None);
}
