//! Work on an instance: asked for once, followed to its end, with its log.

use serde_json::{Value, json};

use super::plane::Plane;
use super::{Caller, Exit, Reply, say, summary};

fn accepted(root: &str) -> Value {
    json!({"data": {root: {
        "instance": {
            "id": "ins_1", "name": "shop-cache", "project": {"id": "prj_1", "name": "platform-dev"},
        },
        "operation": operation("PENDING"),
    }}})
}

fn operation(state: &str) -> Value {
    json!({
        "id": "op_1", "kind": "STOP", "state": state,
        "instance": {"id": "ins_1", "name": "shop-cache"},
        "createdAt": "2026-11-21T22:11:20.123456Z", "createdBy": "dora", "startedAt": null,
        "endedAt": null, "deadline": "2026-11-21T23:11:20.123456Z",
        "steps": [
            {"ordinal": 0, "name": "stop-member", "member": "mbr_0", "memberName": "shop-cache-0", "state": state,
             "startedAt": null, "endedAt": null},
        ],
        "problem": if state == "FAILED" {
            json!({"code": "DEADLINE", "message": "the member did not stop"})
        } else {
            Value::Null
        },
        "log": [line(1)],
    })
}

fn line(number: i64) -> Value {
    json!({"number": number, "step": 0, "at": "2026-11-21T22:11:21.000000Z", "text": "stopping"})
}

fn without_log(mut operation: Value) -> Value {
    operation.as_object_mut().expect("an object").remove("log");
    operation
}

#[tokio::test]
async fn a_mutation_whose_answer_was_lost_is_sent_again_with_the_same_key() {
    let mut losses = 2;
    let plane = Plane::listen(move |request| match request.operation() {
        "InstanceSummary" => say(json!({"data": {"instance": summary()}})),
        _ if losses > 0 => {
            losses -= 1;
            Reply::Lost
        }
        _ => say(accepted("stopInstance")),
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("stop shop-cache --yes --no-wait --output json").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let answer: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(answer["operation"]["id"], "op_1");
    let heard = plane.heard();
    assert!(heard.iter().all(|request| request.head.contains("authorization: bearer cps_word")));
    let keys: Vec<_> = heard
        .iter()
        .filter(|request| request.operation() == "StopInstance")
        .map(|request| request.body["variables"]["input"]["idempotencyKey"].clone())
        .collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0].is_string() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn nothing_is_stopped_or_deleted_without_a_yes() {
    let plane = Plane::listen(|_| say(json!({"data": {"instance": summary()}}))).await;
    let caller = Caller::signed_in_at(&plane.address);
    for (line, expected) in [
        ("stop shop-cache", "--yes"),
        ("delete shop-cache", "--confirm-name"),
        ("delete shop-cache --yes --confirm-name shop-cash", "nothing was deleted"),
    ] {
        let ended = caller.run(line).await;
        assert_eq!(ended.exit, Exit::Usage, "{line}");
        assert!(ended.err.contains(expected), "{}", ended.err);
    }
    assert!(plane.heard().iter().all(|request| request.operation() == "InstanceSummary"));
}

#[tokio::test]
async fn an_operation_is_asked_for_where_it_cannot_be_pushed() {
    let mut asked = 0;
    let plane = Plane::listen(move |request| match request.operation() {
        "InstanceSummary" => say(json!({"data": {"instance": summary()}})),
        "StopInstance" => say(accepted("stopInstance")),
        _ => {
            asked += 1;
            let state = if asked < 3 { "RUNNING" } else { "FAILED" };
            say(json!({"data": {"operation": operation(state)}}))
        }
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("stop shop-cache --yes").await;
    assert_eq!(ended.exit, Exit::OperationFailed, "{}", ended.err);
    assert!(ended.err.contains("failed   stop member (shop-cache-0)"), "{}", ended.err);
    assert!(ended.err.contains("DEADLINE") && ended.err.contains("cellplane logs op_1"));
}

#[tokio::test]
async fn a_log_is_shown_once_per_line() {
    let mut asked = 0;
    let plane = Plane::listen(move |_| {
        asked += 1;
        let state = if asked < 3 { "RUNNING" } else { "SUCCEEDED" };
        say(json!({"data": {"operation": operation(state)}}))
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("logs op_1 --follow").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert_eq!(ended.out, "2026-11-21 22:11:21 UTC  stop member (shop-cache-0): stopping\n");
}

#[tokio::test]
async fn a_lost_socket_is_noticed_and_no_line_is_missed_or_doubled() {
    let progress = |numbers: &[i64]| {
        let lines: Vec<Value> = numbers.iter().map(|number| line(*number)).collect();
        json!({"operationProgress": {"operation": without_log(operation("RUNNING")), "lines": lines}})
    };
    let pushed = vec![progress(&[2]), progress(&[2, 3])];
    let mut asked = 0;
    let plane = Plane::listen_and_push(pushed, move |request| {
        asked += 1;
        let state = if asked < 2 { "RUNNING" } else { "SUCCEEDED" };
        let after = request.body["variables"]["afterLine"].as_i64().unwrap_or(0);
        let there = if asked < 2 { 1 } else { 4 };
        let mut operation = operation(state);
        operation["log"] = (after + 1..=there).map(line).collect();
        say(json!({"data": {"operation": operation}}))
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("logs op_1 --follow --output json").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let told = ended.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let numbers: Vec<i64> = told.filter_map(|one| one["line"]["number"].as_i64()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let asked: Vec<Value> =
        plane.heard().iter().map(|one| one.body["variables"]["afterLine"].clone()).collect();
    assert_eq!(asked, [json!(null), json!(3)], "two lines were pushed and not asked for");
}
