//! Operators who act as somebody of the tenant, as its administrators see them.

use serde_json::{Value, json};

use super::plane::Plane;
use super::{Caller, Exit, refused, say};

fn session(id: &str, subject: &str) -> Value {
    json!({
        "id": id, "subject": subject, "impersonatedBy": "operator", "reason": "ticket 7",
        "createdAt": "2026-11-21T22:11:20.123456Z", "expiresAt": "2026-11-21T22:26:20.123456Z",
        "lastUsedAt": "2026-11-21T22:12:20.123456Z", "lastAddress": null,
    })
}

/// A plane with two such sessions, one on a page.
async fn plane() -> Plane {
    Plane::listen(|request| {
        let is_first = request.body["variables"]["after"].is_null();
        let (node, next) = if is_first {
            (session("ses_1", "dora"), json!("1"))
        } else {
            (session("ses_2", "wei"), Value::Null)
        };
        say(json!({"data": {"impersonations": {
            "nodes": [node], "pageInfo": {"hasNextPage": is_first, "endCursor": next},
        }}}))
    })
    .await
}

#[tokio::test]
async fn who_acts_as_whom_is_read_page_by_page() {
    let plane = plane().await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("impersonation list --output json").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let list: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(list["items"], json!([session("ses_1", "dora"), session("ses_2", "wei")]));
    assert_eq!(list["complete"], true);
    let after: Vec<Value> =
        plane.heard().iter().map(|request| request.body["variables"]["after"].clone()).collect();
    assert_eq!(after, [Value::Null, json!("1")]);
}

#[tokio::test]
async fn the_table_says_why_and_until_when_and_a_cut_is_told() {
    let plane = plane().await;
    let ended = Caller::signed_in_at(&plane.address).run("impersonation list --limit 1").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    for text in ["OPERATOR", "dora", "ticket 7", "2026-11-21 22:26:20 UTC", "ses_1"] {
        assert!(ended.out.contains(text), "{}", ended.out);
    }
    assert!(!ended.out.contains("ses_2"), "{}", ended.out);
    assert!(ended.err.contains("--limit"), "{}", ended.err);
}

#[tokio::test]
async fn nobody_who_acts_and_no_right_to_see_it_are_told_apart() {
    let plane = Plane::listen(|_| {
        say(json!({"data": {"impersonations": {
            "nodes": [], "pageInfo": {"hasNextPage": false, "endCursor": null},
        }}}))
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("impersonation list").await;
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Ok, "Nothing to show.\n"));
    let plane = Plane::listen(|_| say(refused("FORBIDDEN"))).await;
    let ended = Caller::signed_in_at(&plane.address).run("impersonation list").await;
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::ForbiddenOrMissing, ""));
}
