//! Cursors of the feed: who shows one that this feed never gave out is told so, instead of waiting for
//! what will never come or missing what was there.

use serde_json::{Value, json};
use tests::client::User;
use tests::stories;
use tests::world::World;

stories! {
    a_cursor_that_the_feed_never_gave_out_is_refused,
    a_cursor_from_after_the_backup_is_refused_once_it_is_restored,
}

const EVENTS: &str = "subscription($after: String) { events(after: $after) { cursor } }";

/// Where the feed begins again from a cursor, or why it does not.
async fn from(user: &User, cursor: &str) -> Result<String, Vec<(String, String)>> {
    let mut feed = user.follow(EVENTS, json!({ "after": cursor })).await;
    let told = feed.next().await.expect("an answer");
    if told.code() == "INVALID" {
        return Err(told.problems());
    }
    Ok(told.granted()["events"]["cursor"].as_str().expect("a cursor").to_owned())
}

fn refused() -> Result<String, Vec<(String, String)>> {
    Err(vec![("after".to_owned(), "malformed".to_owned())])
}

/// The last cursor that the feed has given out.
async fn newest(world: &World) -> i64 {
    world.number("SELECT MAX(number) FROM event WHERE kind LIKE 'instance%'").await
}

async fn order(world: &World, name: &str) {
    let (dev, project) = (world.user("dev").await, world.seed.platform_dev);
    let placed = dev.order(&world.redis(project, name, "standalone")).await;
    world.becomes(&dev, &placed.instance, "RUNNING").await;
}

async fn a_cursor_that_the_feed_never_gave_out_is_refused(world: &mut World) {
    order(world, "cache").await;
    let dev = world.user("dev").await;
    let first: i64 = from(&dev, "0").await.expect("events").parse().expect("a number");
    let newest = newest(world).await;
    assert!(first < newest, "{first} and {newest}");
    assert!(from(&dev, &first.to_string()).await.is_ok());
    for cursor in ["", "x", "-1", "1.5", "9223372036854775807", "9223372036854775808"] {
        assert_eq!(from(&dev, cursor).await, refused(), "{cursor:?}");
    }
}

async fn a_cursor_from_after_the_backup_is_refused_once_it_is_restored(world: &mut World) {
    order(world, "kept").await;
    let known = newest(world).await;
    world.back_up().await;
    order(world, "lost").await;
    let stale = newest(world).await;
    assert!(stale > known, "{stale} and {known}");
    world.restore().await;
    let dev = world.user("dev").await;
    assert_eq!(from(&dev, &stale.to_string()).await, refused());
    // Whoever begins again goes on with what is there.
    let mut live = dev.follow(EVENTS, json!({ "after": Value::Null })).await;
    order(world, "new").await;
    let next = live.next().await.expect("an event");
    assert!(next.granted()["events"]["cursor"].is_string());
}
