//! The life of an instance, from its order to its deletion.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{Ordered, START, STOP};
use tests::stories;
use tests::world::World;

stories! {
    an_instance_is_ordered_changed_stopped_started_and_deleted,
    a_rolling_change_goes_as_it_was_announced,
    an_operation_can_be_followed_to_its_end,
    the_feed_goes_on_from_a_cursor,
}

async fn licence(user: &User) -> (i64, i64) {
    let query = "{ tenant { licence { used limit } } }";
    let licence = user.get(query, json!({})).await["tenant"]["licence"].clone();
    let number = |part: &str| licence[part].as_i64().expect("a number");
    (number("used"), number("limit"))
}

/// The members that a step was about, in order.
fn members_of(operation: &Value, step: &str) -> Vec<Value> {
    let steps = operation["steps"].as_array().expect("steps");
    let about = steps.iter().filter(|each| each["name"] == step);
    about.map(|each| each["member"].clone()).collect()
}

async fn an_instance_is_ordered_changed_stopped_started_and_deleted(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { instance, operation } = dev.order(&order).await;
    assert_eq!(licence(&dev).await, (2, 4));
    let install = world.succeeded(&dev, &operation).await;
    assert_eq!(install["kind"], "INSTALL");
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    let members = running["members"].as_array().expect("members");
    assert_eq!(members.len(), 2);
    for member in members {
        assert_eq!(member["observedRole"], member["role"], "{member}");
        assert!(member["endpoint"]["port"].is_u64() && member["pid"].is_u64(), "{member}");
    }
    let before = world.pids().await;

    let change = json!({ "instance": instance, "parameters": { "maxclients": 50 } });
    let shown = dev.preview_change(&change).await;
    assert_eq!((&shown["apply"], &shown["restarts"]), (&json!("HOT"), &json!([])));
    let changed = Ordered::from(&dev.change(&change, &shown["token"], "hot").await);
    world.succeeded(&dev, &changed.operation).await;
    assert_eq!(world.pids().await, before, "a hot change restarts nothing");
    let changed = dev.instance(&instance).await;
    assert_eq!(changed["configuration"]["number"], 2);
    assert_eq!(changed["configuration"]["parameters"]["maxclients"], 50);

    let stopped = Ordered::from(&dev.command(STOP, &instance, "stop").await);
    world.succeeded(&dev, &stopped.operation).await;
    world.becomes(&dev, &instance, "STOPPED").await;
    assert!(world.pids().await.values().all(Option::is_none));
    let started = Ordered::from(&dev.command(START, &instance, "start").await);
    world.succeeded(&dev, &started.operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
    assert!(world.pids().await.values().all(Option::is_some));

    let again = json!({ "input": { "order": order, "previewToken": dev.preview(&order).await,
        "idempotencyKey": "taken" } });
    let taken = dev.ask(tests::client::order::PLACE, again).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");
    let deleted = Ordered::from(&dev.delete(&instance, "shop-cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    let gone = world.becomes(&dev, &instance, "DELETED").await;
    assert!(gone["deletedAt"].is_string());
    assert!(world.pids().await.is_empty());
    assert_eq!(licence(&dev).await, (0, 4), "the licence is free again");
    let second = dev.place(&order, &dev.preview(&order).await, "second").await;
    assert_ne!(Ordered::from(&second).instance, instance, "the name is free again");
}

async fn a_rolling_change_goes_as_it_was_announced(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let before = world.pids().await;
    let change = json!({ "instance": instance, "parameters": { "rdbchecksum": false } });
    let shown = dev.preview_change(&change).await;
    assert_eq!(shown["apply"], "RESTART");
    let announced = shown["restarts"].as_array().expect("members");
    let names: Vec<_> = announced.iter().map(|member| &member["name"]).collect();
    assert_eq!(names, ["shop-cache-1", "shop-cache-0"], "the replica first");
    let announced: Vec<_> = announced.iter().map(|member| member["id"].clone()).collect();
    let changed = Ordered::from(&dev.change(&change, &shown["token"], "cold").await);
    let ended = world.succeeded(&dev, &changed.operation).await;
    assert_eq!(members_of(&ended, "restart-member"), announced, "{ended:#}");
    let after = world.pids().await;
    assert!(before.keys().eq(after.keys()));
    assert!(before.iter().all(|(member, pid)| after[member] != *pid), "every member is new");
}

const PROGRESS: &str = "subscription($id: ID!, $after: Int) { operationProgress(operation: $id, \
    afterLine: $after) { operation { state } lines { number } } }";

async fn an_operation_can_be_followed_to_its_end(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let ordered = dev.order(&order).await;
    let follow = async || {
        let mut stream = dev.follow(PROGRESS, json!({ "id": ordered.operation })).await;
        let (mut states, mut lines) = (Vec::new(), Vec::new());
        while let Some(answer) = stream.next().await {
            let moved = &answer.granted()["operationProgress"];
            states.push(moved["operation"]["state"].as_str().expect("a state").to_owned());
            let numbers = moved["lines"].as_array().expect("lines").iter();
            lines.extend(numbers.map(|line| line["number"].as_i64().expect("a number")));
        }
        (states, lines)
    };
    let ((states, lines), _) = futures::join!(follow(), world.succeeded(&dev, &ordered.operation));
    assert_eq!(states.last().map(String::as_str), Some("SUCCEEDED"));
    let count = i64::try_from(lines.len()).expect("a number");
    assert!(count > 0 && lines.iter().copied().eq(1..=count), "{lines:?}");
    let (states, again) = follow().await;
    assert_eq!((states.len(), again), (1, lines), "an ended operation is told once");
}

const EVENTS: &str = "subscription($after: String, $instance: ID) { \
    events(after: $after, instance: $instance) { cursor node { kind instance { id } } } }";

async fn the_feed_goes_on_from_a_cursor(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let mut live = dev.follow(EVENTS, json!({ "after": "0" })).await;
    let ordered = dev.order(&order).await;
    let sibling = world.redis(world.seed.sales_dev, "other-cache", "standalone");
    let sibling = world.user("seller").await.order(&sibling).await;
    world.succeeded(&dev, &ordered.operation).await;
    world.succeeded(&world.user("seller").await, &sibling.operation).await;
    let deleted = Ordered::from(&dev.delete(&ordered.instance, "shop-cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    let mut told = Vec::new();
    while told.last().is_none_or(|(_, kind)| kind != "instance_deleting") {
        let next = live.next().await.expect("an event");
        let kind = next.granted()["events"]["node"]["kind"].as_str().expect("a word");
        // What the story began with: where its people are.
        if !kind.starts_with("organization_") && !kind.starts_with("project_") {
            told.push(event(&next, &ordered.instance));
        }
    }
    assert_eq!(told[0].1, "instance_created");
    for cut in 0..told.len() - 1 {
        let after = json!({ "after": told[cut].0, "instance": ordered.instance });
        let mut resumed = dev.follow(EVENTS, after).await;
        for expected in &told[cut + 1..] {
            let next = resumed.next().await.expect("an event");
            assert_eq!(event(&next, &ordered.instance), *expected, "after {cut}");
        }
    }
}

/// Cursor and kind of an event, which must be of this instance.
fn event(answer: &tests::client::Answer, instance: &str) -> (String, String) {
    let edge = &answer.granted()["events"];
    assert_eq!(edge["node"]["instance"]["id"], instance, "siblings' events stay theirs");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&edge["cursor"]), text(&edge["node"]["kind"]))
}
