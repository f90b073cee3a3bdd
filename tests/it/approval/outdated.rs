//! What is approved and is not any more as it was asked for is not done, and ends.

use std::time::Duration;

use policies::role::Role;
use serde_json::{Value, json};
use tests::client::access::{CREATE_ROLE, DISABLE_USER};
use tests::client::approval::DELETE_RULE;
use tests::client::order::STOP;
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

use super::{ask, count, person};

stories! {
    what_changed_since_is_not_done,
    a_rule_that_changed_ends_what_waited_for_it,
    what_nobody_decides_is_over,
    who_lost_the_right_to_approve_counts_no_more,
    who_cannot_do_it_any_more_does_not_do_it_through_others,
}

#[track_caller]
fn outdated(answer: &Answer) {
    assert_eq!(answer.code(), "OUTDATED", "{}", answer.text);
}

/// It is over, and says so again to whoever asks.
async fn is_over(approver: &User, id: &str) {
    let refused = approver.approve(id).await;
    outdated(&refused);
    let now = approver.approval(id).await;
    assert_eq!(now["state"], "OUTDATED", "{now:#}");
    assert!(now["problem"].is_string() && now["operation"].is_null(), "{now:#}");
    outdated(&approver.approve(id).await);
}

/// Takes one action from somebody.
async fn deny(world: &World, whom: &User, action: &str) {
    let admin = world.user("admin").await;
    let role = json!({ "name": "taken", "title": "Taken", "parts": [action] });
    let role = admin.make(CREATE_ROLE, role).await;
    let at = world.seed.platform.to_string();
    admin.bind(&whom.subject().await, &role, &at, "DENY").await.granted();
}

async fn what_changed_since_is_not_done(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let made = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    world.succeeded(&dev, &made.operation).await;
    head.rule(world.seed.platform, "STOP_INSTANCE", json!({})).await;
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let stop = dev.act(STOP, json!({ "instance": made.instance })).await.waiting();
    let order = ask(world, &dev, "priced").await;
    let taken = ask(world, &dev, "taken").await;
    let twice = ask(world, &world.user("admin").await, "taken").await;

    let change = json!({ "instance": made.instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    dev.change(&change, &token, "change").await.granted();
    is_over(&head, &stop).await;
    assert_eq!(dev.instance(&made.instance).await["wish"], "RUNNING");

    assert_eq!(head.approve(&taken).await.granted()["giveApproval"]["state"], "PERFORMED");
    is_over(&head, &twice).await;
    world.publish_prices("0.06").await;
    is_over(&head, &order).await;
    assert_eq!(count(&dev).await, 2);
}

async fn a_rule_that_changed_ends_what_waited_for_it(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let rule = head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let (first, second) = (ask(world, &dev, "first").await, ask(world, &dev, "second").await);
    let more = head.rule(world.seed.platform_dev, "PLACE_ORDER", json!({})).await;
    is_over(&head, &first).await;
    for rule in [&more, &rule] {
        head.act(DELETE_RULE, json!({ "rule": rule })).await.granted();
    }
    is_over(&head, &second).await;
    assert_eq!(count(&dev).await, 0);
    dev.order(&world.redis(world.seed.platform_dev, "third", "standalone")).await;
}

async fn what_nobody_decides_is_over(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({ "days": 1 })).await;
    let id = ask(world, &dev, "cache").await;
    world.pass(Duration::from_secs(24 * 3600 - 60));
    assert_eq!(head.approval(&id).await["state"], "OPEN");
    world.pass(Duration::from_secs(60));
    assert_eq!(head.approve(&id).await.told()["why"], "expired");
    assert_eq!(dev.approvals(json!({ "state": "OPEN" })).await, [""; 0]);
    assert_eq!(dev.approvals(json!({ "state": "EXPIRED" })).await, ["cache"]);
    let kept = async || dev.approval(&id).await["history"][1]["kind"] == "EXPIRED";
    world.until("its end in its history", kept).await;
    assert_eq!(dev.approval(&id).await["history"][1]["by"], Value::Null);
    assert_eq!(count(&dev).await, 0);
}

async fn who_lost_the_right_to_approve_counts_no_more(world: &mut World) {
    let (dev, head, admin) =
        (world.user("dev").await, world.user("head").await, world.user("admin").await);
    let third = person(world, "third", Role::OrganizationAdmin).await;
    head.rule(world.seed.platform, "PLACE_ORDER", json!({ "approvers": 2 })).await;
    let (first, second) = (ask(world, &dev, "first").await, ask(world, &dev, "second").await);
    third.approve(&first).await.granted();
    third.approve(&second).await.granted();
    deny(world, &third, "approve").await;
    assert_eq!(third.approve(&first).await.code(), "NOT_FOUND");
    assert_eq!(admin.approval(&first).await["needs"][0]["given"], 0);
    assert_eq!(admin.approve(&first).await.granted()["giveApproval"]["state"], "OPEN");
    assert_eq!(count(&dev).await, 0);
    assert_eq!(head.approve(&first).await.granted()["giveApproval"]["state"], "PERFORMED");
    assert_eq!(count(&dev).await, 1);
    admin.act(DISABLE_USER, json!({ "user": head.subject().await })).await.granted();
    assert_eq!(head.approve(&second).await.code(), "UNAUTHENTICATED");
}

async fn who_cannot_do_it_any_more_does_not_do_it_through_others(world: &mut World) {
    let (head, admin) = (world.user("head").await, world.user("admin").await);
    let (one, other) = (
        person(world, "one", Role::Developer).await,
        person(world, "other", Role::Developer).await,
    );
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let (first, second) = (ask(world, &one, "first").await, ask(world, &other, "second").await);
    admin.act(DISABLE_USER, json!({ "user": one.subject().await })).await.granted();
    is_over(&head, &first).await;
    deny(world, &other, "order").await;
    is_over(&head, &second).await;
    assert_eq!(count(&admin).await, 0);
}
