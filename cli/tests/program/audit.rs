//! The audit as a stream: each record once, in order, and complete or not at all.

use serde_json::{Value, json};

use super::plane::{Plane, Request};
use super::{Caller, Exit, Reply, refused, say};

fn record(number: i64) -> Value {
    json!({
        "tenant": "ten_1", "number": number, "at": "2026-11-21T22:11:20.123456Z",
        "subjectId": "sub_1", "subject": "=cmd()", "action": "placeOrder", "outcome": "done",
        "code": null, "target": "ins_1", "operation": null, "address": "192.0.2.7",
        "requestId": "req_1",
        "content": "{\"name\":\"a\"}", "previousHash": "0", "hash": "1",
    })
}

/// Two records of each page, up to the last.
fn from(request: &Request, last: i64) -> Reply {
    let after = request.body["variables"]["after"].as_str().unwrap_or("0");
    let after: i64 = after.parse().expect("a cursor of ours");
    let numbers: Vec<i64> = (after + 1..=last).take(2).collect();
    let nodes: Vec<Value> = numbers.iter().map(|number| record(*number)).collect();
    let end = numbers.last().copied();
    say(json!({"data": {"audit": {
        "nodes": nodes,
        "pageInfo": {
            "hasNextPage": end.is_some_and(|end| end < last),
            "endCursor": end.map(|end| end.to_string()),
        },
    }}}))
}

#[tokio::test]
async fn an_export_has_all_records_and_all_fields() {
    let plane = Plane::listen(|request| from(request, 5)).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("audit export --action placeOrder --done").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let lines = ended.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let numbers: Vec<_> = lines.map(|line| line["number"].as_i64()).collect();
    assert_eq!(numbers, (1..=5).map(Some).collect::<Vec<_>>());
    let first = &plane.heard()[0].body["variables"];
    assert_eq!(first["oldestFirst"], true);
    let asked = (&first["filter"]["action"], &first["filter"]["outcome"]);
    assert_eq!(asked, (&json!("placeOrder"), &json!("DONE")));
    let ended = caller.run("audit export --output csv").await;
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 6, "{}", ended.out);
    assert!(lines[0].starts_with("tenant,number,at,subject_id,subject,action,"), "{}", lines[0]);
    assert!(lines[0].ends_with(",content,previous_hash,hash"), "{}", lines[0]);
    assert!(lines[1].contains(",'=cmd(),placeOrder,done,,ins_1,,192.0.2.7,req_1,"), "{}", lines[1]);
}

#[tokio::test]
async fn a_file_is_there_when_it_is_complete() {
    let plane = Plane::listen(|request| match request.body["variables"]["after"].as_str() {
        Some("2") => say(refused("FORBIDDEN")),
        _ => from(request, 5),
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let file = caller.home.path().join("audit.jsonl");
    let line = format!("audit export --file {}", file.display());
    let ended = caller.run(&line).await;
    assert_eq!(ended.exit, Exit::ForbiddenOrMissing, "{}", ended.err);
    assert!(!file.exists(), "a part is not taken for all of it");
    let plane = Plane::listen(|request| from(request, 3)).await;
    let line = format!("{line} --address {}", plane.address);
    let caller_there = Caller::signed_in_at(&plane.address);
    assert_eq!(caller_there.run(&line).await.exit, Exit::Ok);
    let text = std::fs::read_to_string(&file).expect("it is there");
    assert_eq!(text.lines().count(), 3);
    let again = caller_there.run(&line).await;
    assert_eq!(again.exit, Exit::Usage, "a file that is there is not replaced: {}", again.err);
}

#[tokio::test]
async fn a_follower_begins_behind_the_last_record_and_outlives_the_plane() {
    let mut asked = 0;
    let plane = Plane::listen(move |request| {
        asked += 1;
        match asked {
            1 => say(json!({"data": {"audit": {
                "nodes": [record(7)], "pageInfo": {"hasNextPage": true, "endCursor": "7"},
            }}})),
            2 => from(request, 7),
            3 => from(request, 9),
            // The plane restarts: whoever asks gets no answer for a while.
            4..=9 => Reply::Lost,
            10 => from(request, 10),
            _ => say(refused("FORBIDDEN")),
        }
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("audit follow --output json").await;
    assert_eq!(ended.exit, Exit::ForbiddenOrMissing, "only a refusal ends it: {}", ended.err);
    let lines = ended.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let numbers: Vec<_> = lines.filter_map(|line| line["number"].as_i64()).collect();
    assert_eq!(numbers, [8, 9, 10]);
    let first = &plane.heard()[0].body["variables"];
    assert_eq!((&first["first"], &first["oldestFirst"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn what_is_wrong_is_told_before_anything_is_asked() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("audit verify --output csv").await;
    assert_eq!(ended.exit, Exit::Usage, "{}", ended.err);
    assert!(plane.heard().is_empty());
}

#[tokio::test]
async fn a_broken_audit_ends_with_a_number_of_its_own() {
    let plane = Plane::listen(|request| match request.operation() {
        "AuditVerification" => say(json!({"data": {"auditVerification": {
            "holds": false, "brokenAt": "7", "records": "9", "hash": "abc",
        }}})),
        _ => say(json!({"data": {"audit": {
            "nodes": [], "pageInfo": {"hasNextPage": false, "endCursor": null},
        }}})),
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("get audit --verify --output json").await;
    assert_eq!(ended.exit, Exit::Other);
    let told: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((&told["complete"], &told["verification"]["brokenAt"]), (&json!(true), &json!("7")));
    assert!(ended.err.contains("AUDIT_BROKEN"), "{}", ended.err);
}
