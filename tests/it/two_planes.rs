//! Two planes over one PostgreSQL: what is changed through one is seen through the other, at once
//! by a hint through Redis, and a little later without it. The clock stands still unless a story
//! turns it, so whoever sees something without that was told.

use std::path::Path;
use std::time::Duration;

use control_plane::wiring::ServerHandle;
use control_plane_core::nudge::Topic;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::json;
use tests::client::User;
use tests::client::subscription::Subscription;
use tests::engine::Engine;
use tests::redis::Redis;
use tests::world::seed::console;
use tests::world::{World, tell_on};

mod hostile;
mod planned;
mod right;

/// From the feed's beginning: what is done before a plane begins to follow is told as well.
const EVENTS: &str = "subscription { events(after: \"0\") { node { kind instance { name } } } }";
/// How long a hint may take, in the time of the machine: far longer than it does.
const PATIENCE: Duration = Duration::from_secs(20);

fn redis() -> Redis {
    Redis::start(Path::new(env!("CARGO_TARGET_TMPDIR")))
}

/// Tells a story of two planes; without an address of Redis each is alone.
async fn tell(redis: Option<String>, story: impl AsyncFnOnce(&World, &ServerHandle)) {
    let database = Engine::Postgres.start().new_database();
    let is_told = redis.is_some();
    tell_on(
        database,
        move |config| config.redis.url = redis.unwrap_or_default(),
        async |world| {
            let other = world.second_plane().await;
            if is_told {
                connected(world, &other).await;
            }
            story(world, &other).await;
            other.stop().await;
        },
    )
    .await;
}

fn address(plane: &ServerHandle) -> String {
    format!("http://{}", plane.http_address)
}

fn at(user: &User, plane: &ServerHandle) -> User {
    user.at(&address(plane))
}

/// A number that a plane tells whoever watches it.
async fn number(address: &str, name: &str) -> i64 {
    let address = format!("{address}/metrics");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let text = client.get(address).send().await.expect("an answer").text().await.expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.expect(name).parse().expect("a number")
}

/// Waits until both planes talk to Redis.
async fn connected(world: &World, other: &ServerHandle) {
    let seen = async || {
        let there = number(&address(other), "cellplane_redis_connected").await;
        there + number(&world.address(), "cellplane_redis_connected").await == 2
    };
    world.until("both planes at Redis", seen).await;
}

/// A feed that has begun to tell: from then on it waits to be told.
async fn follow(user: &User) -> Subscription {
    let mut feed = user.follow(EVENTS, json!({})).await;
    let first = tokio::time::timeout(PATIENCE, feed.next()).await.expect("in time");
    first.expect("what the story began with").granted();
    feed
}

/// Waits until a feed tells that an instance was made. The clock stands still.
async fn tells(feed: &mut Subscription, name: &str) {
    let made = json!({ "kind": "instance_created", "instance": { "name": name } });
    // Others go on with what they do, and that is told as well.
    let heard =
        async { while feed.next().await.expect("an event").granted()["events"]["node"] != made {} };
    tokio::time::timeout(PATIENCE, heard).await.expect("in time");
}

/// The names of instances that a feed tells of, until it told of so many. The clock goes on.
async fn names(world: &World, feed: &mut Subscription, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < count {
        let what = format!("an instance behind {names:?}");
        let told = async || {
            let next = tokio::time::timeout(Duration::from_millis(1), feed.next()).await;
            let Ok(Some(answer)) = next else { return false };
            let node = &answer.granted()["events"]["node"];
            let is_made = node["kind"] == "instance_created";
            if is_made {
                names.push(node["instance"]["name"].as_str().expect("a name").to_owned());
            }
            is_made
        };
        world.until(&what, told).await;
    }
    names
}

/// An order through the other plane reaches who follows the feed here, and the cell's long poll.
async fn is_told_at_once(world: &World, other: &ServerHandle, name: &str) {
    let dev = world.user("dev").await;
    let mut feed = follow(&dev).await;
    let console = console();
    let cell = control_plane_core::cell::view::views(world.plane(), &console);
    let cell = cell.await.expect("cells")[0].row.id;
    let mut poll = world.plane().nudges.listen(Topic::Cell(cell));
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    at(&dev, other).order(&order).await;
    tells(&mut feed, name).await;
    tokio::time::timeout(PATIENCE, poll.changed()).await.expect("in time").expect("a hint");
}

/// The same without hints: nothing is lost, and who follows is told within a second.
async fn is_seen_within_a_second(world: &World, other: &ServerHandle, name: &str) {
    let dev = world.user("dev").await;
    let mut feed = follow(&dev).await;
    // Who just began to follow is looked for once more in any case.
    world.pass(Duration::from_secs(1));
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    let made = at(&dev, other).order(&order).await;
    world.pass(Duration::from_secs(1));
    tells(&mut feed, name).await;
    world.becomes(&dev, &made.instance, "RUNNING").await;
    assert_eq!(at(&dev, other).instance(&made.instance).await["state"], "RUNNING");
}

#[tokio::test]
async fn a_change_through_one_plane_is_seen_through_the_other_at_once() {
    let redis = redis();
    tell(Some(redis.url()), async |world, other| {
        is_told_at_once(world, other, "first").await;
        assert!(number(&address(other), "cellplane_hints_sent_total").await >= 2);
        assert!(number(&world.address(), "cellplane_hints_heard_total").await >= 2);
    })
    .await;
}

#[tokio::test]
async fn without_redis_everything_is_seen_within_a_second() {
    tell(None, async |world, other| {
        is_seen_within_a_second(world, other, "first").await;
        assert_eq!(number(&address(other), "cellplane_redis_connected").await, 0);
    })
    .await;
}

#[tokio::test]
async fn hints_come_back_with_redis() {
    let mut redis = redis();
    tell(Some(redis.url()), async |world, other| {
        redis.kill();
        is_seen_within_a_second(world, other, "meanwhile").await;
        redis.come_back();
        connected(world, other).await;
        is_told_at_once(world, other, "again").await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_when_redis_dies_under_load_and_comes_back() {
    const ORDERS: usize = 24;
    let mut redis = redis();
    tell(Some(redis.url()), async |world, other| {
        world.license("more", 50).await;
        let here = world.user("dev").await;
        let there = at(&here, other);
        let mut feeds = [follow(&here).await, follow(&there).await];
        let order = async |number: usize| {
            let user = if number.is_multiple_of(2) { &here } else { &there };
            let name = format!("loaded-{number:02}");
            let order = world.redis(world.seed.platform_dev, &name, "standalone");
            user.order(&order).await.instance
        };
        let mut open: FuturesUnordered<_> = (0..ORDERS).map(order).collect();
        let mut made = Vec::new();
        while let Some(instance) = open.next().await {
            made.push(instance);
            match made.len() {
                4 => redis.kill(),
                16 => redis.come_back(),
                _ => {}
            }
        }
        let expected: Vec<_> = (0..ORDERS).map(|number| format!("loaded-{number:02}")).collect();
        for feed in &mut feeds {
            let mut names = names(world, feed, ORDERS).await;
            names.sort();
            assert_eq!(names, expected, "each once");
        }
        for instance in &made {
            world.becomes(&there, instance, "RUNNING").await;
        }
        connected(world, other).await;
        is_told_at_once(world, other, "after").await;
    })
    .await;
}
