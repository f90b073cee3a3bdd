//! Tokens, and what one process learns of what another ended.

use control_plane_store::access_token::{self, AccessToken};
use control_plane_store::session::{self, OpenSessions, Session};
use control_plane_store::{Page, service_account};
use types::id::{SessionId, SubjectId, SystemIds, TokenId};
use types::instant::Instant;

use crate::on_every_engine;
use crate::world::{Home, NOW, World};

on_every_engine! {
    a_token_is_found_by_both_of_its_hashes
    what_was_ended_since_is_told
    a_service_account_is_in_reach_of_its_organization_alone
}

fn later(seconds: u64) -> Instant {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

fn new_token(home: &Home, subject: SubjectId, hash: &str) -> AccessToken {
    AccessToken {
        id: TokenId::next(&SystemIds),
        hash: hash.to_owned(),
        previous_hash: None,
        previous_until: None,
        subject_id: subject,
        tenant_id: Some(home.tenant),
        name: "ci".to_owned(),
        created_by: "dev".to_owned(),
        created_at: NOW,
        expires_at: later(60),
        revoked_at: None,
        changed_at: NOW,
        last_used_at: None,
        last_address: None,
        addresses: "[]".to_owned(),
        actions: None,
        node: None,
    }
}

fn new_session(home: &Home, subject: SubjectId, hash: &str) -> Session {
    Session {
        id: SessionId::next(&SystemIds),
        token_hash: hash.to_owned(),
        subject_id: subject,
        tenant_id: Some(home.tenant),
        client: "portal".to_owned(),
        created_at: NOW,
        expires_at: later(60),
        ended_at: None,
        last_used_at: NOW,
        last_address: None,
        impersonator_id: None,
        impersonator: None,
        reason: None,
    }
}

async fn a_token_is_found_by_both_of_its_hashes(world: World) {
    let (home, subject) = (world.home("acme").await, SubjectId::next(&SystemIds));
    let tx = world.fleet().await;
    let row = new_token(&home, subject, "new");
    access_token::insert(&tx, row.clone()).await.expect("written");
    let rotated = AccessToken {
        previous_hash: Some("old".to_owned()),
        previous_until: Some(later(1)),
        ..access_token::lock(&tx, row.id).await.expect("there")
    };
    access_token::update(&tx, rotated.clone()).await.expect("written");
    let from = Some("2001:db8:1111:2222:3333:4444:5555:6666".to_owned());
    access_token::touch(&tx, row.id, later(2), from.clone()).await.expect("written");
    access_token::touch(&tx, row.id, later(1), None).await.expect("written");
    for hash in ["new", "old"] {
        let found = access_token::find_by_hash(&tx, hash).await.expect("an answer");
        let expected = AccessToken {
            last_used_at: Some(later(2)),
            last_address: from.clone(),
            ..rotated.clone()
        };
        assert_eq!(found, Some(expected), "the later use stays");
    }
    assert_eq!(access_token::find_by_hash(&tx, "NEW").await.expect("an answer"), None);
    let page = Page::largest();
    let listed = access_token::list(&tx, subject, &page).await.expect("an answer");
    assert_eq!(listed.items.len(), 1);
    assert_eq!(access_token::count_good(&tx, subject, later(59)).await.expect("an answer"), 1);
    assert_eq!(access_token::count_good(&tx, subject, later(60)).await.expect("an answer"), 0);
    assert_eq!(access_token::delete_before(&tx, later(60)).await.expect("an answer"), 0);
    assert_eq!(access_token::delete_before(&tx, later(61)).await.expect("an answer"), 1);
    tx.commit().await.expect("committed");
}

async fn what_was_ended_since_is_told(world: World) {
    let (home, subject) = (world.home("acme").await, SubjectId::next(&SystemIds));
    let tx = world.fleet().await;
    let sessions = ["a", "b", "c"].map(|hash| new_session(&home, subject, hash));
    for row in &sessions {
        session::insert(&tx, row.clone()).await.expect("written");
    }
    let token = new_token(&home, subject, "t");
    access_token::insert(&tx, token.clone()).await.expect("written");
    session::end(&tx, sessions[0].id, later(1)).await.expect("written");
    let ended = session::end_others(&tx, subject, sessions[2].id, later(3)).await;
    assert_eq!(ended.expect("written"), 1, "one has ended before");
    access_token::mark_all(&tx, subject, later(3)).await.expect("written");
    tx.commit().await.expect("committed");

    let tx = world.fleet().await;
    let ended = session::ended_since(&tx, later(2)).await.expect("an answer");
    assert_eq!(ended, [sessions[1].id]);
    assert_eq!(session::ended_since(&tx, later(4)).await.expect("an answer"), []);
    assert_eq!(access_token::changed_since(&tx, later(3)).await.expect("an answer"), [token.id]);
    assert_eq!(access_token::changed_since(&tx, later(4)).await.expect("an answer"), []);
    let open = session::list_open(&tx, OpenSessions::Of(subject), later(5), &Page::largest()).await;
    let open: Vec<_> = open.expect("an answer").items.iter().map(|row| row.id).collect();
    assert_eq!(open, [sessions[2].id]);
    let hand_over = async |id, now| {
        session::hand_over(&tx, id, "other".to_owned(), "portal".to_owned(), now).await
    };
    assert!(!hand_over(sessions[0].id, later(5)).await.expect("an answer"), "it has ended");
    assert!(!hand_over(sessions[2].id, later(60)).await.expect("an answer"), "it has expired");
    assert!(hand_over(sessions[2].id, later(5)).await.expect("an answer"));
    tx.commit().await.expect("committed");
    let tx = world.begin(&home).await;
    assert_eq!(access_token::revoke_all(&tx, subject, later(6)).await.expect("written"), 1);
    assert_eq!(access_token::revoke_all(&tx, subject, later(7)).await.expect("written"), 0);
    tx.commit().await.expect("committed");
}

async fn a_service_account_is_in_reach_of_its_organization_alone(world: World) {
    let (acme, globex) = (world.home("acme").await, world.home("globex").await);
    let row = service_account::ServiceAccount {
        subject_id: SubjectId::next(&SystemIds),
        tenant_id: acme.tenant,
        organization_id: acme.organization,
        name: "robot".to_owned(),
        title: "Robot".to_owned(),
        created_by: "admin".to_owned(),
        created_at: NOW,
        deleted_at: None,
    };
    let tx = world.begin(&globex).await;
    service_account::insert(&tx, row.clone()).await.expect_err("out of reach");
    drop(tx);
    let tx = world.begin(&acme).await;
    service_account::insert(&tx, row.clone()).await.expect("written");
    tx.commit().await.expect("committed");
    let own = async |home: &Home| {
        service_account::find(&world.read(home), row.subject_id).await.expect("an answer")
    };
    assert_eq!(own(&acme).await, Some(row.clone()));
    assert_eq!(own(&globex).await, None);
    let inside = std::collections::BTreeSet::from([acme.organization]);
    let none = std::collections::BTreeSet::new();
    for (organizations, expected) in [(&inside, 1), (&none, 0)] {
        let reader = world.store.read(&acme.scope.within(organizations, &Default::default()));
        assert_eq!(service_account::list(&reader).await.expect("an answer").len(), expected);
    }
    let tx = world.begin(&acme).await;
    let gone = service_account::ServiceAccount { deleted_at: Some(later(1)), ..row.clone() };
    service_account::update(&tx, gone).await.expect("written");
    tx.commit().await.expect("committed");
    assert_eq!(own(&acme).await, None);
}
