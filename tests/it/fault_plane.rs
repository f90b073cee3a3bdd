//! The plane dies in the middle of an order and comes back on the same home.

use connectors::memory::Step;
use connectors::runtime::ConnectorError;
use serde_json::{Value, json};
use tests::client::order::{Ordered, PLACE};
use tests::stories;
use tests::world::World;

stories! {
    a_plane_killed_in_an_order_makes_one_instance,
    a_cell_goes_on_without_the_plane_and_tells_it_later,
}

/// Statements of the database after which the plane dies; the last one is behind the answer.
const POINTS: [u64; 9] = [0, 3, 6, 9, 12, 15, 18, 21, u64::MAX];

async fn a_plane_killed_in_an_order_makes_one_instance(world: &mut World) {
    world.license("more", 20).await;
    let mut seen = (0, 0);
    for (number, point) in POINTS.into_iter().enumerate() {
        let dev = world.user("dev").await;
        let name = format!("cache-{number}");
        let order = world.redis(world.seed.platform_dev, &name, "standalone");
        let token = dev.preview(&order).await;
        let input = json!({ "order": order, "previewToken": token, "idempotencyKey": name });
        let first = place_and_kill(world, input.clone(), point).await;
        world.restart_plane().await;
        let dev = world.user("dev").await;
        let second = Ordered::from(&dev.ask(PLACE, json!({ "input": input })).await);
        match first {
            Some(first) => {
                assert_eq!(first, second, "the answer that was given stays");
                seen.0 += 1;
            }
            None => seen.1 += 1,
        }
        world.succeeded(&dev, &second.operation).await;
        world.becomes(&dev, &second.instance, "RUNNING").await;
    }
    assert!(seen.0 > 0 && seen.1 > 2, "answered and unanswered: {seen:?}");
    let dev = world.user("dev").await;
    let found = dev.get("{ instances { nodes { name } } }", json!({})).await;
    assert_eq!(found["instances"]["nodes"].as_array().expect("instances").len(), POINTS.len());
    let pids = world.pids().await;
    assert_eq!(pids.len(), POINTS.len(), "one process per member");
    assert!(pids.values().all(Option::is_some));
}

/// Sends the order and kills the plane after so many statements; the answer, if it came before.
async fn place_and_kill(world: &mut World, input: Value, point: u64) -> Option<Ordered> {
    let dev = world.user("dev").await;
    let store = world.plane().store.clone();
    let end = store.statements().saturating_add(point);
    let mut placing = Box::pin(dev.try_ask(PLACE, json!({ "input": input })));
    let mut answer = None;
    while answer.is_none() && store.statements() < end {
        tokio::select! {
            biased;
            came = &mut placing => answer = came.ok(),
            () = tokio::task::yield_now() => {}
        }
    }
    world.kill_plane().await;
    if answer.is_none() {
        answer = placing.await.ok();
    }
    answer.map(|answer| Ordered::from(&answer))
}

async fn a_cell_goes_on_without_the_plane_and_tells_it_later(world: &mut World) {
    let dev = world.user("dev").await;
    let message = "away".to_owned();
    world.host.refuse(Step::Start, ConnectorError::Unavailable { code: "AWAY", message });
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let ordered = dev.order(&order).await;
    let placed = async || world.pids().await.len() == 2;
    world.until("the members placed", placed).await;
    world.kill_plane().await;
    world.host.allow(Step::Start);
    let run = async || world.pids().await.values().all(Option::is_some);
    world.until("the members run", run).await;
    let alone = world.pids().await;
    world.restart_plane().await;
    let dev = world.user("dev").await;
    let ended = world.succeeded(&dev, &ordered.operation).await;
    let log = ended["log"].as_array().expect("lines").iter().zip(1..);
    assert!(log.into_iter().all(|(line, number)| line["number"] == number), "{ended:#}");
    world.becomes(&dev, &ordered.instance, "RUNNING").await;
    assert_eq!(world.pids().await, alone, "nothing was started twice");
}
