//! Sessions: seen and ended by their subjects and by who manages access.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use tests::client::User;
use tests::client::sign_in::{END_OTHER_SESSIONS, SESSIONS};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    one_sees_and_ends_ones_own_sessions,
    who_manages_access_ends_the_sessions_of_others,
    a_session_that_another_process_ended_ends_within_a_second,
}

const EVENTS: &str = "subscription { events { cursor } }";

async fn code(user: &User) -> String {
    user.ask("{ viewer { name } }", json!({})).await.code().to_owned()
}

fn id(session: &serde_json::Value) -> &str {
    session["id"].as_str().expect("an id")
}

async fn one_sees_and_ends_ones_own_sessions(world: &mut World) {
    let (here, there) = (world.sign_in("finance").await, world.sign_in("finance").await);
    there.subject().await;
    let used = async || here.sessions(None).await.iter().all(|row| !row["lastAddress"].is_null());
    world.until("the last use", used).await;
    let found = here.sessions(None).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    let own: Vec<_> = found.iter().map(|row| row["isOwn"].clone()).collect();
    assert_eq!(own, [json!(false), json!(true)], "the newest first");
    for row in &found {
        assert_eq!(
            (&row["client"], &row["lastAddress"]),
            (&json!("command-line"), &json!("127.0.0.1"))
        );
        assert_eq!((&row["impersonatedBy"], &row["reason"]), (&json!(null), &json!(null)));
    }
    let open = there.follow(EVENTS, json!({})).await;
    here.end_session(id(&found[0]), "end").await.granted();
    assert_eq!(code(&there).await, "UNAUTHENTICATED", "at once");
    assert_eq!(open.closed().await, 4401);
    assert_eq!(code(&here).await, "done");

    let others = [world.sign_in("finance").await, world.sign_in("finance").await];
    let input = json!({ "input": { "idempotencyKey": "others" } });
    let ended = here.ask(END_OTHER_SESSIONS, input.clone()).await;
    assert_eq!(ended.granted()["endOtherSessions"], 2);
    assert_eq!(here.ask(END_OTHER_SESSIONS, input).await.text, ended.text);
    for other in &others {
        assert_eq!(code(other).await, "UNAUTHENTICATED");
    }
    assert_eq!(here.sessions(None).await.len(), 1);
}

async fn who_manages_access_ends_the_sessions_of_others(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.sign_in("finance").await);
    let subject = dev.subject().await;
    let found = admin.sessions(Some(&subject)).await;
    assert_eq!(found.len(), 1);
    let session = id(&found[0]);
    let own = "{ sessions { nodes { subject } } }";
    let own = world.user("operator").await.get(own, json!({})).await;
    assert_eq!(own["sessions"]["nodes"], json!([{ "subject": "operator" }]));
    for name in ["seller", "head", "viewer", "auditor", "stranger", "operator"] {
        let user = world.user(name).await;
        let ended = user.end_session(session, name).await;
        assert_eq!(ended.code(), "NOT_FOUND", "{name}: {}", ended.text);
        let listed = user.ask(SESSIONS, json!({ "subject": subject })).await;
        let missing = json!({ "subject": "sub_00000000000000000000000000" });
        let missing = user.ask(SESSIONS, missing).await;
        assert_eq!(listed.without_request(), missing.without_request(), "{name}");
        assert_ne!(listed.code(), "done", "{name}");
    }
    assert_eq!(code(&dev).await, "done");
    admin.end_session(session, "end").await.granted();
    assert_eq!(code(&dev).await, "UNAUTHENTICATED");
}

async fn a_session_that_another_process_ended_ends_within_a_second(world: &mut World) {
    let dev = world.sign_in("dev").await;
    let open = dev.follow(EVENTS, json!({})).await;
    assert_eq!(code(&dev).await, "done");
    let around = Database::connect(world.database()).await.expect("a connection");
    let now = world.clock.now().micros();
    let end = format!("UPDATE session SET ended_at = {now} WHERE client = 'command-line'");
    around.execute_unprepared(&end).await.expect("changed");
    around.close().await.expect("closed");
    world.pass(Duration::from_secs(1));
    assert_eq!(open.closed().await, 4401);
    assert_eq!(code(&dev).await, "UNAUTHENTICATED");
}
