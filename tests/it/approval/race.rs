//! Those who approve at the same instant, the same sent often, and a plane that dies meanwhile.

use std::collections::BTreeSet;

use futures::future::{join, join_all};
use serde_json::{Value, json};
use tests::client::approval::APPROVE;
use tests::client::order::PLACE;
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

use super::{ask, count};

stories! {
    of_those_who_approve_at_once_one_does_it,
    two_who_are_both_needed_may_come_at_once,
    however_often_it_is_asked_for_it_waits_once_and_is_done_once,
    a_plane_killed_in_an_approval_does_it_once,
}

/// Sends again what could not be done at the moment.
async fn insist(user: &User, mutation: &str, input: Value) -> Answer {
    loop {
        let answer = user.ask(mutation, json!({ "input": input })).await;
        if answer.code() != "UNAVAILABLE" {
            return answer;
        }
    }
}

async fn approve(user: &User, id: &str) -> Answer {
    insist(user, APPROVE, json!({ "approval": id, "idempotencyKey": id })).await
}

async fn of_those_who_approve_at_once_one_does_it(world: &mut World) {
    world.license("more", 20).await;
    let (dev, head, admin) =
        (world.user("dev").await, world.user("head").await, world.user("admin").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    for number in 0..6 {
        let id = ask(world, &dev, &format!("cache-{number}")).await;
        let (one, other) = join(approve(&head, &id), approve(&admin, &id)).await;
        let words = [&one, &other].map(|it| it.told()["why"].as_str().unwrap_or(it.code()));
        let words = BTreeSet::from(words);
        assert_eq!(words, BTreeSet::from(["done", "performed"]), "{} {}", one.text, other.text);
        let lines = dev.approval(&id).await["history"].clone();
        assert_eq!(lines.as_array().expect("lines").len(), 2, "{lines:#}");
    }
    assert_eq!(count(&dev).await, 6);
}

async fn two_who_are_both_needed_may_come_at_once(world: &mut World) {
    world.license("more", 20).await;
    let (dev, head, admin) =
        (world.user("dev").await, world.user("head").await, world.user("admin").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({ "approvers": 2 })).await;
    for number in 0..6 {
        let id = ask(world, &dev, &format!("cache-{number}")).await;
        let (one, other) = join(approve(&head, &id), approve(&admin, &id)).await;
        one.granted();
        other.granted();
        assert_eq!(dev.approval(&id).await["state"], "PERFORMED");
    }
    assert_eq!(count(&dev).await, 6);
}

async fn however_often_it_is_asked_for_it_waits_once_and_is_done_once(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let order = world.redis(world.seed.platform_dev, "cache", "standalone");
    let token = dev.preview(&order).await;
    let input = json!({ "order": order, "previewToken": token, "idempotencyKey": "key" });
    let asked = join_all((0..100).map(|_| insist(&dev, PLACE, input.clone()))).await;
    let ids: BTreeSet<_> = asked.iter().map(Answer::waiting).collect();
    assert_eq!(ids.len(), 1, "one request");
    assert_eq!(dev.approvals(json!({})).await, ["cache"]);
    let id = ids.first().expect("an id");
    let done = join_all((0..100).map(|_| approve(&head, id))).await;
    for answer in &done {
        assert_eq!(answer.text, done[0].text);
        assert_eq!(answer.granted()["giveApproval"]["state"], "PERFORMED");
    }
    assert_eq!(count(&dev).await, 1);
    let placed = join_all((0..20).map(|_| insist(&dev, PLACE, input.clone()))).await;
    assert!(placed.iter().all(|answer| answer.text == placed[0].text && answer.code() == "done"));
}

/// Statements of the database after which the plane dies; the last one is behind the answer.
const POINTS: [u64; 8] = [0, 4, 8, 12, 16, 20, 26, u64::MAX];

/// The approval and what it does are one transaction: killed before its end nothing of it is there,
/// and the same request sent again does it.
async fn a_plane_killed_in_an_approval_does_it_once(world: &mut World) {
    world.license("more", 20).await;
    world.user("head").await.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let mut seen = (0, 0);
    for (number, point) in POINTS.into_iter().enumerate() {
        let dev = world.user("dev").await;
        let id = ask(world, &dev, &format!("cache-{number}")).await;
        match approve_and_kill(world, &id, point).await {
            true => seen.0 += 1,
            false => seen.1 += 1,
        }
        world.restart_plane().await;
        let (dev, head) = (world.user("dev").await, world.user("head").await);
        let before = dev.approval(&id).await;
        let is_done = before["state"] == "PERFORMED";
        assert_eq!(is_done, before["operation"].is_object(), "both or neither: {before:#}");
        assert_eq!(count(&dev).await, number + usize::from(is_done));
        let done = approve(&head, &id).await;
        assert_eq!(done.granted()["giveApproval"]["state"], "PERFORMED", "{}", done.text);
        assert_eq!(count(&dev).await, number + 1);
    }
    assert!(seen.0 > 0 && seen.1 > 2, "answered and unanswered: {seen:?}");
}

/// Approves and kills the plane after so many statements; whether it was answered before.
async fn approve_and_kill(world: &mut World, id: &str, point: u64) -> bool {
    let head = world.user("head").await;
    let store = world.plane().store.clone();
    let end = store.statements().saturating_add(point);
    let input = json!({ "input": { "approval": id, "idempotencyKey": id } });
    let mut asking = Box::pin(head.try_ask(APPROVE, input));
    let mut is_answered = false;
    while !is_answered && store.statements() < end {
        tokio::select! {
            biased;
            _ = &mut asking => is_answered = true,
            () = tokio::task::yield_now() => {}
        }
    }
    world.kill_plane().await;
    is_answered
}
