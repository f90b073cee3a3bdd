//! The clock of a cell is wrong, and is set while everything runs: usage is stamped with the plane's
//! time, nothing counts twice or is lost, and the operator is told.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;
use tests::world::books::Pids;
use types::clock::Clock as _;

stories! {
    a_clock_that_is_wrong_changes_nothing_that_is_counted,
    a_clock_that_is_set_while_nobody_watches_changes_nothing_that_is_counted,
    usage_by_a_wrong_clock_is_seen,
}

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// How far the cell's clock is ahead, one after the other: also backwards in the middle.
const AHEAD_US: [i64; 6] = [5 * MINUTE_US, -5 * MINUTE_US, DAY_US, -DAY_US, 3 * MINUTE_US, 0];

/// A pair that runs, on the way to its third hour.
async fn running(world: &World) -> Pids {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
    world.pass(HOUR * 2);
    world.counted().await;
    world.pids().await
}

/// The operator is told by how much the clock is off, exactly while it is. A measurement is as sharp
/// as the way to the plane is short, so both are looked at in one answer.
async fn told(world: &World, ahead_us: i64) {
    let query = "{ cell(idOrName: \"north\") { clockDifferenceMs unknownSince \
        alarms { code message } } }";
    let seconds = format!("is {} s ahead", ahead_us / 1_000_000);
    let is_told = async || {
        let cell = world.user("operator").await.get(query, json!({})).await["cell"].clone();
        let alarms = cell["alarms"].as_array().expect("alarms");
        let off = alarms.iter().find(|alarm| alarm["code"] == "clock_off");
        let message = off.and_then(|alarm| alarm["message"].as_str());
        cell["clockDifferenceMs"] == json!(ahead_us / 1_000)
            && cell["unknownSince"].is_null()
            && message.map(|text| text.contains(&seconds)) == (ahead_us != 0).then_some(true)
    };
    world.until("the difference told", is_told).await;
}

/// All time is counted once, in the plane's time.
async fn sound(world: &World, before: &Pids) {
    world.counted().await;
    assert_eq!(world.wrongs(before).await, Vec::<String>::new());
    assert_eq!(world.gap().await, Duration::ZERO, "{:#?}", world.accounts().await);
    let now = world.clock.now().micros();
    let beyond = format!("SELECT COUNT(*) FROM usage_record WHERE end_at > {now}");
    assert_eq!(world.number(&beyond).await, 0, "usage of a time to come");
}

async fn a_clock_that_is_wrong_changes_nothing_that_is_counted(world: &mut World) {
    let before = running(world).await;
    for ahead_us in AHEAD_US {
        world.machine.set_ahead(ahead_us);
        told(world, ahead_us).await;
        world.pass(HOUR);
        sound(world, &before).await;
    }
    // The same while the plane cannot be asked for the time.
    for ahead_us in AHEAD_US {
        world.cut();
        world.machine.set_ahead(ahead_us);
        world.pass(HOUR);
        world.machine.set_ahead(ahead_us / 2);
        world.pass(HOUR);
        world.mend();
        told(world, ahead_us / 2).await;
        sound(world, &before).await;
    }
}

async fn a_clock_that_is_set_while_nobody_watches_changes_nothing_that_is_counted(
    world: &mut World,
) {
    let before = running(world).await;
    for ahead_us in AHEAD_US {
        world.kill_agent().await;
        world.machine.set_ahead(ahead_us);
        world.pass(HOUR);
        world.restart_agent().await;
        told(world, ahead_us).await;
        sound(world, &before).await;
    }
    // A wish that is under way is not late because the clock says so.
    let dev = world.user("dev").await;
    world.kill_agent().await;
    let order = world.redis(world.seed.platform_dev, "other", "standalone");
    let Ordered { operation, .. } = dev.order(&order).await;
    world.machine.set_ahead(DAY_US);
    world.pass(Duration::from_secs(90));
    world.restart_agent().await;
    world.succeeded(&dev, &operation).await;
    sound(world, &before).await;
}

async fn usage_by_a_wrong_clock_is_seen(world: &mut World) {
    let before = running(world).await;
    sound(world, &before).await;
    // What an agent would have sent that believes its own clock.
    let last = "meter = 'member_seconds' AND start_at = (SELECT MAX(start_at) FROM \
        (SELECT * FROM usage_record) u WHERE meter = 'member_seconds')";
    let shift = |sign| {
        let by = DAY_US;
        format!(
            "UPDATE usage_record SET end_at = end_at {sign} {by}, start_at = start_at {sign} {by} WHERE {last}"
        )
    };
    world.plant(&shift('+')).await;
    assert!(world.gap().await > Duration::ZERO);
    assert_ne!(world.wrongs(&before).await, Vec::<String>::new());
    world.plant(&shift('-')).await;
    sound(world, &before).await;
    world.kill_agent().await;
    let ahead = format!("UPDATE cell SET clock_difference_us = {DAY_US}");
    world.plant(&ahead).await;
    let told = world.cell().await;
    assert_ne!(told, Value::Null);
    assert!(world.cell_alarms().await.contains_key("clock_off"));
    world.restart_agent().await;
}
