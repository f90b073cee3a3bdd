//! Many at once: nobody fails for having company, and what is counted is counted once.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use control_plane_store::sign_in_code::{self, SignInCode};
use control_plane_store::subject::{self, Subject};
use control_plane_store::{
    StoreError, SubjectKind, SubjectState, cell, member, outbox, task_lock, tenant,
};
use types::id::{MemberId, SubjectId, SystemIds, VolumeId};
use types::instance::State;

use crate::on_every_engine;
use crate::world::{Home, NOW, World, new_instance};

on_every_engine! {
    writers_that_read_first_do_not_fail
    a_code_is_used_up_once
    an_expired_code_is_worth_nothing
    revisions_grow_by_one_under_concurrency
    a_limit_holds_behind_the_tenants_lock
    one_process_does_a_task
    the_installation_has_no_two_subjects_of_one_name
}

const AT_ONCE: usize = 20;

/// Runs it many times at once and collects the answers.
async fn at_once<F, T>(world: World, run: impl Fn(std::sync::Arc<World>, usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let world = std::sync::Arc::new(world);
    let tasks: Vec<_> = (0..AT_ONCE).map(|turn| tokio::spawn(run(world.clone(), turn))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("ends"));
    }
    answers
}

async fn writers_that_read_first_do_not_fail(world: World) {
    let home = world.home("acme").await;
    let written = at_once(world, move |world, turn| {
        let home = home.clone();
        async move {
            let tx = world.begin(&home).await;
            tenant::get(&tx).await?;
            subject::insert(&tx, new_subject(Some(&home), &format!("user-{turn}"))).await?;
            tx.commit().await
        }
    });
    for written in written.await {
        written.expect("written");
    }
}

async fn a_code_is_used_up_once(world: World) {
    let row = SignInCode {
        hash: "a".repeat(64),
        subject_id: SubjectId::next(&SystemIds),
        client: None,
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_secs(60)),
        used_at: None,
    };
    let (hash, subject) = (row.hash.clone(), row.subject_id);
    let tx = world.fleet().await;
    sign_in_code::insert(&tx, row).await.expect("insert");
    tx.commit().await.expect("commit");
    let answers = at_once(world, move |world, _| {
        let hash = hash.clone();
        async move {
            let tx = world.fleet().await;
            let subject = sign_in_code::use_up(&tx, &hash, NOW).await.expect("ask");
            tx.commit().await.expect("commit");
            subject
        }
    })
    .await;
    let winners: Vec<_> = answers.into_iter().flatten().collect();
    assert_eq!(winners, [subject]);
}

async fn an_expired_code_is_worth_nothing(world: World) {
    let row = SignInCode {
        hash: "b".repeat(64),
        subject_id: SubjectId::next(&SystemIds),
        client: Some("cli".to_owned()),
        created_at: NOW,
        expires_at: NOW,
        used_at: None,
    };
    let tx = world.fleet().await;
    sign_in_code::insert(&tx, row).await.expect("insert");
    assert_eq!(sign_in_code::use_up(&tx, &"b".repeat(64), NOW).await.expect("ask"), None);
    assert_eq!(sign_in_code::use_up(&tx, "unknown", NOW).await.expect("ask"), None);
}

async fn revisions_grow_by_one_under_concurrency(world: World) {
    let home = world.home("acme").await;
    let id = world.cell("home").await;
    let revisions = at_once(world, move |world, _| {
        let home = home.clone();
        async move {
            let tx = world.begin(&home).await;
            let revision = cell::next_revision(&tx, id).await.expect("grow");
            tx.commit().await.expect("commit");
            revision.0
        }
    });
    let revisions: BTreeSet<i64> = revisions.await.into_iter().collect();
    assert_eq!(revisions, (1..=AT_ONCE as i64).collect());
}

async fn a_limit_holds_behind_the_tenants_lock(world: World) {
    let home = world.home("acme").await;
    let cell = world.cell("home").await;
    let reader = world.store.clone();
    let scope = home.scope.clone();
    let passed = at_once(world, move |world, turn| {
        let home = home.clone();
        async move {
            let tx = world.begin(&home).await;
            tenant::lock(&tx).await.expect("lock");
            let used = member::count_live(&tx).await.expect("count");
            if used >= 3 {
                return false;
            }
            order(&tx, &home, cell, turn).await;
            outbox::record_order(&tx, Vec::new(), Vec::new(), 1).await.expect("count");
            tx.commit().await.expect("commit");
            true
        }
    })
    .await;
    assert_eq!(passed.into_iter().filter(|passed| *passed).count(), 3);
    let used = member::count_live(&reader.read(&scope)).await.expect("count");
    assert_eq!(used, 3);
}

async fn order(
    tx: &control_plane_store::TenantTx,
    home: &Home,
    cell: types::id::CellId,
    turn: usize,
) {
    let instance = new_instance(home, cell, &format!("cache-{turn}"));
    let row = member::Member {
        id: MemberId::next(&SystemIds),
        tenant_id: home.tenant,
        project_id: home.project,
        instance_id: instance.id,
        cell_id: cell,
        ordinal: 0,
        role: "primary".to_owned(),
        volume_id: VolumeId::next(&SystemIds),
        state: State::Provisioning,
        since: None,
        observed_role: None,
        host: None,
        port: None,
        pid: None,
        restarts: 0,
        problem: None,
        observed_at: None,
    };
    control_plane_store::instance::insert(tx, instance).await.expect("insert instance");
    member::insert_all(tx, vec![row]).await.expect("insert member");
}

async fn one_process_does_a_task(world: World) {
    let until = NOW.plus(Duration::from_secs(60));
    let answers = at_once(world, move |world, turn| async move {
        let tx = world.fleet().await;
        let holder = format!("process-{turn}");
        let locked = task_lock::try_lock(&tx, "expire", &holder, NOW, until).await.expect("ask");
        let again = task_lock::try_lock(&tx, "expire", &holder, NOW, until).await.expect("ask");
        tx.commit().await.expect("commit");
        assert_eq!(locked, again, "who has it may prolong it");
        locked
    });
    assert_eq!(answers.await.into_iter().filter(|locked| *locked).count(), 1);
}

async fn the_installation_has_no_two_subjects_of_one_name(world: World) {
    let answers = at_once(world, |world, _| async move {
        let tx = world.fleet().await;
        match subject::insert_anywhere(&tx, new_subject(None, "admin")).await {
            Ok(()) => {
                tx.commit().await.expect("commit");
                true
            }
            Err(StoreError::Conflict { .. }) => false,
            Err(error) => panic!("{error:?}"),
        }
    });
    assert_eq!(answers.await.into_iter().filter(|made| *made).count(), 1);
}

fn new_subject(home: Option<&Home>, name: &str) -> Subject {
    Subject {
        id: SubjectId::next(&SystemIds),
        tenant_id: home.map(|home| home.tenant),
        name: name.to_owned(),
        title: name.to_owned(),
        kind: SubjectKind::User,
        state: SubjectState::Active,
        created_at: NOW,
    }
}
